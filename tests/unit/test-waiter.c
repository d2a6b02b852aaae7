/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/waiter.h"

#include <errno.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leak.h"

static void reap(struct sp_waiter *waiter, int n)
{
	for (int i = 0; i < n; i++) {
		int status = -1;
		pid_t child = fork();

		if (child == 0)
			_exit(7);
		cr_assert_eq(sp_waiter_wait(waiter, &status), child);
		cr_assert(WIFEXITED(status));
		cr_assert_eq(WEXITSTATUS(status), 7);
	}
}

/* Children that come and go as fast as they can make it try every way there is. */
Test(waiter, whatever_it_tried_policy_and_affinity_are_as_before, .timeout = 60)
{
	struct sp_waiter *waiter;
	struct sp_waiter_stats stats;
	cpu_set_t before, after;
	uint64_t stops = 0;

	CPU_ZERO(&before);
	CPU_ZERO(&after);
	cr_assert_eq(sched_getaffinity(0, sizeof(before), &before), 0);
	cr_assert_eq(sp_waiter_new(&waiter), 0);
	reap(waiter, 3000);
	sp_waiter_stats(waiter, &stats);
	for (int way = 0; way < _SP_WAIT_MAX; way++)
		stops += stats.stops[way];
	cr_expect_eq(stops, 3000);
	cr_expect_null(sp_waiter_free(waiter));
	cr_expect_eq(sched_getscheduler(0), SCHED_OTHER);
	cr_assert_eq(sched_getaffinity(0, sizeof(after), &after), 0);
	cr_expect(CPU_EQUAL(&before, &after));
	sp_assert_no_leak();
}

Test(waiter, a_slow_target_is_slept_for, .timeout = 60)
{
	struct sp_waiter *waiter;
	struct sp_waiter_stats stats;

	cr_assert_eq(sp_waiter_new(&waiter), 0);
	for (int i = 0; i < 600; i++) {
		usleep(1000);
		reap(waiter, 1);
	}
	sp_waiter_stats(waiter, &stats);
	cr_expect_eq(stats.way, SP_WAIT_BLOCK);
	cr_expect_eq(stats.stops[SP_WAIT_BLOCK], 600);
	sp_waiter_free(waiter);
}

Test(waiter, no_child_is_an_error_in_every_way)
{
	struct sp_waiter *waiter;
	int status;

	cr_assert_eq(sp_waiter_new(&waiter), 0);
	cr_expect_eq(sp_waiter_wait(waiter, &status), -1);
	cr_expect_eq(errno, ECHILD);
	sp_waiter_free(waiter);
}

Test(waiter, every_way_has_a_name)
{
	for (int way = 0; way < _SP_WAIT_MAX; way++)
		cr_expect_not_null(sp_wait_way_name((enum sp_wait_way)way));
}
