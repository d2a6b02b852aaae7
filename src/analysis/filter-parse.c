/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the assignments of a unit file to the state of the filter. */

#include <errno.h>
#include <string.h>

#include "sysprofile/util.h"

#include "filter-private.h"

static void read_error_number(const struct sp_filter_reading *reading,
			      const struct sp_unitfile_assignment *line)
{
	struct sp_filter *filter = reading->filter;
	int err;

	if (!filter->rule[SP_RULE_ERROR_NUMBER])
		return;
	if (!*line->value) {
		if (filter->rule[SP_RULE_ERROR_NUMBER_EMPTY])
			filter->err = SP_FILTER_KILL;
		return;
	}
	if (sp_streq(line->value, "kill") && filter->rule[SP_RULE_ERROR_NUMBER_KILL]) {
		filter->err = SP_FILTER_KILL;
		return;
	}
	err = sp_filter_parse_errno(line->value, filter->rule[SP_RULE_ERROR_NUMBER_DIGITS]);
	if (err < 0 || (err == 0 && filter->rule[SP_RULE_ERROR_NUMBER_ZERO])) {
		sp_filter_say(reading, line->line, "Not an error number: %.64s, ignored",
			      line->value);
		return;
	}
	filter->err = err;
}

/* The first line is to blame for what is refused: those after it only add to what may be called. */
static int add_abi(const struct sp_filter_reading *reading,
		   const struct sp_unitfile_assignment *line, sp_abi abi)
{
	struct sp_filter *filter = reading->filter;

	for (size_t i = 0; i < filter->n_abis; i++)
		if (filter->abis[i] == abi)
			return 0;
	if (filter->n_abis < SP_FILTER_ABIS_MAX)
		filter->abis[filter->n_abis++] = abi;
	if (filter->n_abis > 1)
		return 0;
	return sp_filter_keep_word(reading, line->line, line->key, &filter->architectures);
}

static void forget_abis(struct sp_filter *filter)
{
	filter->n_abis = 0;
	filter->native_named = false;
}

static int read_architectures(const struct sp_filter_reading *reading,
			      const struct sp_unitfile_assignment *line)
{
	struct sp_filter *filter = reading->filter;
	_cleanup_(sp_freep) char *word = malloc(strlen(line->value) + 1);
	bool unquote = filter->rule[SP_RULE_ARCHITECTURES_QUOTES];
	const char *p = line->value;
	int r;

	if (!word)
		return -ENOMEM;
	if (*p ? !filter->rule[SP_RULE_ARCHITECTURES_ADD_UP]
	       : filter->rule[SP_RULE_ARCHITECTURES_RESET])
		forget_abis(filter);
	while ((r = sp_filter_next_word(filter, &p, unquote, word)) > 0) {
		sp_abi abi = sp_abi_from_name(word);

		if (!abi)
			sp_filter_say(reading, line->line, "Unknown architecture: %.64s, ignored",
				      word);
		else if (add_abi(reading, line, abi) < 0)
			return -ENOMEM;
		filter->native_named |= abi == sp_abi_native() && !sp_streq(word, "native");
	}
	if (r < 0)
		sp_filter_say(reading, line->line,
			      "The rest of the line is no list of words, ignored");
	if (sp_filter_lost_native(filter))
		sp_filter_say(reading, line->line,
			      "systemd %.40s loads no SystemCallFilter= for native calls unless "
			      "%s is named beside native",
			      sp_groups_label(filter->groups), sp_abi_name(sp_abi_native()));
	return 0;
}

static bool ends_with(const char *s, size_t n, const char *suffix)
{
	size_t k = strlen(suffix);

	return n >= k && memcmp(s + n - k, suffix, k) == 0;
}

/* A unit has the section of its own type only; "x.service.d/50-y.conf" belongs to x.service. */
static bool is_section_of(const char *file, const char *suffix)
{
	size_t n = strlen(file), k = strlen(suffix);
	const char *slash = strrchr(file, '/');

	if (ends_with(file, n, suffix))
		return true;
	if (!slash || !ends_with(file, (size_t)(slash - file), ".d"))
		return false;
	n = (size_t)(slash - file) - strlen(".d");
	/* "service.d" is for all services. */
	return ends_with(file, n, suffix) || (n + 1 == k && memcmp(file, suffix + 1, n) == 0) ||
	       (n + 1 > k && file[n - k] == '/' &&
		memcmp(file + n - k + 1, suffix + 1, k - 1) == 0);
}

bool sp_filter_is_exec_section(const char *file, const char *section)
{
	static const struct {
		const char *section, *suffix;
	} kinds[] = {
		{ "Service", ".service" },
		{ "Socket", ".socket" },
		{ "Mount", ".mount" },
		{ "Swap", ".swap" },
	};
	const char *of_file = NULL;
	bool runs_programs = false;

	for (size_t i = 0; i < SP_ARRAY_SIZE(kinds); i++) {
		if (is_section_of(file, kinds[i].suffix))
			of_file = kinds[i].section;
		if (sp_streq(section, kinds[i].section))
			runs_programs = true;
	}
	/* A file whose name tells no type may be any of them. */
	return of_file ? sp_streq(of_file, section) : runs_programs;
}

static int read_assignment(const struct sp_unitfile_assignment *line, void *userdata)
{
	const struct sp_filter_reading *reading = userdata;
	const bool *rule = reading->filter->rule;

	if (rule[SP_RULE_SECTIONS] && !sp_filter_is_exec_section(reading->given, line->section)) {
		if (sp_startswith(line->key, "SystemCall"))
			sp_filter_say(reading, line->line,
				      "%.64s= has no meaning in [%.64s] of such a unit, ignored",
				      line->key, line->section);
		return 0;
	}
	if (sp_streq(line->key, "SystemCallFilter"))
		return sp_filter_read_calls(reading, line, false);
	if (sp_streq(line->key, "SystemCallLog")) {
		if (rule[SP_RULE_LOG])
			return sp_filter_read_calls(reading, line, true);
		sp_filter_say(reading, line->line, "systemd %s has no SystemCallLog=, ignored",
			      sp_groups_label(reading->filter->groups));
	}
	if (sp_streq(line->key, "SystemCallErrorNumber"))
		read_error_number(reading, line);
	if (sp_streq(line->key, "SystemCallArchitectures"))
		return read_architectures(reading, line);
	return 0;
}

static void pass_message(unsigned line, const char *text, void *userdata)
{
	sp_filter_say(userdata, line, "%s", text);
}

static const char *keep_file(struct sp_filter *filter, const char *name)
{
	struct sp_filter_file *file = malloc(sizeof(*file) + strlen(name) + 1);

	if (!file)
		return NULL;
	strcpy(file->name, name);
	file->next = filter->files;
	filter->files = file;
	return file->name;
}

/*
 * libseccomp refuses a rule whose action is the filter's default one, and an errno of 4095; from
 * v240 on systemd then fails to start the service. So does v256.2 where it wants to add write(2)
 * to an allow-list that holds it with an errno.
 */
static bool is_loadable(const struct sp_filter *filter, sp_call call)
{
	int err = 0, wanted = ENOSYS;
	enum sp_action action, refused = SP_ACTION_ERRNO;

	if (filter->calls.err[call] == SP_FILTER_ERRNO_MAX)
		return false;
	if (filter->calls.err[call] == SP_FILTER_NO_ERRNO || !filter->calls.allow_list)
		return true;
	if (call == filter->write && filter->rule[SP_RULE_WRITE_ADDED])
		return false;
	action = sp_filter_listed_action(filter, call, &err);
	if (!filter->rule[SP_RULE_ENOSYS_UNKNOWN])
		refused = sp_filter_negative_action(filter, &wanted);
	return action != refused || (action == SP_ACTION_ERRNO && err != wanted);
}

/* Says where systemd would fail to load what the text asks for. */
static void check_loadable(const struct sp_filter_reading *reading)
{
	const struct sp_filter *filter = reading->filter;

	/* Earlier releases went on without such a rule. */
	if (filter->version < SP_FILTER_VERSION(240, 0))
		return;
	sp_sysset_foreach (call, &filter->calls.listed) {
		const struct sp_filter_word *word = filter->calls.writer[call];

		if (is_loadable(filter, (sp_call)call))
			continue;
		sp_filter_say(reading, word->line,
			      "libseccomp cannot hold %.64s here: systemd will not start the unit",
			      word->text);
		return;
	}
}

int sp_filter_parse(struct sp_filter *filter, const char *file, const char *text, size_t len,
		    sp_filter_message_fn message, void *userdata)
{
	static const struct sp_unitfile_reader reader = { read_assignment, pass_message };
	struct sp_filter_reading reading = {
		.filter = filter,
		.file = keep_file(filter, file),
		.given = file,
		.message = message,
		.userdata = userdata,
	};
	int r;

	if (!reading.file)
		return -ENOMEM;
	r = sp_unitfile_parse(text, len, sp_groups_major(filter->groups), &reader, &reading);
	if (r < 0)
		return r;
	check_loadable(&reading);
	return 0;
}
