/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/sysset.h"

#include <criterion/criterion.h>

#include "sysprofile/util.h"

/* Handles that sit at the edges of the words of a set. */
static const sp_call edges[] = { 0, 63, 64, 127, 500, SP_CALLS_MAX - 1 };

static struct sp_sysset make(const sp_call *calls, size_t n)
{
	struct sp_sysset s = {};

	for (size_t i = 0; i < n; i++)
		sp_sysset_add(&s, calls[i]);
	return s;
}

Test(sysset, members_are_visited_in_order)
{
	struct sp_sysset s = make(edges, SP_ARRAY_SIZE(edges));
	size_t i = 0;

	sp_sysset_foreach (c, &s) {
		cr_assert_lt(i, SP_ARRAY_SIZE(edges));
		cr_expect_eq(c, edges[i++]);
	}
	cr_expect_eq(i, SP_ARRAY_SIZE(edges));
	cr_expect_eq(sp_sysset_count(&s), SP_ARRAY_SIZE(edges));
	sp_sysset_remove(&s, 64);
	cr_expect_not(sp_sysset_contains(&s, 64));
	cr_expect(sp_sysset_contains(&s, 63));
	cr_expect_eq(sp_sysset_next(&s, 64), 127);
	cr_expect_eq(sp_sysset_next(&s, SP_CALLS_MAX), SP_CALLS_MAX);
}

Test(sysset, algebra_is_that_of_sets)
{
	struct sp_sysset ab = make((sp_call[]){ 1, 100 }, 2), bc = make((sp_call[]){ 100, 700 }, 2);
	struct sp_sysset s = ab, empty = {};

	sp_sysset_unite(&s, &bc);
	cr_expect_eq(sp_sysset_count(&s), 3);
	cr_expect(sp_sysset_is_subset(&ab, &s));
	cr_expect_not(sp_sysset_is_subset(&s, &ab));
	sp_sysset_subtract(&s, &bc);
	cr_expect(sp_sysset_contains(&s, 1));
	cr_expect_eq(sp_sysset_count(&s), 1);
	cr_expect_not(sp_sysset_intersects(&s, &bc));
	s = ab;
	sp_sysset_intersect(&s, &bc);
	cr_expect(sp_sysset_intersects(&s, &bc));
	cr_expect_eq(sp_sysset_count(&s), 1);
	cr_expect_not(sp_sysset_equal(&s, &ab));
	sp_sysset_subtract(&s, &s);
	cr_expect(sp_sysset_is_empty(&s));
	cr_expect(sp_sysset_equal(&s, &empty));
	cr_expect(sp_sysset_is_subset(&empty, &ab));
}

Test(sysset, sorting_is_by_name)
{
	static const char *const names[] = { "write", "accept", "read" };
	struct sp_sysset s = {};
	sp_call sorted[SP_CALLS_MAX];

	for (size_t i = 0; i < SP_ARRAY_SIZE(names); i++) {
		sp_call call;

		cr_assert_eq(sp_call_intern(names[i], strlen(names[i]), &call), 0);
		sp_sysset_add(&s, call);
	}
	cr_assert_eq(sp_sysset_sorted(&s, sorted), 3);
	cr_expect_str_eq(sp_call_name(sorted[0]), "accept");
	cr_expect_str_eq(sp_call_name(sorted[1]), "read");
	cr_expect_str_eq(sp_call_name(sorted[2]), "write");
}
