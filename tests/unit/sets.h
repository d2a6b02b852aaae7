/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sets and texts for the tests of the model and of the analysis. */

#include <criterion/criterion.h>

#include "sysprofile/groups.h"
#include "sysprofile/util.h"

static inline sp_call call_named(const char *name)
{
	sp_call call;

	cr_assert_eq(sp_call_intern(name, strlen(name), &call), 0);
	return call;
}

/* "read write" as a set. */
static inline struct sp_sysset set_of(const char *names)
{
	struct sp_sysset set = {};

	while (*names) {
		size_t len = strcspn(names, " ");
		sp_call call;

		cr_assert_eq(sp_call_intern(names, len, &call), 0);
		sp_sysset_add(&set, call);
		names += len;
		names += strspn(names, " ");
	}
	return set;
}

static inline struct sp_groups *release(const char *name)
{
	struct sp_groups *groups = NULL;

	cr_assert_eq(sp_groups_new_release(name, &groups), 0, "no release %s", name);
	return groups;
}

/* "@basic-io write", as it would stand on a line; the caller frees it. */
static inline char *join(const struct sp_words *words)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_not_null(f);
	for (size_t i = 0; i < words->n; i++)
		fprintf(f, "%s%s", i ? " " : "", words->v[i]);
	cr_assert_eq(fclose(f), 0);
	return text;
}

/* The same numbers on every machine (xorshift64*). */
struct random {
	uint64_t state; /* not 0 */
};

static inline uint64_t random_next(struct random *r)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (r->state * UINT64_C(2685821657736338717)) >> 16;
}
