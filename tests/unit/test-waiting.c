/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The waiter on this very machine, with a real tracee and real hogs. Alone on the machine: what
 * else runs would be taken for hogs.
 */
#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sysprofile/colocate.h"
#include "sysprofile/timespan.h"
#include "sysprofile/waiter.h"

static struct sp_tracees *tracees;

static pid_t start_tracee(void)
{
	pid_t tracee = fork();
	int status;

	if (tracee == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)ptrace(PTRACE_TRACEME, 0, 0, 0);
		(void)raise(SIGSTOP);
		for (;;)
			(void)syscall(SYS_getppid);
	}
	cr_assert_eq(waitpid(tracee, &status, __WALL), tracee);
	cr_assert_eq(ptrace(PTRACE_SYSCALL, tracee, 0, 0), 0);
	return tracee;
}

static pid_t start_hog(void)
{
	pid_t hog = fork();

	if (hog == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (volatile unsigned long n = 0;; n++)
			;
	}
	cr_assert_gt(hog, 0);
	return hog;
}

/* Serves stops until the way is, or is not, co-location for a while; how many there were. */
static uint64_t serve(struct sp_waiter *waiter, bool wanted, int seconds)
{
	int64_t now = sp_monotonic_ns(), end = now + seconds * SP_NSEC_PER_SEC, since = 0;
	uint64_t stops = 0;

	while (now < end && (since == 0 || now < since + SP_NSEC_PER_SEC / 10)) {
		struct sp_waiter_stats stats;
		struct sp_report report;

		cr_assert_eq(sp_waiter_collect(waiter, tracees, &report, 1), 1);
		cr_assert(WIFSTOPPED(report.status));
		cr_assert_eq(ptrace(PTRACE_SYSCALL, report.tid, 0, 0), 0);
		stops++;
		now = sp_monotonic_ns();
		sp_waiter_stats(waiter, &stats);
		if ((stats.way == SP_WAIT_COLOCATE) != wanted)
			since = 0;
		else if (since == 0)
			since = now;
	}
	cr_expect(now < end, "co-location %s within %d s",
		  wanted ? "was not entered" : "was not left", seconds);
	return stops;
}

static void finish(pid_t child)
{
	int status;

	cr_assert_eq(kill(child, SIGKILL), 0);
	do
		cr_assert_eq(waitpid(child, &status, __WALL), child);
	while (WIFSTOPPED(status));
}

Test(waiting, co_location_ends_when_hogs_come_and_is_back_when_they_have_gone, .timeout = 120)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct sp_waiter_stats first, second, third;
	struct sp_colocate colocate;
	struct sp_waiter *waiter;
	pid_t tracee, hogs[256];
	cpu_set_t before, after;

	sp_colocate_init(&colocate);
	if (!colocate.possible || cpus > 256) {
		const char *must = getenv("SYSPROFILE_TESTS_MUST_RUN");

		cr_assert(!must || *must != '1', "co-location is not possible here");
		cr_skip_test("SCHED_IDLE cannot be left again here, or there is one CPU only");
	}
	cr_assert_eq(sp_tracees_new(&tracees), 0);
	tracee = start_tracee();
	cr_assert_eq(sched_getaffinity(tracee, sizeof(before), &before), 0);
	cr_assert_eq(sp_waiter_new(SP_WAIT_ADAPTIVE, &waiter), 0);

	serve(waiter, true, 30);
	sp_waiter_stats(waiter, &first);
	cr_expect_gt(first.stops[SP_WAIT_COLOCATE], 0);
	cr_expect_geq(first.entered[SP_WAIT_COLOCATE], 1);

	for (long i = 0; i < cpus; i++)
		hogs[i] = start_hog();
	serve(waiter, false, 30);
	sp_waiter_stats(waiter, &second);
	cr_expect_neq(second.way, SP_WAIT_COLOCATE);
	cr_expect_gt(second.stops[SP_WAIT_BLOCK], first.stops[SP_WAIT_BLOCK]);

	for (long i = 0; i < cpus; i++)
		finish(hogs[i]);
	serve(waiter, true, 30);
	sp_waiter_stats(waiter, &third);
	cr_expect_gt(third.entered[SP_WAIT_COLOCATE], first.entered[SP_WAIT_COLOCATE]);
	cr_expect_gt(third.stops[SP_WAIT_COLOCATE], second.stops[SP_WAIT_COLOCATE]);

	/* The tracee was never touched. */
	cr_assert_eq(sched_getaffinity(tracee, sizeof(after), &after), 0);
	cr_expect(CPU_EQUAL(&before, &after));
	cr_expect_eq(sched_getscheduler(tracee), SCHED_OTHER);
	sp_waiter_free(waiter);
	finish(tracee);
}
