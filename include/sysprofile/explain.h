/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a filter does, call by call. */

#include <stdio.h>

#include "sysprofile/filter.h"

/* Room for the longest word of sp_verdict_word(). */
#define SP_VERDICT_WORD_SIZE 32

/*
 * "allow", "log", "kill-process", "kill-thread", or "errno:EPERM", with a number where the errno
 * has no name. Returns buffer.
 */
const char *sp_verdict_word(const struct sp_verdict *verdict,
			    char buffer[static SP_VERDICT_WORD_SIZE]);

/* A line "NAME ACTION" for every call that the ABI has, in the order of their numbers. */
void sp_explain_list(const struct sp_filter *filter, sp_abi abi, FILE *f);
