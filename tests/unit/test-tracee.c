/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/tracee.h"

#include "leak.h"

Test(tracee, tasks_come_and_go_by_id)
{
	struct sp_tracees *tracees;
	struct sp_tracee *tracee, *again;
	pid_t ids[2];

	cr_assert_eq(sp_tracees_new(&tracees), 0);
	cr_expect_null(sp_tracees_find(tracees, 7));
	cr_assert_eq(sp_tracees_add(tracees, 7, &tracee), 0);
	cr_expect_not(tracee->plain);
	tracee->plain = true;
	cr_assert_eq(sp_tracees_add(tracees, 7, &again), 0);
	cr_expect_eq(again, tracee);
	cr_expect_eq(sp_tracees_count(tracees), 1);
	cr_expect_eq(sp_tracees_find(tracees, 7), tracee);
	cr_expect(tracee->plain);
	cr_expect(sp_tracees_remove(tracees, 7));
	cr_expect_not(sp_tracees_remove(tracees, 7));

	for (pid_t tid = 1; tid <= 5; tid++)
		cr_assert_eq(sp_tracees_add(tracees, tid, &tracee), 0);
	cr_expect_eq(sp_tracees_list(tracees, ids, 2), 5);
	cr_expect_neq(ids[0], ids[1]);
	cr_expect_null(sp_tracees_free(tracees));
	sp_assert_no_leak();
}
