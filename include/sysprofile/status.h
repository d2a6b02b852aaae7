/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One line on the terminal that says how the run stands, rewritten in place. */

#include <stdbool.h>
#include <stdint.h>

#include "sysprofile/profile.h"

struct sp_status;

/*
 * For stderr. *ret is NULL, and 0 returned, when stderr is no terminal: every function here takes
 * NULL and does nothing. There is one status line in a process; messages clear it first (log.h).
 */
int sp_status_new(struct sp_status **ret);
struct sp_status *sp_status_free(struct sp_status *status);
static inline void sp_status_freep(struct sp_status **p)
{
	if (*p)
		(void)sp_status_free(*p);
}

/* Draws it; now_ns from the start of the run, as in the profile. */
void sp_status_show(struct sp_status *status, const struct sp_profile *profile, int64_t now_ns);
