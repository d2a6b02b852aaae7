/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What main() dispatches to; each returns the exit status of the program. */

#include "sysprofile/options.h"

/* Exit statuses (sysprofile(1)). */
enum sp_exit {
	SP_EXIT_OK = 0,
	SP_EXIT_NO = 1,	      /* a verb: it does not hold */
	SP_EXIT_USAGE = 2,    /* a verb: wrong words */
	SP_EXIT_FAILED = 125, /* sysprofile itself failed; usage of the launch mode included */
	SP_EXIT_CANNOT_RUN = 126,
	SP_EXIT_NOT_FOUND = 127,
};

/* Runs the command, records it and writes the result. A fatal signal of the command is raised. */
int sp_verb_record(const struct sp_options *options);

/* Follows what runs already, lets it go and writes the result. */
int sp_verb_attach(const struct sp_options *options);

/* Reads what others recorded and writes the result. */
int sp_verb_import(const struct sp_options *options);

/*
 * What all three have to know before: whether the release has what --action= asks for, and what
 * --assume= names and --headroom=startup finds, which is put into *policy. 0, or negative errno and
 * said on stderr.
 */
int sp_prepare_policy(const struct sp_options *options, const struct sp_groups *groups,
		      struct sp_policy *policy);

/* Prints groups of the release asked for, in the form of `systemd-analyze syscall-filter`. */
int sp_verb_groups(const struct sp_options *options);

/* Says what the filter of a unit, or of a fragment and its drop-ins, does. */
int sp_verb_explain(const struct sp_options *options);

/* Tells two filters apart: 0 when they are equal in effect, 1 when not. */
int sp_verb_diff(const struct sp_options *options);

/* Runs the command and tells what the filter of the files refuses of it. */
int sp_verb_verify(const struct sp_options *options);

/* Joins profiles into one. */
int sp_verb_merge(const struct sp_options *options);

/* Tells who made a call, when, and how often: 0 when it is in the profiles, 1 when not. */
int sp_verb_why(const struct sp_options *options);

/* Prints the calls of profiles, by group. */
int sp_verb_show(const struct sp_options *options);

/*
 * The groups of --systemd=, else of this host's systemd, else the newest in the table. Says on
 * stderr what went wrong and returns negative errno.
 */
int sp_choose_groups(const struct sp_options *options, struct sp_groups **ret);

/* What the verbs that look at filters share; each says on stderr what went wrong. */
struct sp_source;
struct sp_explanation;

/* SP_EXIT_OK, or SP_EXIT_FAILED when systemd would not load such files either. */
int sp_explain_source(const struct sp_options *options, const struct sp_groups *groups,
		      const struct sp_source *source, struct sp_explanation **ret);

/* Whether all that was printed has been written. SP_EXIT_OK or SP_EXIT_FAILED. */
int sp_finish_stdout(void);
