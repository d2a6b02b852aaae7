/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/scan.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* As many as make asking by id worth it. */
enum { MANY = 5000 };

static pid_t spawn(void)
{
	pid_t child = fork();

	if (child == 0) {
		pause();
		_exit(0);
	}
	cr_assert_gt(child, 0);
	return child;
}

static void end(pid_t child)
{
	cr_assert_eq(kill(child, SIGKILL), 0);
	/* It is a zombie from here on, and so has its report. */
	cr_assert_eq(waitid(P_PID, (id_t)child, &(siginfo_t){}, WEXITED | WNOWAIT), 0);
}

/* So many that are known; ids that nobody bears. */
static struct sp_tracees *crowd_of(size_t n)
{
	struct sp_tracees *tracees;
	struct sp_tracee *tracee;

	cr_assert_eq(sp_tracees_new(&tracees), 0);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(sp_tracees_add(tracees, (pid_t)(INT32_MAX - i), &tracee), 0);
	return tracees;
}

Test(scan, nothing_to_report_is_none_and_nobody_to_ask_is_an_error, .timeout = 20)
{
	struct sp_report reports[4];
	struct sp_tracees *few = crowd_of(1);
	struct sp_scan scan = {};
	pid_t child = spawn();

	cr_expect_eq(sp_scan_poll(&scan, few, reports, 4), 0);
	end(child);
	cr_expect_eq(sp_scan_sleep(&scan, few, reports, 4), 1);
	cr_expect_eq(reports[0].tid, child);
	cr_expect_eq(sp_scan_poll(&scan, few, reports, 4), -ECHILD);
	cr_expect_eq(sp_scan_sleep(&scan, few, reports, 4), -ECHILD);
}

Test(scan, all_that_is_there_is_taken_at_once_but_no_more_than_fits, .timeout = 20)
{
	struct sp_tracees *few = crowd_of(5);
	struct sp_report reports[4];
	struct sp_scan scan = {};

	for (int i = 0; i < 5; i++)
		end(spawn());
	cr_expect_eq(sp_scan_sleep(&scan, few, reports, 3), 3);
	cr_expect_eq(sp_scan_poll(&scan, few, reports, 4), 2);
}

Test(scan, who_is_expected_is_found_without_a_look_at_all_others, .timeout = 20)
{
	struct sp_report reports[4];
	struct sp_tracees *many = crowd_of(MANY);
	struct sp_scan scan = {};
	pid_t expected = spawn(), other = spawn();
	int64_t swept;

	cr_assert_eq(sp_scan_poll(&scan, many, reports, 4), 0);
	swept = scan.swept_ns = INT64_MAX / 2; /* No sweep is due for years. */
	end(expected);
	end(other);
	cr_expect_eq(sp_scan_poll(&scan, many, reports, 4), 0);
	sp_scan_expect(&scan, expected);
	cr_expect_eq(sp_scan_poll(&scan, many, reports, 4), 1);
	cr_expect_eq(reports[0].tid, expected);
	cr_expect_eq(scan.swept_ns, swept);
	/* It is gone; the other one is found when all are asked again. */
	cr_expect_eq(sp_scan_poll(&scan, many, reports, 4), 0);
	scan.swept_ns = 0;
	cr_expect_eq(sp_scan_poll(&scan, many, reports, 4), 1);
	cr_expect_eq(reports[0].tid, other);
}

/* A busy task in front must not keep others from being heard. */
Test(scan, all_are_asked_before_long_however_busy_one_is, .timeout = 20)
{
	struct sp_report reports[4];
	struct sp_tracees *many = crowd_of(MANY);
	struct sp_scan scan = {};
	pid_t quiet = spawn();
	bool heard = false;

	cr_assert_eq(sp_scan_poll(&scan, many, reports, 4), 0);
	end(quiet);
	for (int i = 0; i < 10000 && !heard; i++) {
		pid_t busy = spawn();
		ssize_t n;

		end(busy);
		sp_scan_expect(&scan, busy);
		n = sp_scan_poll(&scan, many, reports, 4);
		cr_assert_geq(n, 1);
		cr_assert_eq(reports[0].tid, busy);
		heard = n == 2 && reports[1].tid == quiet;
	}
	cr_expect(heard);
}

/* With the ids of those that wait before the table knows them, and of more than one look takes. */
Test(scan, a_crowd_is_taken_whole_in_one_look, .timeout = 60)
{
	enum { CHILDREN = 300 };
	struct sp_tracees *tracees = crowd_of(0);
	struct sp_report reports[CHILDREN];
	struct sp_scan scan = {};
	pid_t children[CHILDREN];

	for (int i = 0; i < CHILDREN; i++) {
		struct sp_tracee *tracee;

		children[i] = spawn();
		cr_assert_eq(sp_tracees_add(tracees, children[i], &tracee), 0);
	}
	for (int i = 0; i < CHILDREN; i++)
		end(children[i]);
	cr_assert_eq(sp_scan_poll(&scan, tracees, reports, CHILDREN), CHILDREN);
	for (int i = 0; i < CHILDREN; i++)
		cr_expect(sp_tracees_remove(tracees, reports[i].tid), "%d twice", reports[i].tid);
	cr_expect_eq(sp_tracees_count(tracees), 0);
}

Test(scan, of_too_many_expected_the_first_are_forgotten)
{
	struct sp_scan scan = {};

	for (pid_t tid = 1; tid <= SP_SCAN_RECENT + 5; tid++)
		sp_scan_expect(&scan, tid);
	cr_expect_eq(scan.n_recent, SP_SCAN_RECENT);
	cr_expect_eq(scan.recent[0].tid, SP_SCAN_RECENT + 5);
	cr_expect_eq(scan.recent[SP_SCAN_RECENT - 1].tid, 6);
	sp_scan_expect(&scan, 10);
	cr_expect_eq(scan.n_recent, SP_SCAN_RECENT);
	cr_expect_eq(scan.recent[0].tid, 10);
}

Test(scan, asking_by_id_is_for_crowds)
{
	cr_expect_not(sp_scan_is_large(1));
	cr_expect_not(sp_scan_is_large(10));
	cr_expect(sp_scan_is_large(MANY));
	cr_expect_lt(sp_scan_cost_ns(10), sp_scan_cost_ns(MANY));
}
