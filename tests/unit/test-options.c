/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/options.h"

#include <criterion/criterion.h>
#include <errno.h>

#include "sysprofile/risk.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

enum { WORDS_MAX = 12 };

/* Splits a line at blanks; "''" stands for an empty word. The words live until the next call. */
static int parse(const char *line, struct sp_options *ret, char *message)
{
	static char buffer[256], *words[WORDS_MAX + 2];
	static char program[] = "sysprofile", empty[] = "";
	int n = 0;

	snprintf(buffer, sizeof(buffer), "%s", line);
	words[n++] = program;
	for (char *word = strtok(buffer, " "); word && n <= WORDS_MAX; word = strtok(NULL, " "))
		words[n++] = sp_streq(word, "''") ? empty : word;
	words[n] = NULL;
	return sp_options_parse(n, words, ret, message);
}

static struct sp_options good(const char *line)
{
	char message[SP_OPTIONS_MESSAGE_SIZE] = "";
	struct sp_options o = {};

	cr_assert_eq(parse(line, &o, message), 0, "%s: %s", line, message);
	return o;
}

Test(options, defaults_are_those_of_the_manual)
{
	struct sp_options o = good("true");

	cr_expect_eq(o.verb, SP_VERB_RECORD);
	cr_expect_eq(o.format, SP_FORMAT_DROPIN);
	cr_expect_eq(o.policy.style, SP_STYLE_GROUPS);
	cr_expect_eq(o.policy.refusal, SP_REFUSAL_ERRNO);
	cr_expect_eq(o.policy.err, EPERM);
	cr_expect_eq(o.duration_ns, -1);
	cr_expect_eq(o.stop_timeout_ns, 90 * SP_NSEC_PER_SEC);
	cr_expect_eq(o.policy.headroom, SP_HEADROOM_FAMILY);
	cr_expect_null(o.output);
	cr_expect_null(o.release);
}

Test(options, headroom_is_for_the_styles_that_are_meant_to_last)
{
	cr_expect_eq(good("--style=deny x").policy.headroom, SP_HEADROOM_FAMILY);
	cr_expect_eq(good("--style=exact x").policy.headroom, SP_HEADROOM_NONE);
	cr_expect_eq(good("--headroom=family -s exact x").policy.headroom, SP_HEADROOM_FAMILY);
	cr_expect_eq(good("-s exact --headroom=family x").policy.headroom, SP_HEADROOM_FAMILY);
	cr_expect_eq(good("--headroom=none x").policy.headroom, SP_HEADROOM_NONE);
	cr_expect_eq(good("--headroom=none -s deny x").policy.headroom, SP_HEADROOM_NONE);
}

Test(options, values_are_taken_in_every_spelling)
{
	struct sp_options o = good("-d5min --output=x -f names --style exact --action=ENOSYS "
				   "--systemd=rhel8 -qv prog");

	cr_expect_eq(o.duration_ns, 300 * SP_NSEC_PER_SEC);
	cr_expect_str_eq(o.output, "x");
	cr_expect_eq(o.format, SP_FORMAT_NAMES);
	cr_expect_eq(o.policy.style, SP_STYLE_EXACT);
	cr_expect_eq(o.policy.err, ENOSYS);
	cr_expect_str_eq(o.release, "rhel8");
	cr_expect(o.quiet && o.verbose);
	cr_expect_eq(good("--action=kill x").policy.refusal, SP_REFUSAL_KILL);
	cr_expect_eq(good("--action=log x").policy.refusal, SP_REFUSAL_LOG);
	cr_expect_eq(good("--color=never x").color, SP_COLOR_NEVER);
	cr_expect_eq(good("--price=1 x").policy.word_price, 1);
	cr_expect_eq(good("--price 10000 x").policy.word_price, SP_WORD_PRICE_MAX);
	cr_expect(good("-s exact --explicit-deny x").policy.explicit_deny);
	cr_expect_eq(good("--stop-timeout=0 x").stop_timeout_ns, 0);
}

Test(options, the_first_word_ends_them_and_dashes_hide_a_verb)
{
	struct sp_options o = good("-q ls -l --color");

	cr_expect_str_eq(o.arguments[0], "ls");
	cr_expect_str_eq(o.arguments[1], "-l");
	cr_expect_str_eq(o.arguments[2], "--color");
	cr_expect_null(o.arguments[3]);

	o = good("-- groups @mount");
	cr_expect_eq(o.verb, SP_VERB_RECORD);
	cr_expect_str_eq(o.arguments[0], "groups");

	o = good("-- --style");
	cr_expect_str_eq(o.arguments[0], "--style");
}

Test(options, a_verb_takes_options_anywhere)
{
	static const char *const lines[] = { "groups @mount --systemd=239",
					     "groups --systemd=239 @mount",
					     "--systemd=239 groups @mount" };

	for (size_t i = 0; i < SP_ARRAY_SIZE(lines); i++) {
		struct sp_options o = good(lines[i]);

		cr_expect_eq(o.verb, SP_VERB_GROUPS, "%s", lines[i]);
		cr_expect_str_eq(o.release, "239", "%s", lines[i]);
		cr_expect_str_eq(o.arguments[0], "@mount", "%s", lines[i]);
		cr_expect_null(o.arguments[1], "%s", lines[i]);
	}
	cr_expect_null(good("groups").arguments[0]);
	cr_expect_eq(good("--help").verb, SP_VERB_HELP);
	cr_expect_eq(good("-h whatever").verb, SP_VERB_HELP);
	cr_expect_eq(good("groups --help").verb, SP_VERB_HELP);
	cr_expect_eq(good("--version").verb, SP_VERB_VERSION);
}

Test(options, verbs_that_look_at_filters)
{
	struct sp_options o = good("explain x.service --root=/r -f json --systemd=252 y.conf");

	cr_expect_eq(o.verb, SP_VERB_EXPLAIN);
	cr_expect_eq(o.view, SP_VIEW_JSON);
	cr_expect_str_eq(o.root, "/r");
	cr_expect_eq(o.abi, sp_abi_native());
	cr_expect_str_eq(o.arguments[0], "x.service");
	cr_expect_str_eq(o.arguments[1], "y.conf");
	cr_expect_null(o.arguments[2]);
	o = good("-f text diff a b");
	cr_expect_eq(o.verb, SP_VERB_DIFF);
	cr_expect_eq(o.view, SP_VIEW_TEXT);
	cr_expect_eq(good("explain -f list x").view, SP_VIEW_LIST);
	cr_expect_eq(good("explain x --abi=native").abi, sp_abi_native());
	cr_expect_eq(good("-- explain x").verb, SP_VERB_RECORD);
}

/* The verb decides the exit status of wrong words, so that it is known even then. */
Test(options, the_verb_is_told_in_any_case)
{
	char message[SP_OPTIONS_MESSAGE_SIZE];
	struct sp_options o = {};

	cr_expect_eq(parse("explain --bogus", &o, message), -EINVAL);
	cr_expect_eq(o.verb, SP_VERB_EXPLAIN);
	cr_expect_eq(parse("--bogus explain", &o, message), -EINVAL);
	cr_expect_eq(o.verb, SP_VERB_RECORD);
}

Test(options, verify_has_files_before_the_dashes_and_a_command_behind)
{
	struct sp_options o = good("verify a.conf --enforce b.conf -o out -- nice -n 5 -- x");

	cr_expect_eq(o.verb, SP_VERB_VERIFY);
	cr_assert_eq(o.n_files, 2);
	cr_expect_str_eq(o.files[0], "a.conf");
	cr_expect_str_eq(o.files[1], "b.conf");
	cr_expect_str_eq(o.arguments[0], "nice");
	cr_expect_str_eq(o.arguments[1], "-n");
	cr_expect_str_eq(o.arguments[3], "--");
	cr_expect_str_eq(o.output, "out");
	cr_expect(o.enforce);
	o = good("-q verify -f json a -- b");
	cr_expect(o.quiet && !o.enforce);
	cr_expect_eq(o.view, SP_VIEW_JSON);
	cr_expect_eq(good("-- verify a -- b").verb, SP_VERB_RECORD);
	cr_expect_eq(good("verify --help").verb, SP_VERB_HELP);
}

Test(options, input_makes_files_of_all_words)
{
	struct sp_options o = good("-sexact -i a --comm=x b --pid=5 --pid=6 -i c -f names d");

	cr_expect_eq(o.verb, SP_VERB_IMPORT);
	cr_expect_eq(o.format, SP_FORMAT_NAMES);
	cr_expect_eq(o.policy.style, SP_STYLE_EXACT);
	cr_assert_eq(o.inputs.n, 4);
	/* Those of the option come first, whatever their order on the line. */
	cr_expect_str_eq(o.inputs.v[0], "a");
	cr_expect_str_eq(o.inputs.v[1], "c");
	cr_expect_str_eq(o.inputs.v[2], "b");
	cr_expect_str_eq(o.inputs.v[3], "d");
	cr_expect_eq(o.comms.n, 1);
	cr_expect_eq(o.pids.n, 2);
	cr_expect_eq(o.exes.n, 0);
	sp_options_done(&o);

	o = good("-i a -- -i b");
	cr_expect_eq(o.inputs.n, 3);
	sp_options_done(&o);

	o = good("--pid 7,8 -i a");
	cr_expect_eq(o.verb, SP_VERB_IMPORT);
	cr_expect_eq(o.pids.n, 2);
	sp_options_done(&o);

	o = good("-i a --version");
	cr_expect_eq(o.verb, SP_VERB_VERSION);
	sp_options_done(&o);
}

Test(options, a_pid_without_input_is_followed)
{
	struct sp_options o = good("-p 4711,1 -d 5min --pid=8 --quiet-for=30 -P a -s exact");

	cr_expect_eq(o.verb, SP_VERB_ATTACH);
	cr_assert_eq(o.pids.n, 3);
	cr_expect_str_eq(o.pids.v[0], "4711");
	cr_expect_str_eq(o.pids.v[1], "1");
	cr_expect_str_eq(o.pids.v[2], "8");
	cr_expect_eq(o.quiet_for_ns, 30 * SP_NSEC_PER_SEC);
	cr_expect_eq(o.policy.headroom, SP_HEADROOM_NONE);
	cr_expect(!o.policy.with_startup && !o.force);
	sp_options_done(&o);

	o = good("--force --headroom=startup -f json -p 1");
	cr_expect(o.force);
	cr_expect_eq(o.format, SP_FORMAT_JSON);
	cr_expect(o.policy.with_startup);
	cr_expect_eq(o.policy.headroom, SP_HEADROOM_FAMILY);
	sp_options_done(&o);

	o = good("-s exact --headroom=startup -p 1");
	cr_expect_eq(o.policy.headroom, SP_HEADROOM_NONE);
	sp_options_done(&o);
	o = good("--headroom=none --headroom=startup -p 1");
	cr_expect_eq(o.policy.headroom, SP_HEADROOM_NONE);
	cr_expect(o.policy.with_startup);
	sp_options_done(&o);

	cr_expect_eq(good("--quiet-for=5 a").verb, SP_VERB_RECORD);
}

Test(options, a_drop_in_is_for_a_unit_or_for_that_of_a_process)
{
	struct sp_options o = good("--drop-in=a.service --runtime --user --root=/r --force b c");

	cr_expect(o.drop_in && o.runtime && o.user && o.force && !o.dry_run);
	cr_expect_str_eq(o.unit, "a.service");
	cr_expect_str_eq(o.root, "/r");
	cr_expect_eq(o.verb, SP_VERB_RECORD);
	cr_expect_str_eq(o.arguments[0], "b");
	sp_options_done(&o);

	/* A word behind it is none of its own. */
	o = good("--drop-in --dry-run b");
	cr_expect(o.drop_in && o.dry_run);
	cr_expect_null(o.unit);
	cr_expect_str_eq(o.arguments[0], "b");
	sp_options_done(&o);
	o = good("--drop-in b");
	cr_expect_null(o.unit);
	cr_expect_str_eq(o.arguments[0], "b");
	sp_options_done(&o);
	o = good("-i a --drop-in=u");
	cr_expect_eq(o.verb, SP_VERB_IMPORT);
	cr_expect_str_eq(o.unit, "u");
	sp_options_done(&o);
	o = good("--drop-in -p 1");
	cr_expect_eq(o.verb, SP_VERB_ATTACH);
	sp_options_done(&o);
}

Test(options, what_is_wrong_is_said_with_a_remedy)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "", "no command to run; write: sysprofile" },
		{ "--", "no command to run" },
		{ "''", "empty word" },
		{ "-- ''", "empty word" },
		{ "-Z x", "unknown option -Z; --help" },
		{ "-qZ x", "unknown option -Z" },
		{ "--bogus x", "unknown option --bogus" },
		{ "--s=exact x", "unknown option --s=exact" },
		{ "-d", "--duration needs an argument (TIME)" },
		{ "--output", "--output needs an argument (FILE)" },
		{ "--output= x", "needs the name of a file" },
		{ "--quiet=1 x", "--quiet takes no argument" },
		{ "-d soon x", "write for example 90, 5min" },
		{ "-d 0 x", "no time" },
		{ "-d 9999y x", "too long" },
		{ "--stop-timeout=x y", "--stop-timeout=x is not a time span" },
		{ "-s tight x", "groups, exact and deny" },
		{ "-f yaml x", "drop-in, names, oci and json" },
		{ "--action=EFOO x", "kill or log" },
		{ "--action=5000 x", "kill or log" },
		{ "--color=red x", "auto, always and never" },
		{ "groups --bogus", "unknown option --bogus" },
		{ "--root=/x true", "--root has no meaning without --drop-in" },
		{ "groups -o x", "--output has no meaning for sysprofile groups" },
		{ "-d 5 explain x", "--duration has no meaning for sysprofile explain" },
		{ "--headroom=plenty x",
		  "--headroom=plenty is not one of none, family and startup" },
		{ "diff --headroom=none a b", "--headroom has no meaning for sysprofile diff" },
		{ "diff --assume=read a b", "--assume has no meaning for sysprofile diff" },
		{ "explain -f names x", "text, json and list" },
		{ "diff -f list a b", "text and json" },
		{ "explain --abi=vax x", "is no ABI of this machine, which has " },
		{ "explain --root= x", "needs the name of a directory" },
		{ "verify", "no -- and command; write: sysprofile verify" },
		{ "verify a", "no -- and command" },
		{ "verify -- a", "no file to verify" },
		{ "verify a --", "no command to run under a" },
		{ "verify a -- ''", "empty word" },
		{ "verify a -o -- b", "--output needs an argument" },
		{ "verify -f list a -- b", "text and json" },
		{ "verify --assume=read a -- b", "no meaning for sysprofile verify" },
		{ "--price=0 a", "--price=0 is no whole number from 1 to 10000" },
		{ "--price=10001 a", "from 1 to 10000" },
		{ "--price=+5 a", "from 1 to 10000" },
		{ "--price=5x a", "from 1 to 10000" },
		{ "--price= a", "from 1 to 10000" },
		{ "--price=99999999999999999999 a", "from 1 to 10000" },
		{ "--price=5 --style=exact a", "--price has no meaning with --style=exact" },
		{ "--style=deny --explicit-deny a", "--explicit-deny has no meaning with" },
		{ "explain --price=5 a", "no meaning for sysprofile explain" },
		{ "--enforce a", "--enforce has no meaning without a verb" },
		{ "-i", "--input needs an argument (FILE)" },
		{ "-i ''", "needs the name of a file" },
		{ "-i a ''", "needs the name of a file" },
		{ "-i a -d 5", "--duration has no meaning with --input" },
		{ "-d 5 -i a", "--duration has no meaning with --input" },
		{ "-i a --pid=x", "--pid=x is no number of a process" },
		{ "-i a --pid=0", "--pid=0 is no number of a process" },
		{ "-p 5,", "--pid=5, is no number of a process" },
		{ "-p ,5", "--pid=,5 is no number of a process" },
		{ "-p 5;6", "--pid=5;6 is no number of a process" },
		{ "-p -5", "--pid=-5 is no number of a process" },
		{ "-p 99999999999", "is no number of a process" },
		{ "-p", "--pid needs an argument (PID)" },
		{ "-p 5 a", "there is no command to run (a)" },
		{ "-p 5 -- a", "there is no command to run (a)" },
		{ "-p 5 --run-as=root", "--run-as has no meaning with --pid" },
		{ "-p 5 --no-seccomp", "--no-seccomp has no meaning with --pid" },
		{ "-p 5 --stop-timeout=5", "--stop-timeout has no meaning with --pid" },
		{ "-p 5 --warm-up=5 -P a", "--warm-up has no meaning with --pid" },
		{ "-p 5 --comm=a", "--comm has no meaning with --pid" },
		{ "-p 5 merge a", "--pid has no meaning for sysprofile merge" },
		{ "--force a", "--force has no meaning without --pid, --input or --drop-in" },
		{ "--drop-in= a", "--drop-in= needs the name of a unit" },
		{ "--runtime a", "--runtime has no meaning without --drop-in" },
		{ "--user -p 1", "--user has no meaning without --drop-in" },
		{ "--dry-run -i a", "--dry-run has no meaning without --drop-in" },
		{ "--root=/x -p 1", "--root has no meaning without --drop-in" },
		{ "--root=/x -i a", "--root has no meaning without --drop-in" },
		{ "--drop-in=u -f names a", "--format=names is not" },
		{ "--drop-in=u --dry-run -o x a", "--dry-run writes nothing" },
		{ "explain --drop-in=u x", "--drop-in has no meaning for sysprofile explain" },
		{ "verify --dry-run x -- y", "--dry-run has no meaning for sysprofile verify" },
		{ "--quiet-for=0 a", "--quiet-for=0 leaves no time" },
		{ "--quiet-for=x a", "--quiet-for=x is not a time span" },
		{ "-i a --quiet-for=5", "--quiet-for has no meaning with --input" },
		{ "-i a --comm=", "--comm needs a word" },
		{ "-i a --style=exact --price=3", "--price" },
		{ "-i a --style=deny --explicit-deny", "--explicit-deny" },
		{ "-i a -f yaml", "drop-in, names, oci and json" },
		{ "--comm=x a", "--comm has no meaning without --input" },
		{ "groups -i a", "--input has no meaning for sysprofile groups" },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		char message[SP_OPTIONS_MESSAGE_SIZE] = "";
		struct sp_options o = { .release = "untouched" };

		cr_expect_eq(parse(cases[i].line, &o, message), -EINVAL, "%s", cases[i].line);
		cr_expect_not_null(strstr(message, cases[i].says), "%s: %s", cases[i].line,
				   message);
		cr_expect_str_eq(o.release, "untouched");
	}
}

Test(options, every_row_of_the_table_is_fit_to_print)
{
	for (size_t i = 0; i < sp_option_count; i++) {
		const struct sp_option *row = &sp_option_table[i];

		cr_expect(row->name && *row->name);
		cr_expect(row->help && *row->help, "%s", row->name);
		for (size_t j = 0; j < i; j++) {
			cr_expect_str_neq(row->name, sp_option_table[j].name);
			cr_expect(!row->letter || row->letter != sp_option_table[j].letter);
		}
	}
}
