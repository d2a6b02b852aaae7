/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/waiter.h"

#include <errno.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leak.h"

/* Nobody is known: all are found by asking for anybody. */
static struct sp_tracees *tracees;

static void set_up(void)
{
	cr_assert_eq(sp_tracees_new(&tracees), 0);
}

static void tear_down(void)
{
	tracees = sp_tracees_free(tracees);
}

TestSuite(waiter, .init = set_up, .fini = tear_down);

static void reap(struct sp_waiter *waiter, int n)
{
	for (int i = 0; i < n; i++) {
		struct sp_report report = {};
		pid_t child = fork();

		if (child == 0)
			_exit(7);
		cr_assert_eq(sp_waiter_collect(waiter, tracees, &report, 1), 1);
		cr_assert_eq(report.tid, child);
		cr_assert(WIFEXITED(report.status));
		cr_assert_eq(WEXITSTATUS(report.status), 7);
	}
}

static uint64_t stops(const struct sp_waiter *waiter)
{
	struct sp_waiter_stats stats;
	uint64_t sum = 0;

	sp_waiter_stats(waiter, &stats);
	for (int way = 0; way < _SP_WAIT_MAX; way++)
		sum += stats.stops[way];
	return sum;
}

/* Children that come and go as fast as they can make it try every way there is. */
Test(waiter, whatever_it_tried_policy_nice_and_affinity_are_as_before, .timeout = 100)
{
	int nice = getpriority(PRIO_PROCESS, 0);
	cpu_set_t before, after;

	CPU_ZERO(&before);
	CPU_ZERO(&after);
	cr_assert_eq(sched_getaffinity(0, sizeof(before), &before), 0);
	for (int choice = 0; choice < _SP_WAIT_CHOICE_MAX; choice++) {
		struct sp_waiter *waiter;

		cr_assert_eq(sp_waiter_new((enum sp_wait_choice)choice, &waiter), 0);
		reap(waiter, 2000);
		cr_expect_eq(stops(waiter), 2000);
		cr_expect_null(sp_waiter_free(waiter));
		cr_expect_eq(sched_getscheduler(0), SCHED_OTHER);
		cr_expect_eq(getpriority(PRIO_PROCESS, 0), nice);
		cr_assert_eq(sched_getaffinity(0, sizeof(after), &after), 0);
		cr_expect(CPU_EQUAL(&before, &after));
	}
	sp_assert_no_leak();
}

Test(waiter, a_way_that_was_asked_for_is_kept, .timeout = 60)
{
	for (int way = 0; way < _SP_WAIT_MAX; way++) {
		struct sp_waiter_stats stats;
		struct sp_waiter *waiter;

		cr_assert_eq(
			sp_waiter_new((enum sp_wait_choice)(SP_WAIT_ALWAYS_BLOCK + way), &waiter),
			0);
		reap(waiter, 300);
		sp_waiter_stats(waiter, &stats);
		/* Co-location may not be permitted here. */
		if (way != SP_WAIT_COLOCATE || stats.entered[SP_WAIT_COLOCATE])
			cr_expect_eq(stats.stops[way], 300, "%s",
				     sp_wait_way_name((enum sp_wait_way)way));
		sp_waiter_free(waiter);
	}
}

Test(waiter, a_slow_target_is_slept_for, .timeout = 60)
{
	struct sp_waiter *waiter;
	struct sp_waiter_stats stats;

	cr_assert_eq(sp_waiter_new(SP_WAIT_ADAPTIVE, &waiter), 0);
	for (int i = 0; i < 600; i++) {
		usleep(1000);
		reap(waiter, 1);
	}
	sp_waiter_stats(waiter, &stats);
	cr_expect_eq(stats.way, SP_WAIT_BLOCK);
	cr_expect_eq(stats.stops[SP_WAIT_BLOCK], 600);
	sp_waiter_free(waiter);
}

/* Sleeping costs nothing, whichever way is taken. */
Test(waiter, an_idle_target_costs_no_cpu, .timeout = 60)
{
	for (int choice = 0; choice < _SP_WAIT_CHOICE_MAX; choice++) {
		struct sp_report report;
		struct rusage before, after;
		struct sp_waiter *waiter;
		int64_t us;

		cr_assert_eq(sp_waiter_new((enum sp_wait_choice)choice, &waiter), 0);
		reap(waiter, 50);
		if (fork() == 0) {
			usleep(500000);
			_exit(0);
		}
		cr_assert_eq(getrusage(RUSAGE_SELF, &before), 0);
		cr_assert_eq(sp_waiter_collect(waiter, tracees, &report, 1), 1);
		cr_assert_eq(getrusage(RUSAGE_SELF, &after), 0);
		us = (after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec -
		      before.ru_stime.tv_sec) *
			     INT64_C(1000000) +
		     after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec -
		     before.ru_stime.tv_usec;
		cr_expect_lt(us, 10000, "choice %d: %ld us of 500,000", choice, (long)us);
		sp_waiter_free(waiter);
	}
}

Test(waiter, no_child_is_an_error_in_every_way)
{
	for (int choice = 0; choice < _SP_WAIT_CHOICE_MAX; choice++) {
		struct sp_report reports[2];
		struct sp_waiter *waiter;

		cr_assert_eq(sp_waiter_new((enum sp_wait_choice)choice, &waiter), 0);
		cr_expect_eq(sp_waiter_collect(waiter, tracees, reports, 2), -ECHILD);
		cr_expect_eq(sp_waiter_collect(waiter, tracees, reports, 2), -ECHILD);
		sp_waiter_free(waiter);
	}
}

Test(waiter, every_way_has_a_name)
{
	for (int way = 0; way < _SP_WAIT_MAX; way++)
		cr_expect_not_null(sp_wait_way_name((enum sp_wait_way)way));
}
