/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/byid.h"

#include "leak.h"

struct thing {
	struct sp_by_id by;
	int value;
};

Test(byid, things_come_and_go_by_id)
{
	struct sp_by_id *table = NULL;
	struct thing *thing;

	cr_expect_null(sp_by_id_find(table, 7));
	thing = sp_by_id_get(&table, 7, sizeof(*thing));
	cr_assert_not_null(thing);
	cr_expect_eq(thing->by.id, 7);
	cr_expect_eq(thing->value, 0);
	thing->value = 70;
	cr_expect_eq(sp_by_id_get(&table, 7, sizeof(*thing)), thing);
	cr_expect_eq(thing->value, 70);
	cr_expect_neq(sp_by_id_get(&table, 8, sizeof(*thing)), thing);
	cr_expect_eq(sp_by_id_find(table, 7), thing);

	cr_expect(sp_by_id_remove(&table, 7));
	cr_expect_not(sp_by_id_remove(&table, 7));
	cr_expect_null(sp_by_id_find(table, 7));
	cr_expect_not_null(sp_by_id_find(table, 8));
	for (pid_t id = 100; id < 1100; id++)
		cr_assert_not_null(sp_by_id_get(&table, id, sizeof(*thing)));
	sp_by_id_clear(&table);
	cr_expect_null(table);
	sp_by_id_clear(&table);
	sp_assert_no_leak();
}
