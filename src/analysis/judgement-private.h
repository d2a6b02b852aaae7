/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the two forms of a judgement have in common. */

#include "sysprofile/judgement.h"

struct sp_judged_maker {
	const char *exe;
	uint64_t count;
	size_t runs;
};

/* The programs that made a call, by name; the caller frees. 0 or -ENOMEM. */
int sp_judged_makers(const struct sp_history_call *call, struct sp_judged_maker **ret,
		     size_t *ret_n);

/* Where a run was; NULL when it does not tell. */
const char *sp_judged_host(const struct sp_history_run *run);
