/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/help.h"

#include <stdio.h>
#include <string.h>

#include "config.h"
#include "sysprofile/groups.h"
#include "sysprofile/options.h"
#include "sysprofile/syscalls.h"

/* Column of the explanations; with at most 54 characters of text a line stays within 80. */
enum { HELP_COLUMN = 25 };

static void print_option(const struct sp_option *option, FILE *f)
{
	int column = fprintf(f, option->letter ? "  -%c, " : "      ", option->letter);
	const char *line = option->help;

	column += fprintf(f, "--%s", option->name);
	if (option->argument)
		column += fprintf(f, option->optional ? "[=%s]" : "=%s", option->argument);
	while (line) {
		const char *end = strchr(line, '\n');

		if (column >= HELP_COLUMN) {
			putc('\n', f);
			column = 0;
		}
		fprintf(f, "%*s%.*s\n", HELP_COLUMN - column, "",
			end ? (int)(end - line) : (int)strlen(line), line);
		line = end ? end + 1 : NULL;
		column = 0;
	}
}

/* Those that one of the verbs takes and none of the others. */
static void print_options(unsigned verbs, unsigned others, FILE *f)
{
	for (size_t i = 0; i < sp_option_count; i++)
		if (sp_option_table[i].verbs & verbs && !(sp_option_table[i].verbs & others))
			print_option(&sp_option_table[i], f);
}

void sp_help_print(FILE *f)
{
	fputs("sysprofile [OPTIONS] [--] COMMAND [ARG...]\n"
	      "sysprofile [OPTIONS] -p PID[,PID...]\n"
	      "sysprofile [OPTIONS] -i FILE...\n"
	      "sysprofile groups [--systemd=VERSION] [@NAME...]\n"
	      "sysprofile explain [OPTIONS] UNIT|FILE...\n"
	      "sysprofile diff [OPTIONS] UNIT|FILE UNIT|FILE\n"
	      "sysprofile verify [OPTIONS] UNIT|FILE... -- COMMAND [ARG...]\n"
	      "sysprofile verify [OPTIONS] UNIT|FILE... -i PROFILE\n"
	      "sysprofile merge [-o FILE] PROFILE...\n"
	      "sysprofile why CALL PROFILE...\n"
	      "sysprofile show [OPTIONS] PROFILE...\n"
	      "\n"
	      "Runs COMMAND, records every system call of it and of all that it starts, and\n"
	      "prints a systemd drop-in whose SystemCallFilter= allows them. Run your load test\n"
	      "meanwhile and let the command start, reload and stop: a path that was not\n"
	      "exercised is not in the profile, and the filter will refuse its calls.\n"
	      "\n"
	      "Options:\n",
	      f);
	print_options(1u << SP_VERB_RECORD, 0, f);
	fputs("\n"
	      "With -p it follows what runs already; Ctrl-C, -d and --quiet-for let that go on\n"
	      "alone. Its start is not seen, so an allow-list needs -P with a run that saw it,\n"
	      "--headroom=startup or --force. It takes the options above that are not about\n"
	      "the start and the stop of a command, and also:\n",
	      f);
	print_options(1u << SP_VERB_ATTACH, 1u << SP_VERB_RECORD, f);
	fputs("\n"
	      "With -i there is no run: FILEs are profiles of --profile, logs of strace, strace\n"
	      "-c, perf trace or bpftrace, audit records of seccomp (audit.log, ausearch,\n"
	      "dmesg, journalctl), or OCI seccomp profiles, told apart by what is in them, gzip\n"
	      "taken off. It takes the options above that are not about a run, and also:\n",
	      f);
	print_options(1u << SP_VERB_IMPORT, 1u << SP_VERB_RECORD | 1u << SP_VERB_ATTACH, f);
	fputs("\n"
	      "groups prints systemd's groups of calls, explain says what the filter of a unit\n"
	      "or file does, diff tells two of them apart. Of the options above they take\n"
	      "--systemd, --format, -q, -v and --color; explain and diff take also:\n",
	      f);
	print_options(1u << SP_VERB_EXPLAIN, 1u << SP_VERB_RECORD, f);
	fputs("\n"
	      "verify runs COMMAND and tells which of its calls the filter would refuse: status\n"
	      "1 when there are any; with -i nothing is run, and it tells which of the recorded\n"
	      "calls. It takes all of the options above but --style, --action, --assume and\n"
	      "--abi, and also:\n",
	      f);
	print_options(1u << SP_VERB_VERIFY,
		      1u << SP_VERB_RECORD | 1u << SP_VERB_IMPORT | 1u << SP_VERB_EXPLAIN, f);
	fputs("\n"
	      "merge joins profiles of --profile, which may be of many hosts, in any order; why\n"
	      "tells who made a call; show prints all calls by group, rarest first, and what\n"
	      "was not exercised.\n"
	      "\n"
	      "Ctrl-C reaches the command, whose shutdown is recorded too; a second one kills.\n"
	      "The exit status is the command's, 0 when the run was ended by -d or a signal to\n"
	      "sysprofile, 125 when sysprofile failed, 126 or 127 when the command could not be\n"
	      "run or was not found; with -p or -i 0, 125, or 2 for wrong use: sysprofile(1).\n",
	      f);
}

void sp_help_print_version(FILE *f)
{
	fprintf(f, "sysprofile %s\nlibseccomp %s, group tables up to systemd %s\n", SP_VERSION,
		sp_libseccomp_version(), sp_groups_newest());
}
