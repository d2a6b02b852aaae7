/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

#include "options-private.h"

/* DefaultTimeoutStopSec= of systemd-system.conf(5). */
#define STOP_TIMEOUT_NS (90 * SP_NSEC_PER_SEC)

enum { FIRST_CODE = 0x100 };

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
			.has_arg = row->optional   ? optional_argument
				   : row->argument ? required_argument
						   : no_argument,
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
		return sp_options_complain(message, "--%s needs an argument (%s)",
					   sp_option_table[option].name,
					   sp_option_table[option].argument);
	if (optopt && optopt < FIRST_CODE)
		return sp_options_complain(message, "unknown option -%c; --help lists them all",
					   optopt);
	if (option >= 0)
		return sp_options_complain(message, "--%s takes no argument",
					   sp_option_table[option].name);
	return sp_options_complain(message, "unknown option %.200s; --help lists them all", word);
}

static const struct {
	const char *word;
	enum sp_verb verb;
} verbs[] = {
	{ "groups", SP_VERB_GROUPS }, { "explain", SP_VERB_EXPLAIN }, { "diff", SP_VERB_DIFF },
	{ "verify", SP_VERB_VERIFY }, { "merge", SP_VERB_MERGE },     { "why", SP_VERB_WHY },
	{ "show", SP_VERB_SHOW },
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
		return sp_options_complain(
			message, "no command to run; write: sysprofile [OPTIONS] -- COMMAND");
	for (size_t i = 0; i < SP_ARRAY_SIZE(verbs) && !after_dashes; i++)
		if (sp_streq(words[0], verbs[i].word)) {
			o->verb = verbs[i].verb;
			o->arguments = words + 1;
			return 0;
		}
	if (!*words[0])
		return sp_options_complain(message, "the command is an empty word");
	return 0;
}

/* A command's options are its own; a verb's may stand anywhere, as systemd's tools take them. */
static int parse_options(int argc, char *const argv[], bool to_first_word,
			 struct sp_parsing *parsing)
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
		parsing->given |= UINT64_C(1) << option;
		r = sp_options_take((enum option_index)option, optarg, parsing);
		if (r < 0)
			return r;
	}
	return 0;
}
_Static_assert(_OPTION_MAX <= 64, "a bit for each option");

static bool imports_only(int option)
{
	return sp_option_table[option].verbs == 1u << SP_VERB_IMPORT;
}

static int check_given(const struct sp_parsing *parsing)
{
	const enum sp_verb verb = parsing->o->verb;

	for (int i = 0; i < _OPTION_MAX; i++) {
		if (!(parsing->given >> i & 1) || sp_option_table[i].verbs >> verb & 1)
			continue;
		if (verb == SP_VERB_ATTACH)
			return sp_options_complain(parsing->message,
						   "--%s has no meaning with --pid",
						   sp_option_table[i].name);
		if (verb == SP_VERB_IMPORT || (verb == SP_VERB_RECORD && imports_only(i)))
			return sp_options_complain(parsing->message,
						   "--%s has no meaning %s --input",
						   sp_option_table[i].name,
						   verb == SP_VERB_IMPORT ? "with" : "without");
		if (verb == SP_VERB_RECORD)
			return sp_options_complain(parsing->message,
						   "--%s has no meaning without a verb",
						   sp_option_table[i].name);
		return sp_options_complain(parsing->message,
					   "--%s has no meaning for sysprofile %s",
					   sp_option_table[i].name, verb_word(verb));
	}
	return 0;
}

/* What would change nothing is told rather than passed over. */
static int check_style(const struct sp_parsing *parsing)
{
	const enum sp_style style = parsing->o->policy.style;

	if (parsing->given >> OPTION_PRICE & 1 && style != SP_STYLE_GROUPS)
		return sp_options_complain(parsing->message,
					   "--price has no meaning with --style=%s, which always "
					   "takes the fewest words",
					   sp_style_name(style));
	if (parsing->o->policy.explicit_deny && style == SP_STYLE_DENY)
		return sp_options_complain(parsing->message,
					   "--explicit-deny has no meaning with --style=deny, "
					   "which refuses those groups anyway");
	return 0;
}

static int parse_format(const struct sp_parsing *parsing)
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
	if (o->verb == SP_VERB_RECORD || o->verb == SP_VERB_IMPORT || o->verb == SP_VERB_ATTACH) {
		r = sp_format_from_name(text);
		if (r < 0)
			return sp_options_complain(
				parsing->message,
				"--format=%s is not one of drop-in, names, oci and json", text);
		o->format = (enum sp_format)r;
		return 0;
	}
	for (size_t i = 0; i < SP_ARRAY_SIZE(views); i++)
		if (sp_streq(text, views[i].name) &&
		    (o->verb == SP_VERB_EXPLAIN || views[i].view != SP_VIEW_LIST)) {
			o->view = views[i].view;
			return 0;
		}
	return sp_options_complain(parsing->message, "--format=%s is not one of %s", text,
				   o->verb == SP_VERB_EXPLAIN ? "text, json and list"
							      : "text and json");
}

/* All options are known: those that were left out, and what they mean together. */
static int check_together(const struct sp_parsing *parsing)
{
	struct sp_options *o = parsing->o;
	int r = check_given(parsing);

	/* The styles that are meant to last have it unless the user says otherwise. */
	if (!parsing->chose_families && o->policy.style != SP_STYLE_EXACT)
		o->policy.headroom = SP_HEADROOM_FAMILY;
	if (r == 0 && o->warm_up_ns >= 0 && !o->profile)
		return sp_options_complain(parsing->message,
					   "--warm-up needs --profile=FILE, which holds what it "
					   "learns");
	if (r == 0)
		r = check_style(parsing);
	if (r == 0)
		r = parse_format(parsing);
	return r < 0 ? r : sp_options_check_drop_in(parsing);
}

/* Nothing is run, so that no option may say how. */
static int check_recorded(const struct sp_parsing *parsing)
{
	static const enum option_index of_runs[] = {
		OPTION_RUN_AS,	   OPTION_DURATION, OPTION_STOP_TIMEOUT,
		OPTION_NO_SECCOMP, OPTION_ENFORCE,  OPTION_NO_PROGRESS,
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(of_runs); i++)
		if (parsing->given >> of_runs[i] & 1)
			return sp_options_complain(parsing->message,
						   "--%s has no meaning with --input, which runs "
						   "no command",
						   sp_option_table[of_runs[i]].name);
	return 0;
}

/* What stands before "--" are options and files; what follows is the command, untouched. */
static int parse_verify(int argc, char *const argv[], struct sp_parsing *parsing)
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
	if (dashes == argc && o->inputs.n == 0)
		return sp_options_complain(
			parsing->message,
			"no -- and command; write: sysprofile verify FILE... -- COMMAND, or verify "
			"FILE... -i PROFILE");
	if (dashes < argc && o->inputs.n > 0)
		return sp_options_complain(
			parsing->message,
			"verify looks at what --input tells or at a command, not at both");
	if (o->n_files == 0)
		return sp_options_complain(
			parsing->message,
			"no file to verify; write: sysprofile verify FILE... -- COMMAND, or verify "
			"FILE... -i PROFILE");
	if (o->inputs.n > 0)
		return check_recorded(parsing);
	o->arguments = argv + dashes + 1;
	if (!o->arguments[0])
		return sp_options_complain(parsing->message,
					   "no command to run under %s; write: sysprofile "
					   "verify FILE... -- COMMAND",
					   o->files[0]);
	return *o->arguments[0]
		       ? 0
		       : sp_options_complain(parsing->message, "the command is an empty word");
}

/* There is no command, so that "-i log.*" may become several words, and options may follow. */
static int parse_import(int argc, char *const argv[], struct sp_parsing *parsing)
{
	struct sp_options *o = parsing->o;
	int first = optind, r;

	if (!(first > 1 && sp_streq(argv[first - 1], "--"))) {
		/* getopt_long(3) takes the word before for the program's name. */
		optind = 0;
		r = parse_options(argc - first + 1, argv + first - 1, false, parsing);
		if (r < 0 || o->verb != SP_VERB_IMPORT)
			return r;
		first += optind - 1;
	}
	for (char *const *word = argv + first; *word; word++) {
		r = sp_options_take(OPTION_INPUT, *word, parsing);
		if (r < 0)
			return r;
	}
	return check_together(parsing);
}

static int parse(int argc, char *const argv[], struct sp_parsing *parsing)
{
	struct sp_options *o = parsing->o;
	bool after_dashes;
	int r, verb_at;

	optind = 0;
	r = parse_options(argc, argv, true, parsing);
	if (r < 0)
		return r;
	if (o->verb == SP_VERB_IMPORT)
		return parse_import(argc, argv, parsing);
	if (o->verb != SP_VERB_RECORD)
		return r;
	if (o->pids.n > 0 && !argv[optind]) {
		o->verb = SP_VERB_ATTACH;
		return check_together(parsing);
	}
	after_dashes = optind > 1 && sp_streq(argv[optind - 1], "--");
	r = take_words(argv + optind, after_dashes, o, parsing->message);
	if (r < 0)
		return r;
	if (o->verb == SP_VERB_RECORD && o->pids.n > 0) {
		o->verb = SP_VERB_ATTACH;
		return sp_options_complain(parsing->message,
					   "--pid follows what runs already, so there is no "
					   "command to run (%.200s)",
					   o->arguments[0]);
	}
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
	return check_together(parsing);
}

int sp_options_parse(int argc, char *const argv[], struct sp_options *ret,
		     char message[static SP_OPTIONS_MESSAGE_SIZE])
{
	struct sp_options o = {
		.verb = SP_VERB_RECORD,
		.duration_ns = -1,
		.stop_timeout_ns = STOP_TIMEOUT_NS,
		.warm_up_ns = -1,
		.quiet_for_ns = -1,
		.abi = sp_abi_native(),
		.policy = { .style = SP_STYLE_GROUPS, .refusal = SP_REFUSAL_ERRNO, .err = EPERM },
	};
	struct sp_parsing parsing = { .o = &o, .message = message };
	int r;

	r = parse(argc, argv, &parsing);
	if (r < 0) {
		sp_options_done(&o);
		/* What --pid was given for, the statuses of that mode are right for. */
		ret->verb = o.verb == SP_VERB_RECORD && (parsing.given >> OPTION_PID & 1)
				    ? SP_VERB_ATTACH
				    : o.verb;
		return r;
	}
	*ret = o;
	return 0;
}

void sp_options_done(struct sp_options *o)
{
	sp_words_done(&o->inputs);
	sp_words_done(&o->comms);
	sp_words_done(&o->exes);
	sp_words_done(&o->pids);
	sp_words_done(&o->needs);
}
