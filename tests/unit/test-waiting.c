/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The waiter on this very machine, with a real tracee and real hogs. Alone on the machine: what
 * else runs would be taken for hogs. Where co-location is not possible, or others are busy, it must
 * keep away from it.
 */
#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
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

/* What is waited for, given the counters so far. */
typedef bool (*condition)(const struct sp_waiter_stats *now, const struct sp_waiter_stats *then);

/* A trial of it is enough: which way wins is this machine's affair, and tests/bench's. */
static bool has_colocated(const struct sp_waiter_stats *now, const struct sp_waiter_stats *then)
{
	return now->entered[SP_WAIT_COLOCATE] > then->entered[SP_WAIT_COLOCATE] &&
	       now->stops[SP_WAIT_COLOCATE] > then->stops[SP_WAIT_COLOCATE];
}

static bool sleeps(const struct sp_waiter_stats *now, const struct sp_waiter_stats *then)
{
	(void)then;
	return now->way == SP_WAIT_BLOCK;
}

/* For the message of a failure: who sees it may not have this machine. */
static const char *describe(const struct sp_waiter_stats *stats)
{
	static char text[512];
	int n = snprintf(text, sizeof(text), "%s now, %u trials", sp_wait_way_name(stats->way),
			 stats->trials);

	for (enum sp_wait_way way = 0; way < _SP_WAIT_MAX; way++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			      "; %s entered %u times, %llu stops in %.3f s", sp_wait_way_name(way),
			      stats->entered[way], (unsigned long long)stats->stops[way],
			      (double)stats->ns[way] / 1e9);
	return text;
}

/*
 * Serves stops until the condition has held for so many milliseconds without a break. What was
 * seen by then, or in the end.
 */
static struct sp_waiter_stats serve(struct sp_waiter *waiter, condition wanted, int milliseconds,
				    const char *what)
{
	const int64_t end = sp_monotonic_ns() + 40 * SP_NSEC_PER_SEC;
	struct sp_waiter_stats stats, then;
	int64_t now = 0, since = 0;

	sp_waiter_stats(waiter, &then);
	do {
		struct sp_report report;

		cr_assert_eq(sp_waiter_collect(waiter, tracees, &report, 1), 1);
		cr_assert(WIFSTOPPED(report.status));
		cr_assert_eq(ptrace(PTRACE_SYSCALL, report.tid, 0, 0), 0);
		now = sp_monotonic_ns();
		sp_waiter_stats(waiter, &stats);
		if (!wanted(&stats, &then))
			since = 0;
		else if (since == 0)
			since = now;
	} while (now < end && (since == 0 || now < since + milliseconds * INT64_C(1000000)));
	cr_expect(now < end, "%s: not within 40 s: %s", what, describe(&stats));
	return stats;
}

static void finish(pid_t child)
{
	int status;

	cr_assert_eq(kill(child, SIGKILL), 0);
	do
		cr_assert_eq(waitpid(child, &status, __WALL), child);
	while (WIFSTOPPED(status));
}

/* Whether others keep this machine busy: then there is nothing to come back to. */
static bool is_busy(long cpus)
{
	int busy = 0;

	for (int i = 0; i < 20; i++) {
		long running = 0;
		FILE *f = fopen("/proc/loadavg", "re");

		cr_assert_not_null(f);
		cr_assert_eq(fscanf(f, "%*s %*s %*s %ld/", &running), 1);
		fclose(f);
		busy += running > cpus;
		usleep(50000);
	}
	return busy > 5;
}

Test(waiting, co_location_ends_when_hogs_come_and_is_back_when_they_have_gone, .timeout = 180)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct sp_waiter_stats first, second, third;
	struct sp_colocate colocate;
	struct sp_waiter *waiter;
	pid_t tracee, hogs[256];
	cpu_set_t before, after;
	bool can, busy;

	sp_colocate_init(&colocate);
	can = colocate.possible;
	busy = is_busy(cpus);
	cr_assert_leq(cpus, 256);
	cr_assert_eq(sp_tracees_new(&tracees), 0);
	tracee = start_tracee();
	cr_assert_eq(sched_getaffinity(tracee, sizeof(before), &before), 0);
	cr_assert_eq(sp_waiter_new(SP_WAIT_ADAPTIVE, &waiter), 0);

	if (can && !busy)
		first = serve(waiter, has_colocated, 0, "alone");
	else
		sp_waiter_stats(waiter, &first);

	for (long i = 0; i < cpus; i++)
		hogs[i] = start_hog();
	(void)serve(waiter, sleeps, 500, "hogs came");
	sp_waiter_stats(waiter, &second);
	/* Once it sleeps it stays so while they are there. */
	for (int64_t end = sp_monotonic_ns() + SP_NSEC_PER_SEC; sp_monotonic_ns() < end;)
		(void)serve(waiter, sleeps, 100, "hogs are there");
	sp_waiter_stats(waiter, &third);
	cr_expect_eq(third.entered[SP_WAIT_COLOCATE], second.entered[SP_WAIT_COLOCATE]);
	cr_expect_gt(third.stops[SP_WAIT_BLOCK], second.stops[SP_WAIT_BLOCK]);

	for (long i = 0; i < cpus; i++)
		finish(hogs[i]);
	if (can && !busy)
		(void)serve(waiter, has_colocated, 0, "hogs have gone");
	sp_waiter_stats(waiter, &third);
	if (!can)
		cr_expect_eq(third.entered[SP_WAIT_COLOCATE], 0);

	/* The tracee was never touched. */
	cr_assert_eq(sched_getaffinity(tracee, sizeof(after), &after), 0);
	cr_expect(CPU_EQUAL(&before, &after));
	cr_expect_eq(sched_getscheduler(tracee), SCHED_OTHER);
	sp_waiter_free(waiter);
	finish(tracee);
}
