/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The seccomp filter of the fast engine: it hands every call to the tracer with one stop
 * (SECCOMP_RET_TRACE), except those that are assumed, which pass at full speed. See seccomp(2).
 */

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sysprofile/sysset.h"

struct sp_prefilter {
	struct sock_filter *insns; /* owned */
	size_t n;
};

/*
 * What to let pass. assumed: on every ABI that has them; known: each on its own ABI, as far as it
 * has a name. Calls that the tracer has to see (sp_prefilter_must_see()) are traced all the same.
 */
struct sp_prefilter_pass {
	struct sp_sysset assumed;
	const struct sp_abi_number *known; /* borrowed */
	size_t n_known;
};

/* 0 or -ENOMEM. */
int sp_prefilter_build(const struct sp_prefilter_pass *pass, struct sp_prefilter *ret);
void sp_prefilter_done(struct sp_prefilter *filter);

/*
 * Calls that may change what the tracer must do, or whose arguments tell more than their number:
 * makers of tasks, execve, installers of filters, ptrace, personality, and the old entrances of
 * i386 to many calls.
 */
bool sp_prefilter_must_see(const char *name);

/* Their names; NULL at the end. Static. */
const char *const *sp_prefilter_must_see_names(void);

/*
 * Puts the filter on the calling thread for good, without touching NO_NEW_PRIVS. 0; -EACCES when
 * that needs CAP_SYS_ADMIN or NO_NEW_PRIVS; other negative errno.
 */
int sp_prefilter_install(const struct sp_prefilter *filter);

/* The same for a program that was made elsewhere. */
int sp_prefilter_load(const struct sock_fprog *program);

/*
 * What the filter says of a call in its 16 bits of data (PTRACE_GETEVENTMSG): the ABI in the top
 * two, the number below; SP_PREFILTER_ASK for a call that does not fit.
 */
#define SP_PREFILTER_ASK	 0xffff
#define SP_PREFILTER_NUMBER_BITS 14
uint16_t sp_prefilter_encode(uint32_t arch, uint64_t nr);

/* The reverse. False for SP_PREFILTER_ASK and what the filter never says. */
bool sp_prefilter_decode(unsigned long data, uint32_t *ret_arch, uint64_t *ret_nr);
