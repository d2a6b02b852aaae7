/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the assignments of a unit file to the values of the directives. */

#include "directives-private.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "filter-private.h"

enum kind { KIND_BOOLEAN, KIND_HOSTNAME, KIND_NAMESPACES, KIND_FAMILIES, KIND_USER };

struct fact {
	const char *name;
	enum kind kind;
	unsigned since; /* major release that knows it, or that filters calls for it */
};

static const struct fact facts[_SP_DIRECTIVE_MAX] = {
	[SP_DIRECTIVE_HOSTNAME] = { "ProtectHostname", KIND_HOSTNAME, 242 },
	[SP_DIRECTIVE_ADDRESS_FAMILIES] = { "RestrictAddressFamilies", KIND_FAMILIES, 211 },
	[SP_DIRECTIVE_WRITE_EXECUTE] = { "MemoryDenyWriteExecute", KIND_BOOLEAN, 231 },
	[SP_DIRECTIVE_REALTIME] = { "RestrictRealtime", KIND_BOOLEAN, 231 },
	[SP_DIRECTIVE_SUID_SGID] = { "RestrictSUIDSGID", KIND_BOOLEAN, 242 },
	[SP_DIRECTIVE_NAMESPACES] = { "RestrictNamespaces", KIND_NAMESPACES, 233 },
	[SP_DIRECTIVE_TUNABLES] = { "ProtectKernelTunables", KIND_BOOLEAN, 232 },
	[SP_DIRECTIVE_MODULES] = { "ProtectKernelModules", KIND_BOOLEAN, 232 },
	[SP_DIRECTIVE_LOGS] = { "ProtectKernelLogs", KIND_BOOLEAN, 244 },
	[SP_DIRECTIVE_CLOCK] = { "ProtectClock", KIND_BOOLEAN, 245 },
	[SP_DIRECTIVE_DEVICES] = { "PrivateDevices", KIND_BOOLEAN, 209 },
	[SP_DIRECTIVE_PERSONALITY] = { "LockPersonality", KIND_BOOLEAN, 235 },
	[SP_DIRECTIVE_NO_NEW_PRIVILEGES] = { "NoNewPrivileges", KIND_BOOLEAN, 187 },
	[SP_DIRECTIVE_DYNAMIC_USER] = { "DynamicUser", KIND_BOOLEAN, 232 },
	[SP_DIRECTIVE_USER] = { "User", KIND_USER, 1 },
};

const char *sp_directive_name(enum sp_directive directive)
{
	return facts[directive].name;
}

bool sp_directive_is_on(const struct sp_directives *directives, enum sp_directive directive)
{
	const bool dynamic = directives->settings[SP_DIRECTIVE_DYNAMIC_USER].on;

	/* systemd.exec(5), DynamicUser=. */
	if (dynamic && directive == SP_DIRECTIVE_NO_NEW_PRIVILEGES)
		return true;
	if (dynamic && directive == SP_DIRECTIVE_SUID_SGID)
		return sp_groups_major(directives->groups) >= facts[directive].since;
	return directives->settings[directive].on;
}

int sp_directives_new(const struct sp_groups *groups, struct sp_directives **ret)
{
	struct sp_directives *directives = calloc(1, sizeof(*directives));

	if (!directives)
		return -ENOMEM;
	directives->groups = groups;
	directives->version = sp_filter_version(groups);
	*ret = directives;
	return 0;
}

struct sp_directives *sp_directives_free(struct sp_directives *directives)
{
	if (!directives)
		return NULL;
	for (size_t i = 0; i < _SP_DIRECTIVE_MAX; i++)
		free(directives->settings[i].value);
	sp_words_done(&directives->families);
	for (struct sp_directives_file *file = directives->files, *next; file; file = next) {
		next = file->next;
		free(file);
	}
	free(directives);
	return NULL;
}

/* -1: neither. As parse_boolean() of systemd. */
static int parse_boolean(const char *text)
{
	static const char *const yes[] = { "1", "yes", "y", "true", "t", "on" };
	static const char *const no[] = { "0", "no", "n", "false", "f", "off" };

	for (size_t i = 0; i < SP_ARRAY_SIZE(yes); i++) {
		if (strcasecmp(text, yes[i]) == 0)
			return 1;
		if (strcasecmp(text, no[i]) == 0)
			return 0;
	}
	return -1;
}

struct reading {
	struct sp_directives *directives;
	const char *file;
	const char *given;
	sp_filter_message_fn message;
	void *userdata;
};

static void pass(const struct reading *reading, unsigned line, const char *text)
{
	struct sp_filter_message message = { .file = reading->given, .line = line, .text = text };

	if (reading->message)
		reading->message(&message, reading->userdata);
}

static void say(const struct reading *reading, const struct sp_unitfile_assignment *line,
		const char *what)
{
	char text[256];

	snprintf(text, sizeof(text), "%s: %.64s=%.64s, ignored", what, line->key, line->value);
	pass(reading, line->line, text);
}

/* One word of the line is ignored, and the others are not. */
static void say_word(const struct reading *reading, const struct sp_unitfile_assignment *line,
		     const char *what, const char *word, size_t n)
{
	char text[128];

	snprintf(text, sizeof(text), "%s: %.*s, ignored", what, n < 64 ? (int)n : 64, word);
	pass(reading, line->line, text);
}

/* Replaces what people see of a setting, and whether it is in effect. */
static int set(const struct reading *reading, enum sp_directive directive, bool on,
	       const char *value, unsigned line)
{
	struct sp_setting *setting = &reading->directives->settings[directive];
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(setting->value);
	*setting = (struct sp_setting){ on, copy, reading->file, line };
	return 0;
}

static const char *const namespace_names[] = { "cgroup", "ipc",	 "mnt", "net",
					       "pid",	 "user", "uts", "time" };
_Static_assert((SP_NAMESPACES_ALL | SP_NAMESPACE_TIME) ==
		       (1u << SP_ARRAY_SIZE(namespace_names)) - 1,
	       "a bit for each namespace");

static unsigned namespace_of(const struct sp_groups *groups, const char *word)
{
	for (size_t i = 0; i < SP_ARRAY_SIZE(namespace_names); i++) {
		const unsigned flag = 1u << i;

		if (flag == SP_NAMESPACE_TIME && sp_groups_major(groups) < 252)
			continue;
		if (sp_streq(word, namespace_names[i]))
			return flag;
	}
	return 0;
}

unsigned sp_directive_namespaces(const struct sp_groups *groups)
{
	return SP_NAMESPACES_ALL | (sp_groups_major(groups) >= 258 ? SP_NAMESPACE_TIME : 0);
}

static int describe_namespaces(const struct reading *reading, unsigned line)
{
	const unsigned allowed = reading->directives->namespaces;
	const unsigned all = sp_directive_namespaces(reading->directives->groups);
	const bool none_left = (allowed & all) == all;
	char value[64] = "";

	if (allowed == 0)
		return set(reading, SP_DIRECTIVE_NAMESPACES, true, "yes", line);
	for (size_t i = 0; i < SP_ARRAY_SIZE(namespace_names); i++)
		if (allowed >> i & 1) {
			strcat(value, *value ? " " : "");
			strcat(value, namespace_names[i]);
		}
	return set(reading, SP_DIRECTIVE_NAMESPACES, !none_left, none_left ? "no" : value, line);
}

/* The namespaces of a list, which counts as a whole or not at all. */
static int parse_namespaces(const struct sp_groups *groups, const char *p, unsigned *ret)
{
	_cleanup_(sp_freep) char *word = malloc(strlen(p) + 1);
	unsigned flags = 0, flag;
	int r;

	if (!word)
		return -ENOMEM;
	while ((r = sp_filter_split_word(&p, false, true, word)) > 0) {
		flag = namespace_of(groups, word);
		if (!flag)
			return -EINVAL;
		flags |= flag;
	}
	if (r == 0)
		*ret = flags;
	return r;
}

/* Lines add up, and one that begins with ~ takes away; before the first, nothing is said. */
static int read_namespaces(const struct reading *reading, const struct sp_unitfile_assignment *line)
{
	struct sp_directives *d = reading->directives;
	const unsigned all = sp_directive_namespaces(d->groups);
	const char *p = line->value;
	const bool invert = *p == '~';
	unsigned flags;
	int yes, r;

	if (!*p) {
		struct sp_setting *setting = &d->settings[SP_DIRECTIVE_NAMESPACES];

		free(setting->value);
		*setting = (struct sp_setting){};
		return 0;
	}
	p += invert;
	yes = invert ? -1 : parse_boolean(p);
	if (yes >= 0) {
		d->namespaces = yes ? 0 : all;
		return describe_namespaces(reading, line->line);
	}
	r = parse_namespaces(d->groups, p, &flags);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		say(reading, line, "Unknown namespace");
		return 0;
	}
	if (!d->settings[SP_DIRECTIVE_NAMESPACES].value)
		d->namespaces = invert ? all : 0;
	d->namespaces = invert ? d->namespaces & ~flags : d->namespaces | flags;
	return describe_namespaces(reading, line->line);
}

static int describe_families(const struct reading *reading, unsigned line)
{
	const struct sp_directives *d = reading->directives;
	_cleanup_(sp_freep) char *value = NULL;
	size_t size;
	FILE *f = open_memstream(&value, &size);

	if (!f)
		return -ENOMEM;
	if (!d->families_allow)
		putc('~', f);
	for (size_t i = 0; i < d->families.n; i++)
		fprintf(f, "%s%s", i ? " " : "", d->families.v[i]);
	if (d->families.n == 0 && d->families_allow)
		fputs("none", f);
	if (fclose(f) != 0)
		return -ENOMEM;
	/* A deny-list of nothing is no filter. */
	return set(reading, SP_DIRECTIVE_ADDRESS_FAMILIES, d->families_allow || d->families.n > 0,
		   value, line);
}

/* A family may have been named otherwise before: AF_UNIX is AF_LOCAL. */
static int change_family(struct sp_words *families, const char *word, bool add)
{
	const size_t n = strlen(word);
	const int family = sp_directive_family(word, n);

	for (size_t i = 0; i < families->n; i++)
		if (sp_directive_family(families->v[i], strlen(families->v[i])) == family) {
			if (!add)
				sp_words_remove(families, i);
			return 0;
		}
	return add ? sp_words_add(families, word) : 0;
}

static int read_family_words(const struct reading *reading,
			     const struct sp_unitfile_assignment *line, const char *p, bool add)
{
	struct sp_directives *d = reading->directives;
	const bool backslash = sp_groups_major(d->groups) >= 233;
	_cleanup_(sp_freep) char *word = malloc(strlen(p) + 1);
	int r;

	if (!word)
		return -ENOMEM;
	while ((r = sp_filter_split_word(&p, true, backslash, word)) > 0) {
		if (sp_directive_family(word, strlen(word)) < 0)
			say_word(reading, line, "Unknown address family", word, strlen(word));
		else if (change_family(&d->families, word, add) < 0)
			return -ENOMEM;
	}
	/* What came before stays in effect. */
	if (r < 0)
		say(reading, line, "The rest of the line is no list of words");
	return 0;
}

/*
 * As with SystemCallFilter=, the first line decides whether the list allows or refuses, even where
 * none of its words is a family: an allow-list of nothing refuses all. So does "none", but it
 * leaves no list behind: the next line decides anew, and with ~ it makes a deny-list.
 */
static int read_families(const struct reading *reading, const struct sp_unitfile_assignment *line)
{
	struct sp_directives *d = reading->directives;
	struct sp_setting *setting = &d->settings[SP_DIRECTIVE_ADDRESS_FAMILIES];
	const char *p = line->value;
	const bool invert = *p == '~';
	int r;

	if (!*p || (sp_streq(p, "none") && sp_groups_major(d->groups) >= 249)) {
		sp_words_done(&d->families);
		free(setting->value);
		*setting = (struct sp_setting){};
		d->families_allow = true;
		d->families_begun = false;
		return *p ? describe_families(reading, line->line) : 0;
	}
	if (!d->families_begun)
		d->families_allow = !invert;
	d->families_begun = true;
	r = read_family_words(reading, line, p + invert, invert != d->families_allow);
	return r < 0 ? r : describe_families(reading, line->line);
}

static int read_boolean(const struct reading *reading, enum sp_directive directive,
			const struct sp_unitfile_assignment *line)
{
	int yes = parse_boolean(line->value);

	/* v258 has a form of ProtectHostname= that lets the service change its own name. */
	if (facts[directive].kind == KIND_HOSTNAME &&
	    sp_groups_major(reading->directives->groups) >= 258 &&
	    sp_startswith(line->value, "private"))
		yes = 0;
	if (yes < 0) {
		say(reading, line, "Neither yes nor no");
		return 0;
	}
	return set(reading, directive, yes, yes ? "yes" : "no", line->line);
}

static int read_assignment(const struct sp_unitfile_assignment *line, void *userdata)
{
	const struct reading *reading = userdata;
	char text[96];

	if (!sp_filter_is_exec_section(reading->given, line->section))
		return 0;
	for (int i = 0; i < _SP_DIRECTIVE_MAX; i++) {
		if (!sp_streq(line->key, facts[i].name))
			continue;
		if (sp_groups_major(reading->directives->groups) < facts[i].since) {
			snprintf(text, sizeof(text), "systemd %.60s does not know this",
				 sp_groups_label(reading->directives->groups));
			say(reading, line, text);
			return 0;
		}
		switch (facts[i].kind) {
		case KIND_NAMESPACES:
			return read_namespaces(reading, line);
		case KIND_FAMILIES:
			return read_families(reading, line);
		case KIND_USER:
			return set(reading, i, *line->value, line->value, line->line);
		case KIND_BOOLEAN:
		case KIND_HOSTNAME:
			return read_boolean(reading, i, line);
		}
	}
	return 0;
}

int sp_directives_parse(struct sp_directives *directives, const char *file, const char *text,
			size_t len, sp_filter_message_fn message, void *userdata)
{
	static const struct sp_unitfile_reader reader = { read_assignment, NULL };
	struct sp_directives_file *kept = malloc(sizeof(*kept) + strlen(file) + 1);
	struct reading reading = { directives, NULL, file, message, userdata };

	if (!kept)
		return -ENOMEM;
	strcpy(kept->name, file);
	kept->next = directives->files;
	directives->files = kept;
	reading.file = kept->name;
	return sp_unitfile_parse(text, len, sp_groups_major(directives->groups), &reader, &reading);
}
