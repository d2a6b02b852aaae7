/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names and numbers of system calls, from libseccomp: there is no table of our own.
 *
 * systemd's filters work by name: the same word allows read on x86-64 and on i386. So the
 * identity of a call, everywhere above the tracer, is its name. A name is interned once and then
 * stands as a small handle that is stable for the life of the process.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sysprofile/arch.h"

typedef uint16_t sp_call;

/* Every name of libseccomp and of systemd's groups fits twice over (536 names in 2026). */
#define SP_CALLS_MAX 1024

/*
 * The handle of the first len bytes of name, made if it is new. Any name may be interned; whether
 * it is a system call is sp_call_is_known()'s answer.
 * 0, -ENOMEM, -EINVAL (empty, or over 64 bytes), or -ENOSPC when SP_CALLS_MAX are in use.
 */
int sp_call_intern(const char *name, size_t len, sp_call *ret);

/* As above, but a name never interned before is -ENOENT, and nothing is made. */
int sp_call_lookup(const char *name, size_t len, sp_call *ret);

/* The name; static for the life of the process. */
const char *sp_call_name(sp_call call);

/*
 * Whether libseccomp resolves the name at all, be it as a pseudo number of another ABI: systemd
 * drops every other word of a filter without effect (seccomp-util.c).
 */
bool sp_call_is_known(sp_call call);

/*
 * The number on that ABI as the kernel reports it (x32 with bit 30).
 * -ENOENT: the ABI has no such call, or libseccomp cannot name it.
 */
int sp_call_number(sp_call call, sp_abi abi, uint32_t *ret);

/*
 * The call behind a number of an ABI. -ENOENT when libseccomp has no name for it; such a number
 * must be kept and reported as a number.
 */
int sp_call_from_number(sp_abi abi, uint64_t nr, sp_call *ret);

/* The highest argument that leads to a call, below. */
#define SP_CALL_BEHIND_LAST 24

/*
 * The call behind an old entrance to many: what socketcall(2) or ipc(2) of i386 and a few other
 * ABIs do when first is their first argument. libseccomp makes two rules of each such name, one of
 * them for the entrance with that argument. -ENOENT: call is no entrance there, or leads nowhere.
 */
int sp_call_behind(sp_call call, sp_abi abi, uint32_t first, sp_call *ret);

/* Interns the calls of an ABI, so that reading a file need not intern what it finds. */
void sp_calls_intern_abi(sp_abi abi);

/* A call as it was made: named tells whether libseccomp has a name for the number. */
struct sp_made_call {
	sp_abi abi;
	uint32_t nr;
	bool named;
	sp_call call; /* when named */
};

/*
 * The order of every list of calls: the native ABI first, within an ABI those with a name first, by
 * name, then by number. As qsort(3) wants it.
 */
int sp_made_call_compare(struct sp_made_call a, struct sp_made_call b);

/* A call as the kernel tells them apart. */
struct sp_abi_number {
	sp_abi abi;
	uint32_t nr;
};

struct sp_numbered_call {
	uint32_t nr;
	sp_call call;
};

/* The calls that an ABI has, as far as libseccomp names them, by number. Returns how many. */
size_t sp_calls_of_abi(sp_abi abi, struct sp_numbered_call out[static SP_CALLS_MAX]);

/* "2.5.4", of the library in use. Static. */
const char *sp_libseccomp_version(void);
