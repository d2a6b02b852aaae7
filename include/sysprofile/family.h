/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Families of system calls: what a program that made one call may make instead of it or beside it
 * once its libc, runtime, kernel or machine is another, or on a path that the run did not take.
 * They are data: syscall-families/families.txt, with the release that brought each change.
 */

#include <stddef.h>
#include <stdint.h>

#include "sysprofile/groups.h"

/* Everything is static. */
struct sp_family {
	const char *name;     /* "open" */
	const char *reason;   /* a few words, no dot */
	const char *evidence; /* "glibc 2.26 open() makes openat; Linux 5.6 openat2" */
};

/* In the order of the file. */
size_t sp_family_count(void);
const struct sp_family *sp_family_at(size_t i);

/* Instead of a family's index: what a dynamically linked program calls at its start. */
#define SP_HEADROOM_STARTUP UINT8_MAX

struct sp_headroom {
	struct sp_sysset calls;	      /* what families add; none of it is seen */
	uint8_t family[SP_CALLS_MAX]; /* of each of these calls: the first one that adds it */
};

/*
 * What the families add to seen for a text that is written for the release of groups and holds on
 * these ABIs. Nothing is added that none of them has (a time64 call on a 64-bit machine), that
 * neither libseccomp nor the release can name (no group of it, nor @known, has it), or that is in a
 * high-risk group (risk.h) of the release: such a call is allowed only if it was seen itself. What
 * was added leads to nothing further.
 * 0, or -ENOMEM, as well when other names have used up the room for these.
 */
int sp_family_headroom(const struct sp_groups *groups, const struct sp_sysset *seen,
		       const sp_abi *abis, size_t n_abis, struct sp_headroom *ret);
