/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of a drop-in. */

#include <stdio.h>

#include "sysprofile/result.h"

/*
 * All lines before [Service], each of which begins with "#". Strings from outside are bounded and
 * escaped, so that none of them can end the line that it stands in.
 */
int sp_emit_comments(const struct sp_result *result, FILE *f);

/*
 * "setuid", "x86:setuid", "x86-64:467"; an architecture that systemd cannot name as a number.
 * Returns ret.
 */
#define SP_CALL_WORD_SIZE 128
const char *sp_emit_call_word(const struct sp_profile_call *call,
			      char ret[static SP_CALL_WORD_SIZE]);
