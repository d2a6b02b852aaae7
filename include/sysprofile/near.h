/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names like one that was mistyped. */

#include "sysprofile/util.h"

/* At most this many are found. */
#define SP_NEAREST_MAX 3

/*
 * Of all but itself, those that word may have meant, best first: a letter or two apart, or one of
 * the two inside of the other. What follows the last dot of a name does not count when word has no
 * dot. 0 or -ENOMEM.
 */
int sp_nearest(const struct sp_words *all, const char *word, struct sp_words *ret);
