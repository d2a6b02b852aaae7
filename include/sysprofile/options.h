/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The command line, parsed without side effects: argv in, values or one message out. One table
 * holds every option; --help is printed from it, and tests hold man page and completions to it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sysprofile/emit.h"
#include "sysprofile/result.h"
#include "sysprofile/util.h"

enum sp_verb {
	SP_VERB_RECORD, /* no verb: run a command and print the result */
	SP_VERB_ATTACH, /* no verb, but --pid without --input: the same of processes that run */
	SP_VERB_IMPORT, /* no verb, but --input: the same from what others recorded */
	SP_VERB_GROUPS,
	SP_VERB_EXPLAIN,
	SP_VERB_DIFF,
	SP_VERB_VERIFY,
	SP_VERB_MERGE,
	SP_VERB_WHY,
	SP_VERB_SHOW,
	SP_VERB_HELP,
	SP_VERB_VERSION,
	_SP_VERB_MAX,
};

enum sp_color { SP_COLOR_AUTO, SP_COLOR_ALWAYS, SP_COLOR_NEVER };

/* How the verbs that look at filters show them. */
enum sp_view { SP_VIEW_TEXT, SP_VIEW_JSON, SP_VIEW_LIST };

struct sp_install;

struct sp_options {
	enum sp_verb verb;
	char *const *arguments; /* the command, or the verb's words; NULL at the end; borrowed */
	char *const *files;	/* SP_VERB_VERIFY: the words before its command; borrowed */
	size_t n_files;
	struct sp_words inputs; /* SP_VERB_IMPORT: files; owned, as are the next three */
	struct sp_words comms, exes;
	struct sp_words needs; /* files; owned as well */
	struct sp_words pids;  /* SP_VERB_IMPORT, SP_VERB_ATTACH: numbers of processes, checked */

	const char *run_as; /* borrowed from argv, as are the next four; NULL: not given */
	const char *output;
	const char *release;
	const char *assume;
	const char *profile;
	const char *unit;     /* of --drop-in; NULL: to be found out */
	const char *root;     /* before every path that is looked for; NULL: not given */
	sp_abi abi;	      /* the machine's own unless given; always one of its own */
	int64_t duration_ns;  /* -1: not given */
	int64_t quiet_for_ns; /* -1: not given */
	int64_t stop_timeout_ns;
	int64_t warm_up_ns;    /* -1: not given */
	enum sp_format format; /* SP_VERB_RECORD */
	enum sp_view view;     /* SP_VERB_EXPLAIN, SP_VERB_DIFF, SP_VERB_VERIFY, SP_VERB_SHOW */
	struct sp_policy policy;
	enum sp_color color;
	bool quiet, verbose, no_progress, no_seccomp, enforce, force;
	bool drop_in, runtime, user, dry_run;
	struct sp_install *install; /* never parsed, borrowed: where --drop-in writes, or NULL */
	bool warming_up;	    /* never parsed: the run is one that another follows */
};

/* One row of the option table. */
struct sp_option {
	char letter;	      /* 0: none */
	const char *name;     /* without the dashes */
	const char *argument; /* as shown in help; NULL: takes none */
	const char *help;
	unsigned verbs; /* that take it: a bit 1u << SP_VERB_... for each */
	bool optional;	/* the argument may be left out */
};
extern const struct sp_option sp_option_table[];
extern const size_t sp_option_count;

/* The longest message that sp_options_parse() writes, its 0 included. */
#define SP_OPTIONS_MESSAGE_SIZE 512

/*
 * 0, and sp_options_done() frees what *ret owns; or -EINVAL (-ENOMEM) with what was wrong, and the
 * remedy, in message; then of *ret the verb alone is set, since it decides the exit status. Option
 * parsing ends at the first word that is no option; after "--" everything is the command, so a
 * program with a verb's name can still be run. Words of argv may change their places.
 */
int sp_options_parse(int argc, char *const argv[], struct sp_options *ret,
		     char message[static SP_OPTIONS_MESSAGE_SIZE]);
void sp_options_done(struct sp_options *options);
