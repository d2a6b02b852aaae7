/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter-private.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sysprofile/util.h"

static bool is_blank(char c)
{
	return c && strchr(SP_UNITFILE_WHITESPACE, c);
}

/* How far s goes without a byte of reject that no backslash precedes. */
static size_t span_escaped(const char *s, const char *reject)
{
	bool escaped = false;
	size_t n;

	for (n = 0; s[n]; n++)
		if (escaped)
			escaped = false;
		else if (s[n] == '\\')
			escaped = true;
		else if (strchr(reject, s[n]))
			break;
	/* A backslash at the very end stays outside, and is then garbage to the caller. */
	return escaped ? n - 1 : n;
}

/* Up to v231 words may be quoted as a whole, and a backslash stays in the word. */
static int next_quoted_word(const char **p, char *out)
{
	const char *s = *p;
	char quote[2] = {};
	size_t n;

	if (*s == '"' || *s == '\'')
		quote[0] = *s++;
	n = span_escaped(s, quote[0] ? quote : SP_UNITFILE_WHITESPACE);
	if (quote[0] && s[n] != quote[0])
		return -EINVAL;
	memcpy(out, s, n);
	out[n] = '\0';
	s += quote[0] ? n + 1 : n;
	if (*s && !is_blank(*s))
		return -EINVAL;
	*p = s;
	return 1;
}

int sp_filter_split_word(const char **p, bool unquote, bool backslash, char *out)
{
	const char *s = *p + strspn(*p, SP_UNITFILE_WHITESPACE);
	char quote = 0;

	*p = s;
	if (!*s)
		return 0;
	if (unquote && !backslash)
		return next_quoted_word(p, out);
	for (; *s && (quote || !is_blank(*s)); s++) {
		if (*s == '\\' && backslash) {
			if (!*++s)
				return -EINVAL;
			*out++ = *s;
		} else if (quote && *s == quote) {
			quote = 0;
		} else if (!quote && unquote && (*s == '"' || *s == '\'')) {
			quote = *s;
		} else {
			*out++ = *s;
		}
	}
	if (quote)
		return -EINVAL;
	*out = '\0';
	*p = s;
	return 1;
}

int sp_filter_next_word(const struct sp_filter *filter, const char **p, bool unquote, char *out)
{
	return sp_filter_split_word(p, unquote, filter->rule[SP_RULE_BACKSLASH], out);
}

int sp_filter_parse_errno(const char *text, bool digits)
{
	int err = sp_errno_from_name(text);
	char *end = NULL;
	long n;

	if (err > 0 || !digits)
		return err > 0 ? err : -EINVAL;
	/* Base 0, as systemd's safe_atoi() has it: 0x10 and 010 are numbers too. */
	errno = 0;
	n = strtol(text, &end, 0);
	if (errno || end == text || *end || n < 0 || n > SP_FILTER_ERRNO_MAX)
		return -EINVAL;
	return (int)n;
}

int sp_filter_keep_word(const struct sp_filter_reading *reading, unsigned line, const char *text,
			const struct sp_filter_word **ret)
{
	struct sp_filter *filter = reading->filter;
	struct sp_filter_word *word = malloc(sizeof(*word) + strlen(text) + 1);

	if (!word)
		return -ENOMEM;
	*word = (struct sp_filter_word){ .next = filter->words,
					 .file = reading->file,
					 .line = line };
	strcpy(word->text, text);
	filter->words = word;
	*ret = word;
	return 0;
}

/* A word of a line, taken apart. */
struct entry {
	const char *name; /* without what follows the colon */
	int err;
	bool invert;
	const struct sp_filter_word *word;
};

static int put(const struct sp_filter *filter, struct sp_filter_map *map, sp_call call,
	       const struct entry *entry)
{
	if (sp_sysset_contains(&map->listed, call)) {
		/* hashmap_put() says -EEXIST, which was taken for a lack of memory. */
		if (map->err[call] != entry->err && filter->rule[SP_RULE_SECOND_ERRNO])
			return -EBADMSG;
		if (!filter->rule[SP_RULE_ERRNO_FORGOTTEN])
			return 0;
	}
	sp_sysset_add(&map->listed, call);
	map->err[call] = entry->err;
	return 0;
}

static int apply_call(const struct sp_filter *filter, struct sp_filter_map *map, sp_call call,
		      const struct entry *entry)
{
	bool add = entry->invert != map->allow_list;

	if (!sp_call_is_known(call) && filter->rule[SP_RULE_UNKNOWN_NAMES])
		return 0;
	if (map->writer[call] && !filter->rule[SP_RULE_LAST_WRITER_WINS])
		return 0;
	/* From v248 on an allow-list may hold calls that are refused with an errno of their own. */
	if (entry->invert && map->allow_list && entry->err != SP_FILTER_NO_ERRNO)
		add = filter->rule[SP_RULE_ALLOW_ERRNO];
	if (!entry->invert && !map->allow_list && !filter->rule[SP_RULE_UNDENY_ONLY])
		add = true;
	map->writer[call] = entry->word;
	if (add)
		return put(filter, map, call, entry);
	sp_sysset_remove(&map->listed, call);
	return 0;
}

static int apply_set(const struct sp_filter *filter, struct sp_filter_map *map,
		     const struct sp_sysset *set, const struct entry *entry)
{
	int r;

	sp_sysset_foreach (call, set) {
		r = apply_call(filter, map, (sp_call)call, entry);
		if (r < 0)
			return r;
	}
	return 0;
}

static const struct sp_filter_word implicit_default = { .text = "@default" };

/* The calls without which no program starts, which systemd puts at the head of an allow-list. */
static int add_default(const struct sp_filter_reading *reading, struct sp_filter_map *map,
		       unsigned line)
{
	static const struct entry entry = { .err = SP_FILTER_NO_ERRNO, .word = &implicit_default };
	const struct sp_filter *filter = reading->filter;
	const struct sp_group *group = sp_groups_find(filter->groups, implicit_default.text);
	bool complete = group;

	if (group)
		sp_sysset_foreach (call, &group->set)
			complete = complete && sp_call_is_known((sp_call)call);
	if (!complete && filter->rule[SP_RULE_STRICT_DEFAULT]) {
		sp_filter_say(reading, line,
			      "libseccomp lacks a call of @default: systemd refuses the file");
		return -EBADMSG;
	}
	return group ? apply_set(filter, map, &group->set, &entry) : 0;
}

static int apply_name(const struct sp_filter_reading *reading, struct sp_filter_map *map,
		      unsigned line, const struct entry *entry)
{
	const struct sp_filter *filter = reading->filter;
	const struct sp_group *group;
	sp_call call;
	int r;

	if (*entry->name == '@' && filter->rule[SP_RULE_GROUPS]) {
		group = sp_groups_find(filter->groups, entry->name);
		if (!group) {
			sp_filter_say(reading, line, "systemd %s has no group %.64s, ignored",
				      sp_groups_label(filter->groups), entry->name);
			return filter->rule[SP_RULE_UNKNOWN_GROUPS] ? 0 : -EBADMSG;
		}
		r = apply_set(filter, map, &group->set, entry);
	} else {
		/*
		 * A lookup, so that a hostile file cannot fill the table of names: it holds every
		 * name of the groups and of this machine's ABIs already, others have no effect.
		 */
		r = sp_call_lookup(entry->name, strlen(entry->name), &call);
		if (r < 0 || (!sp_call_is_known(call) && filter->rule[SP_RULE_UNKNOWN_NAMES])) {
			sp_filter_say(reading, line, "libseccomp %s has no call %.64s, ignored",
				      sp_libseccomp_version(), entry->name);
			return 0;
		}
		r = apply_call(filter, map, call, entry);
	}
	if (r == -EBADMSG)
		sp_filter_say(reading, line,
			      "%.64s gives a call a second error number: systemd refuses the file",
			      entry->name);
	return r;
}

/* Takes "name:ERRNO" apart in place. False: the word is to be dropped. */
static bool split_errno(const struct sp_filter_reading *reading, unsigned line, char *text,
			struct entry *entry)
{
	const struct sp_filter *filter = reading->filter;
	char *colon = strchr(text, ':');
	int err;

	entry->err = SP_FILTER_NO_ERRNO;
	if (!colon || !filter->rule[SP_RULE_WORD_ERRNO])
		return true;
	if (sp_streq(colon + 1, "kill") && filter->rule[SP_RULE_WORD_KILL])
		err = SP_FILTER_KILL;
	else
		err = sp_filter_parse_errno(colon + 1, true);
	if (colon == text || (err == -EINVAL && filter->rule[SP_RULE_WORD_ERRNO_BAD])) {
		sp_filter_say(reading, line, "No call and error number: %.64s, ignored", text);
		return false;
	}
	entry->err = err == -EINVAL ? SP_FILTER_NO_ERRNO : err;
	if (!entry->invert && filter->rule[SP_RULE_PLAIN_ERRNO]) {
		sp_filter_say(reading, line,
			      "An allowed call cannot take an error number: %.64s, ignored", text);
		return false;
	}
	*colon = '\0';
	return true;
}

static int apply_word(const struct sp_filter_reading *reading, struct sp_filter_map *map,
		      unsigned line, bool invert, char *text)
{
	const struct sp_filter_observer *observer = reading->filter->observer;
	struct entry entry = { .name = text, .err = SP_FILTER_NO_ERRNO, .invert = invert };
	int r;

	if (!reading->filter->rule[SP_RULE_TILDE_FIRST_ONLY] && *text == '~') {
		entry.name = ++text;
		entry.invert = true;
	}
	r = sp_filter_keep_word(reading, line, text, &entry.word);
	if (r < 0)
		return r;
	if (observer)
		observer->before(map, observer->userdata);
	/* SystemCallLog= knows no errno: with one the word is no name. */
	if (map != &reading->filter->calls || split_errno(reading, line, text, &entry))
		r = apply_name(reading, map, line, &entry);
	if (observer)
		observer->after(map, entry.word, entry.invert, map == &reading->filter->log,
				observer->userdata);
	return r;
}

/*
 * Whether the word that is to be passed over is the only one of the line: without it there would
 * be no line, which is not the same as an empty one.
 */
static bool is_left_out(struct sp_filter *filter, const char *p, char *text)
{
	size_t n = 0;

	if (filter->left_out != filter->n_words + 1)
		return false;
	while (n < 2 && sp_filter_next_word(filter, &p, filter->rule[SP_RULE_QUOTES], text) > 0)
		n++;
	if (n != 1)
		return false;
	filter->n_words++;
	return true;
}

static int begin_line(const struct sp_filter_reading *reading, struct sp_filter_map *map,
		      unsigned line, bool invert)
{
	const struct sp_filter *filter = reading->filter;
	bool is_log = map == &filter->log, first = !map->fixed;

	if (first || !filter->rule[SP_RULE_MODE_FIXED])
		map->allow_list = !invert;
	map->fixed = true;
	if (invert || !filter->rule[SP_RULE_IMPLICIT_DEFAULT])
		return 0;
	if (is_log && filter->rule[SP_RULE_LOG_NO_DEFAULT])
		return 0;
	if (first || (map->allow_list && !filter->rule[SP_RULE_DEFAULT_ONCE]))
		return add_default(reading, map, line);
	return 0;
}

int sp_filter_read_calls(const struct sp_filter_reading *reading,
			 const struct sp_unitfile_assignment *line, bool log)
{
	struct sp_filter *filter = reading->filter;
	struct sp_filter_map *map = log ? &filter->log : &filter->calls;
	_cleanup_(sp_freep) char *text = NULL;
	const char *p = line->value;
	bool invert = *p == '~';
	int r;

	if (!*p) {
		if (filter->rule[SP_RULE_RESET])
			memset(map, 0, sizeof(*map));
		if (filter->observer)
			filter->observer->reset(line->line, log, filter->observer->userdata);
		return 0;
	}
	text = malloc(strlen(p) + 1);
	if (!text)
		return -ENOMEM;
	if (invert)
		p++;
	if (is_left_out(filter, p, text))
		return 0;
	r = begin_line(reading, map, line->line, invert);
	if (r < 0)
		return r;
	while ((r = sp_filter_next_word(filter, &p, filter->rule[SP_RULE_QUOTES], text)) > 0) {
		if (++filter->n_words == filter->left_out)
			continue;
		r = apply_word(reading, map, line->line, invert, text);
		if (r < 0)
			return r;
	}
	/* What came before stays in effect. */
	if (r < 0)
		sp_filter_say(reading, line->line,
			      "The rest of the line is no list of words, ignored");
	return 0;
}
