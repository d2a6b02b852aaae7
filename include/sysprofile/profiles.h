/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the verbs that look at profiles have in common. */

#include "sysprofile/history.h"
#include "sysprofile/options.h"

/*
 * Reads and joins the files that the words name, up to a NULL. Says what is wrong: SP_EXIT_OK,
 * SP_EXIT_USAGE without any, SP_EXIT_FAILED. verb and remedy are for the words.
 */
int sp_profiles_read(const char *verb, const char *remedy, char *const *words,
		     struct sp_history **ret);

/* Whether a word names a file that looks like a profile; "-" does not. */
bool sp_profiles_is_one(const char *path);

/* Tells the calls of two profiles apart, for sp_verb_diff(). */
int sp_diff_profiles(const struct sp_options *options);

/* Room for "x86-64:4294967295" and the longest name with its ABI. */
#define SP_CALL_LABEL_SIZE 128

/* "read", "x86:read", "x86-64:467"; returns ret. */
char *sp_profiles_label(const struct sp_history_call *call, char ret[static SP_CALL_LABEL_SIZE]);
