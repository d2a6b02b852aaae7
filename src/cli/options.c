/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

/* Order of sp_option_table[]; also the codes that getopt_long(3) hands back, from FIRST_CODE on. */
enum option_index {
	OPTION_RUN_AS,
	OPTION_DURATION,
	OPTION_STOP_TIMEOUT,
	OPTION_OUTPUT,
	OPTION_FORMAT,
	OPTION_STYLE,
	OPTION_ACTION,
	OPTION_SYSTEMD,
	OPTION_ASSUME,
	OPTION_NO_SECCOMP,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_NO_PROGRESS,
	OPTION_COLOR,
	OPTION_HELP,
	OPTION_VERSION,
	_OPTION_MAX,
};

const struct sp_option sp_option_table[] = {
	[OPTION_RUN_AS] = { 0, "run-as", "USER", "run the command as USER, with its groups" },
	[OPTION_DURATION] = { 'd', "duration", "TIME",
			      "end the run after TIME (90, 5min, 1h 30s)" },
	[OPTION_STOP_TIMEOUT] = { 0, "stop-timeout", "TIME",
				  "kill what has not stopped TIME after it was asked to;\n"
				  "default 90s" },
	[OPTION_OUTPUT] = { 'o', "output", "FILE", "write the result there, not on stdout" },
	[OPTION_FORMAT] = { 'f', "format", "FORMAT",
			    "drop-in (default), names (one observed call a line), or\n"
			    "oci (Docker and Podman)" },
	[OPTION_STYLE] = { 's', "style", "STYLE",
			   "groups (default): fewest words for least risk;\n"
			   "exact: nothing but what was seen;\n"
			   "deny: refuse the groups that were never touched" },
	[OPTION_ACTION] = { 0, "action", "ACTION",
			    "what a refused call gets: an errno name (default\n"
			    "EPERM), kill, or log (allow, but log)" },
	[OPTION_SYSTEMD] = { 0, "systemd", "VERSION",
			     "the release to write for: 252, 252.39, rhel8;\n"
			     "default: this host's" },
	[OPTION_ASSUME] = { 0, "assume", "LIST",
			    "let these calls and @groups pass unwatched at full\n"
			    "speed, and allow them" },
	[OPTION_NO_SECCOMP] = { 0, "no-seccomp", NULL,
				"stop each call twice with ptrace alone (slower)" },
	[OPTION_QUIET] = { 'q', "quiet", NULL, "errors only: no summary, no warnings" },
	[OPTION_VERBOSE] = { 'v', "verbose", NULL,
			     "also list each call: who made it first, how often" },
	[OPTION_NO_PROGRESS] = { 0, "no-progress", NULL, "no status line on the terminal" },
	[OPTION_COLOR] = { 0, "color", "WHEN", "auto (default), always, or never" },
	[OPTION_HELP] = { 'h', "help", NULL, "show this and exit" },
	[OPTION_VERSION] = { 0, "version", NULL, "show versions and exit" },
};
const size_t sp_option_count = SP_ARRAY_SIZE(sp_option_table);
_Static_assert(SP_ARRAY_SIZE(sp_option_table) == _OPTION_MAX, "a row for each option");

/* DefaultTimeoutStopSec= of systemd-system.conf(5). */
#define STOP_TIMEOUT_NS (90 * SP_NSEC_PER_SEC)

enum { FIRST_CODE = 0x100 };

static int __attribute__((format(printf, 2, 3))) complain(char *message, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(message, SP_OPTIONS_MESSAGE_SIZE, format, args);
	va_end(args);
	return -EINVAL;
}

static int parse_time(const char *option, const char *text, int64_t *ret, char *message)
{
	int r = sp_parse_timespan(text, ret);

	if (r == -ERANGE)
		return complain(message, "--%s=%s is too long a time", option, text);
	if (r < 0)
		return complain(message,
				"--%s=%s is not a time span; write for example 90, 5min or 1h 30s",
				option, text);
	return 0;
}

static int parse_duration(const char *text, struct sp_options *o, char *message)
{
	int r = parse_time("duration", text, &o->duration_ns, message);

	if (r == 0 && o->duration_ns == 0)
		return complain(message, "--duration=%s leaves no time to record anything", text);
	return r;
}

static int parse_action(const char *text, struct sp_policy *policy, char *message)
{
	int err;

	if (sp_streq(text, "kill")) {
		policy->refusal = SP_REFUSAL_KILL;
		return 0;
	}
	if (sp_streq(text, "log")) {
		policy->refusal = SP_REFUSAL_LOG;
		return 0;
	}
	err = sp_errno_from_name(text);
	if (err < 0)
		return complain(
			message,
			"--action=%s is no errno name, kill or log; write for example EPERM", text);
	policy->refusal = SP_REFUSAL_ERRNO;
	policy->err = err;
	return 0;
}

static int parse_style(const char *text, struct sp_policy *policy, char *message)
{
	int r = sp_style_from_name(text);

	if (r < 0)
		return complain(message, "--style=%s is not one of groups, exact and deny", text);
	policy->style = (enum sp_style)r;
	return 0;
}

static int parse_format(const char *text, struct sp_options *o, char *message)
{
	int r = sp_format_from_name(text);

	if (r < 0)
		return complain(message, "--format=%s is not one of drop-in, names and oci", text);
	o->format = (enum sp_format)r;
	return 0;
}

static int parse_color(const char *text, enum sp_color *ret, char *message)
{
	if (sp_streq(text, "auto"))
		*ret = SP_COLOR_AUTO;
	else if (sp_streq(text, "always"))
		*ret = SP_COLOR_ALWAYS;
	else if (sp_streq(text, "never"))
		*ret = SP_COLOR_NEVER;
	else
		return complain(message, "--color=%s is not one of auto, always and never", text);
	return 0;
}

static int parse_output(const char *text, struct sp_options *o, char *message)
{
	if (!*text)
		return complain(message, "--output needs the name of a file");
	o->output = text;
	return 0;
}

static int take_option(enum option_index option, const char *value, struct sp_options *o,
		       char *message)
{
	switch (option) {
	case OPTION_RUN_AS:
		o->run_as = value;
		return 0;
	case OPTION_DURATION:
		return parse_duration(value, o, message);
	case OPTION_STOP_TIMEOUT:
		return parse_time("stop-timeout", value, &o->stop_timeout_ns, message);
	case OPTION_OUTPUT:
		return parse_output(value, o, message);
	case OPTION_FORMAT:
		return parse_format(value, o, message);
	case OPTION_STYLE:
		return parse_style(value, &o->policy, message);
	case OPTION_ACTION:
		return parse_action(value, &o->policy, message);
	case OPTION_SYSTEMD:
		o->release = value;
		return 0;
	case OPTION_ASSUME:
		o->assume = value;
		return 0;
	case OPTION_NO_SECCOMP:
		o->no_seccomp = true;
		return 0;
	case OPTION_QUIET:
		o->quiet = true;
		return 0;
	case OPTION_VERBOSE:
		o->verbose = true;
		return 0;
	case OPTION_NO_PROGRESS:
		o->no_progress = true;
		return 0;
	case OPTION_COLOR:
		return parse_color(value, &o->color, message);
	case OPTION_HELP:
		o->verb = SP_VERB_HELP;
		return 0;
	case OPTION_VERSION:
		o->verb = SP_VERB_VERSION;
		return 0;
	case _OPTION_MAX:
		break;
	}
	return complain(message, "unknown option");
}

/* getopt_long(3)'s two descriptions of the options, made from the table. */
struct getopt_form {
	struct option longs[_OPTION_MAX + 1];
	char letters[2 * _OPTION_MAX + 3];
};

static void make_getopt_form(struct getopt_form *form)
{
	/* '+': stop at the first word that is no option. ':': a missing argument is told apart. */
	char *letter = stpcpy(form->letters, "+:");

	for (int i = 0; i < _OPTION_MAX; i++) {
		const struct sp_option *row = &sp_option_table[i];

		form->longs[i] = (struct option){
			.name = row->name,
			.has_arg = row->argument ? required_argument : no_argument,
			.val = FIRST_CODE + i,
		};
		if (row->letter) {
			*letter++ = row->letter;
			if (row->argument)
				*letter++ = ':';
		}
	}
	form->longs[_OPTION_MAX] = (struct option){};
	*letter = 0;
}

static int index_of_code(int code)
{
	if (code >= FIRST_CODE)
		return code - FIRST_CODE;
	for (int i = 0; i < _OPTION_MAX; i++)
		if (sp_option_table[i].letter == code)
			return i;
	return -EINVAL;
}

/* getopt_long(3) reports an unknown or ambiguous long option by its place, a letter by optopt. */
static int complain_about(int code, char *const argv[], char *message)
{
	const char *word = argv[optind - 1];
	const int option = optopt ? index_of_code(optopt) : -EINVAL;

	if (code == ':' && option >= 0)
		return complain(message, "--%s needs an argument (%s)",
				sp_option_table[option].name, sp_option_table[option].argument);
	if (optopt && optopt < FIRST_CODE)
		return complain(message, "unknown option -%c; --help lists them all", optopt);
	if (option >= 0)
		return complain(message, "--%s takes no argument", sp_option_table[option].name);
	return complain(message, "unknown option %.200s; --help lists them all", word);
}

static int take_words(char *const words[], bool after_dashes, struct sp_options *o, char *message)
{
	if (!after_dashes && words[0] && sp_streq(words[0], "groups")) {
		o->verb = SP_VERB_GROUPS;
		o->arguments = words + 1;
		return 0;
	}
	o->arguments = words;
	if (!words[0])
		return complain(message,
				"no command to run; write: sysprofile [OPTIONS] -- COMMAND");
	if (!*words[0])
		return complain(message, "the command is an empty word");
	return 0;
}

/* A command's options are its own; a verb's may stand anywhere, as systemd's tools take them. */
static int parse_options(int argc, char *const argv[], bool to_first_word, struct sp_options *o,
			 char *message)
{
	struct getopt_form form;
	int code;

	make_getopt_form(&form);
	opterr = 0;
	while ((code = getopt_long(argc, argv, form.letters + !to_first_word, form.longs, NULL)) !=
	       -1) {
		int option = code == '?' || code == ':' ? -EINVAL : index_of_code(code);
		int r;

		if (option < 0)
			return complain_about(code, argv, message);
		r = take_option((enum option_index)option, optarg, o, message);
		if (r < 0)
			return r;
	}
	return 0;
}

int sp_options_parse(int argc, char *const argv[], struct sp_options *ret,
		     char message[static SP_OPTIONS_MESSAGE_SIZE])
{
	struct sp_options o = {
		.verb = SP_VERB_RECORD,
		.duration_ns = -1,
		.stop_timeout_ns = STOP_TIMEOUT_NS,
		.policy = { .style = SP_STYLE_GROUPS, .refusal = SP_REFUSAL_ERRNO, .err = EPERM },
	};
	bool after_dashes;
	int r;

	optind = 0;
	r = parse_options(argc, argv, true, &o, message);
	if (r < 0)
		return r;
	if (o.verb == SP_VERB_RECORD) {
		after_dashes = optind > 1 && sp_streq(argv[optind - 1], "--");
		r = take_words(argv + optind, after_dashes, &o, message);
		if (r < 0)
			return r;
	}
	if (o.verb == SP_VERB_GROUPS) {
		int verb_at = optind;

		/* getopt_long(3) takes the verb for the program's name and starts behind it. */
		optind = 0;
		r = parse_options(argc - verb_at, argv + verb_at, false, &o, message);
		if (r < 0)
			return r;
		o.arguments = argv + verb_at + optind;
	}
	*ret = o;
	return 0;
}
