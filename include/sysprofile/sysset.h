/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A set of system calls, as a plain value: copy it, compare it, let it go; nothing is allocated.
 * Members are sp_call handles (syscalls.h), which stand for names, not for numbers of one ABI.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sysprofile/syscalls.h"

#define SP_SYSSET_WORDS (SP_CALLS_MAX / 64)

struct sp_sysset {
	uint64_t bits[SP_SYSSET_WORDS];
};

static inline void sp_sysset_add(struct sp_sysset *s, sp_call c)
{
	s->bits[c / 64] |= UINT64_C(1) << (c % 64);
}

static inline void sp_sysset_remove(struct sp_sysset *s, sp_call c)
{
	s->bits[c / 64] &= ~(UINT64_C(1) << (c % 64));
}

static inline bool sp_sysset_contains(const struct sp_sysset *s, sp_call c)
{
	return s->bits[c / 64] >> (c % 64) & 1;
}

/* s := s with, without, and only what is in other. */
void sp_sysset_unite(struct sp_sysset *s, const struct sp_sysset *other);
void sp_sysset_subtract(struct sp_sysset *s, const struct sp_sysset *other);
void sp_sysset_intersect(struct sp_sysset *s, const struct sp_sysset *other);

size_t sp_sysset_count(const struct sp_sysset *s);
bool sp_sysset_is_empty(const struct sp_sysset *s);
bool sp_sysset_equal(const struct sp_sysset *a, const struct sp_sysset *b);
bool sp_sysset_is_subset(const struct sp_sysset *a, const struct sp_sysset *of);
bool sp_sysset_intersects(const struct sp_sysset *a, const struct sp_sysset *b);

/* The first member that is >= from, in order of handles; SP_CALLS_MAX when there is none. */
unsigned sp_sysset_next(const struct sp_sysset *s, unsigned from);

/* Visits members in order of handles, which is stable in one process only. */
#define sp_sysset_foreach(c, s)                                                                    \
	for (unsigned c = sp_sysset_next((s), 0); c < SP_CALLS_MAX; c = sp_sysset_next((s), c + 1))

/*
 * Members in strcmp(3) order of their names, for everything that is printed.
 * out has room for SP_CALLS_MAX handles. Returns how many were written.
 */
size_t sp_sysset_sorted(const struct sp_sysset *s, sp_call *out);

/*
 * Adds the calls of a list of names, a blank between them. Negative errno as sp_call_intern();
 * those before the wrong one are added then.
 */
int sp_sysset_add_names(struct sp_sysset *set, const char *names);
