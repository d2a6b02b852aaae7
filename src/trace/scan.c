/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/scan.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "sysprofile/timespan.h"

enum {
	/* What wait4(2) takes for one id, and per task when it looks through all (measured). */
	ASK_NS = 300,
	LOOK_NS = 20,
	/* All are asked again after this many times what that takes. */
	SWEEP_EVERY = 16,
	/* Who had nothing to say this often is not busy any more; the next sweep finds it. */
	MISSES_MAX = 16,
	/* With so many reports in one sweep, all others are asked by their ids. */
	CROWD = 32,
};

int64_t sp_scan_cost_ns(size_t live)
{
	return ASK_NS + (int64_t)live * LOOK_NS;
}

/* How many may be asked by their ids for half of what it takes to ask all. */
static size_t asks_worth(size_t live)
{
	return (size_t)(sp_scan_cost_ns(live) / 2 / ASK_NS);
}

bool sp_scan_is_large(size_t live)
{
	return asks_worth(live) > 0;
}

static void forget(struct sp_scan *scan, size_t i)
{
	memmove(&scan->recent[i], &scan->recent[i + 1],
		(scan->n_recent - i - 1) * sizeof(scan->recent[0]));
	scan->n_recent--;
}

void sp_scan_expect(struct sp_scan *scan, pid_t tid)
{
	for (size_t i = 0; i < scan->n_recent; i++)
		if (scan->recent[i].tid == tid) {
			forget(scan, i);
			break;
		}
	if (scan->n_recent == SP_SCAN_RECENT)
		scan->n_recent--;
	memmove(&scan->recent[1], &scan->recent[0], scan->n_recent * sizeof(scan->recent[0]));
	scan->recent[0] = (struct sp_scan_recent){ .tid = tid };
	scan->n_recent++;
}

/* Always __WALL: threads, and children whose end is told by another signal than SIGCHLD. */
static pid_t ask(pid_t tid, int flags, struct sp_report *ret)
{
	pid_t who = wait4(tid, &ret->status, __WALL | flags, NULL);

	ret->tid = who;
	return who;
}

static size_t ask_recent(struct sp_scan *scan, size_t live, struct sp_report *reports, size_t max)
{
	size_t n = 0, asks = asks_worth(live);

	for (size_t i = 0; i < scan->n_recent && asks > 0 && n < max; asks--) {
		pid_t who = ask(scan->recent[i].tid, WNOHANG, &reports[n]);

		n += who > 0;
		/* -1: it is gone, or bears another id since an execve. */
		if (who < 0)
			forget(scan, i);
		else
			i++;
	}
	return n;
}

struct crowd {
	struct sp_report *reports;
	size_t n, max;
};

static void ask_one(pid_t tid, void *userdata)
{
	struct crowd *crowd = userdata;

	if (crowd->n < crowd->max && ask(tid, WNOHANG, &crowd->reports[crowd->n]) > 0)
		crowd->n++;
}

/*
 * An execve of a thread waits in the kernel until every dead sibling has been reaped, and the
 * kernel looks through its list from the front each time, where a few busy tracees would starve all
 * others: so none is left out, and each is taken before the first is served. Those that were taken
 * are still in its way, and taking thousands one after the other would be quadratic.
 */
static ssize_t sweep(struct sp_scan *scan, const struct sp_tracees *tracees,
		     struct sp_report *reports, size_t max)
{
	struct crowd crowd = { .reports = reports, .max = max };
	pid_t who = 1;

	scan->swept_ns = sp_monotonic_ns();
	while (crowd.n < max && crowd.n < CROWD && (who = ask(-1, WNOHANG, &reports[crowd.n])) > 0)
		crowd.n++;
	if (crowd.n == 0 && who < 0)
		return -errno;
	if (crowd.n == CROWD)
		sp_tracees_foreach(tracees, ask_one, &crowd);
	return (ssize_t)crowd.n;
}

static bool is_sweep_due(const struct sp_scan *scan, size_t live)
{
	return !sp_scan_is_large(live) ||
	       sp_monotonic_ns() - scan->swept_ns >= SWEEP_EVERY * sp_scan_cost_ns(live);
}

/* The latest at the front; what has ended has nothing more to say. */
static void remember(struct sp_scan *scan, size_t live, const struct sp_report *reports, size_t n)
{
	if (n == 0 || !sp_scan_is_large(live))
		return;
	for (size_t i = scan->n_recent; i-- > 0;)
		if (++scan->recent[i].misses > MISSES_MAX)
			forget(scan, i);
	for (size_t i = n > SP_SCAN_RECENT ? n - SP_SCAN_RECENT : 0; i < n; i++)
		if (WIFSTOPPED(reports[i].status))
			sp_scan_expect(scan, reports[i].tid);
}

ssize_t sp_scan_poll(struct sp_scan *scan, const struct sp_tracees *tracees,
		     struct sp_report *reports, size_t max)
{
	size_t live = sp_tracees_count(tracees), n = ask_recent(scan, live, reports, max);

	if (is_sweep_due(scan, live)) {
		ssize_t more = sweep(scan, tracees, reports + n, max - n);

		if (more < 0 && n == 0)
			return more;
		n += more > 0 ? (size_t)more : 0;
	}
	remember(scan, live, reports, n);
	return (ssize_t)n;
}

ssize_t sp_scan_sleep(struct sp_scan *scan, const struct sp_tracees *tracees,
		      struct sp_report *reports, size_t max)
{
	size_t live = sp_tracees_count(tracees), n = 1;

	if (ask(-1, 0, &reports[0]) < 0)
		return -errno;
	if (max > n && is_sweep_due(scan, live)) {
		ssize_t more = sweep(scan, tracees, reports + n, max - n);

		n += more > 0 ? (size_t)more : 0;
	}
	remember(scan, live, reports, n);
	return (ssize_t)n;
}
