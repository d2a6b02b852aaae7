/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

#include "options-private.h"

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

static int parse_root(const char *text, struct sp_options *o, char *message)
{
	if (!*text)
		return complain(message, "--root needs the name of a directory");
	o->root = text;
	return 0;
}

/* systemd makes a filter for each ABI of the machine, and for no other. */
static int parse_abi(const char *text, struct sp_options *o, char *message)
{
	const sp_abi abi = sp_abi_from_name(text);
	char names[128] = "";
	size_t len = 0;

	for (const sp_abi *local = sp_abi_local(); *local && len < sizeof(names); local++) {
		if (*local == abi) {
			o->abi = abi;
			return 0;
		}
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "",
					sp_abi_name(*local));
	}
	return complain(message, "--abi=%s is no ABI of this machine, which has %s", text, names);
}

/* What the command line said before all of it could be understood. */
struct parsing {
	struct sp_options *o;
	char *message;
	const char *format; /* --format=, which has other values for each verb */
	unsigned given;	    /* a bit for each option */
};

static int take_option(enum option_index option, const char *value, struct parsing *parsing)
{
	struct sp_options *o = parsing->o;
	char *message = parsing->message;

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
		parsing->format = value;
		return 0;
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
	case OPTION_ROOT:
		return parse_root(value, o, message);
	case OPTION_ABI:
		return parse_abi(value, o, message);
	case OPTION_NO_SECCOMP:
		o->no_seccomp = true;
		return 0;
	case OPTION_ENFORCE:
		o->enforce = true;
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

static const struct {
	const char *word;
	enum sp_verb verb;
} verbs[] = {
	{ "groups", SP_VERB_GROUPS },
	{ "explain", SP_VERB_EXPLAIN },
	{ "diff", SP_VERB_DIFF },
	{ "verify", SP_VERB_VERIFY },
};

static const char *verb_word(enum sp_verb verb)
{
	for (size_t i = 0; i < SP_ARRAY_SIZE(verbs); i++)
		if (verbs[i].verb == verb)
			return verbs[i].word;
	return NULL;
}

static int take_words(char *const words[], bool after_dashes, struct sp_options *o, char *message)
{
	o->arguments = words;
	if (!words[0])
		return complain(message,
				"no command to run; write: sysprofile [OPTIONS] -- COMMAND");
	for (size_t i = 0; i < SP_ARRAY_SIZE(verbs) && !after_dashes; i++)
		if (sp_streq(words[0], verbs[i].word)) {
			o->verb = verbs[i].verb;
			o->arguments = words + 1;
			return 0;
		}
	if (!*words[0])
		return complain(message, "the command is an empty word");
	return 0;
}

/* A command's options are its own; a verb's may stand anywhere, as systemd's tools take them. */
static int parse_options(int argc, char *const argv[], bool to_first_word, struct parsing *parsing)
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
			return complain_about(code, argv, parsing->message);
		parsing->given |= 1u << option;
		r = take_option((enum option_index)option, optarg, parsing);
		if (r < 0)
			return r;
	}
	return 0;
}
_Static_assert(_OPTION_MAX <= 32, "a bit for each option");

static int check_given(const struct parsing *parsing)
{
	const enum sp_verb verb = parsing->o->verb;

	for (int i = 0; i < _OPTION_MAX; i++) {
		if (!(parsing->given >> i & 1) || sp_option_table[i].verbs >> verb & 1)
			continue;
		if (verb == SP_VERB_RECORD)
			return complain(parsing->message, "--%s has no meaning without a verb",
					sp_option_table[i].name);
		return complain(parsing->message, "--%s has no meaning for sysprofile %s",
				sp_option_table[i].name, verb_word(verb));
	}
	return 0;
}

static int parse_format(const struct parsing *parsing)
{
	static const struct {
		const char *name;
		enum sp_view view;
	} views[] = {
		{ "text", SP_VIEW_TEXT },
		{ "json", SP_VIEW_JSON },
		{ "list", SP_VIEW_LIST },
	};
	const char *text = parsing->format;
	struct sp_options *o = parsing->o;
	int r;

	if (!text)
		return 0;
	if (o->verb == SP_VERB_RECORD) {
		r = sp_format_from_name(text);
		if (r < 0)
			return complain(parsing->message,
					"--format=%s is not one of drop-in, names and oci", text);
		o->format = (enum sp_format)r;
		return 0;
	}
	for (size_t i = 0; i < SP_ARRAY_SIZE(views); i++)
		if (sp_streq(text, views[i].name) &&
		    (o->verb == SP_VERB_EXPLAIN || views[i].view != SP_VIEW_LIST)) {
			o->view = views[i].view;
			return 0;
		}
	return complain(parsing->message, "--format=%s is not one of %s", text,
			o->verb == SP_VERB_EXPLAIN ? "text, json and list" : "text and json");
}

/* What stands before "--" are options and files; what follows is the command, untouched. */
static int parse_verify(int argc, char *const argv[], struct parsing *parsing)
{
	struct sp_options *o = parsing->o;
	int dashes = 1, r;

	while (dashes < argc && !sp_streq(argv[dashes], "--"))
		dashes++;
	optind = 0;
	r = parse_options(dashes, argv, false, parsing);
	if (r < 0 || o->verb != SP_VERB_VERIFY)
		return r;
	o->files = argv + optind;
	o->n_files = (size_t)(dashes - optind);
	if (dashes == argc)
		return complain(parsing->message,
				"no -- and command; write: sysprofile verify FILE... -- COMMAND");
	o->arguments = argv + dashes + 1;
	if (o->n_files == 0)
		return complain(parsing->message,
				"no file to verify; write: sysprofile verify FILE... -- COMMAND");
	if (!o->arguments[0])
		return complain(parsing->message,
				"no command to run under %s; write: sysprofile "
				"verify FILE... -- COMMAND",
				o->files[0]);
	return *o->arguments[0] ? 0 : complain(parsing->message, "the command is an empty word");
}

static int parse(int argc, char *const argv[], struct parsing *parsing)
{
	struct sp_options *o = parsing->o;
	bool after_dashes;
	int r, verb_at;

	optind = 0;
	r = parse_options(argc, argv, true, parsing);
	if (r < 0 || o->verb != SP_VERB_RECORD)
		return r;
	after_dashes = optind > 1 && sp_streq(argv[optind - 1], "--");
	r = take_words(argv + optind, after_dashes, o, parsing->message);
	if (r < 0)
		return r;
	if (o->verb == SP_VERB_VERIFY) {
		r = parse_verify(argc - optind, argv + optind, parsing);
		if (r < 0)
			return r;
	} else if (o->verb != SP_VERB_RECORD) {
		/* getopt_long(3) takes the verb for the program's name and starts behind it. */
		verb_at = optind;
		optind = 0;
		r = parse_options(argc - verb_at, argv + verb_at, false, parsing);
		if (r < 0)
			return r;
		o->arguments = argv + verb_at + optind;
	}
	if (o->verb == SP_VERB_HELP || o->verb == SP_VERB_VERSION)
		return 0;
	r = check_given(parsing);
	return r < 0 ? r : parse_format(parsing);
}

int sp_options_parse(int argc, char *const argv[], struct sp_options *ret,
		     char message[static SP_OPTIONS_MESSAGE_SIZE])
{
	struct sp_options o = {
		.verb = SP_VERB_RECORD,
		.duration_ns = -1,
		.stop_timeout_ns = STOP_TIMEOUT_NS,
		.abi = sp_abi_native(),
		.policy = { .style = SP_STYLE_GROUPS, .refusal = SP_REFUSAL_ERRNO, .err = EPERM },
	};
	struct parsing parsing = { .o = &o, .message = message };
	int r;

	r = parse(argc, argv, &parsing);
	if (r < 0) {
		ret->verb = o.verb;
		return r;
	}
	*ret = o;
	return 0;
}
