/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From the names that logs use to numbers, fast enough to be asked for every line. Names are those
 * of libseccomp for this machine's ABIs, and those that older releases of strace had for some.
 */

#include <stddef.h>
#include <stdint.h>

#include "sysprofile/arch.h"

/* What else a reader of logs has to know of a call. */
enum sp_log_kind {
	SP_LOG_PLAIN,
	SP_LOG_FORK, /* returns the id of a new process, or thread when its flags say so */
	SP_LOG_EXEC,
	SP_LOG_EXIT,  /* does not return */
	SP_LOG_PRCTL, /* may name its task */
	_SP_LOG_MAX,
};

#define SP_LOG_ABIS_MAX	 4
#define SP_LOG_NO_NUMBER UINT32_MAX

struct sp_log_name {
	enum sp_log_kind kind;
	uint32_t nr[SP_LOG_ABIS_MAX]; /* by place in sp_abi_local(); or SP_LOG_NO_NUMBER */
	/*
	 * By place as well: a second number that the name may stand for, since a log does not tell
	 * the two apart (i386's socketcall, whose part is called by its own name); or
	 * SP_LOG_NO_NUMBER.
	 */
	uint32_t also[SP_LOG_ABIS_MAX];
};

struct sp_log_names;

int sp_log_names_new(struct sp_log_names **ret);
struct sp_log_names *sp_log_names_free(struct sp_log_names *names);
static inline void sp_log_names_freep(struct sp_log_names **p)
{
	if (*p)
		(void)sp_log_names_free(*p);
}

/* NULL when no ABI of this machine has a call of that name. */
const struct sp_log_name *sp_log_names_find(const struct sp_log_names *names, const char *name,
					    size_t len);

/* The place of an ABI in sp_abi_local(); -1 when it is none of this machine's. */
int sp_log_abi_place(sp_abi abi);
