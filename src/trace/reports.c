/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/reports.h"

#include <errno.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#include "sysprofile/util.h"
#include "sysprofile/waiter.h"

struct report {
	pid_t tid;
	int status;
};

struct sp_reports {
	bool has_others;
	struct sp_waiter *waiter; /* owned */
	struct report *queue;	  /* owned */
	size_t size, len, at;
};

int sp_reports_new(bool has_others, struct sp_reports **ret)
{
	struct sp_reports *reports = calloc(1, sizeof(*reports));
	int r;

	if (!reports)
		return -ENOMEM;
	reports->has_others = has_others;
	r = sp_waiter_new(&reports->waiter);
	if (r < 0) {
		free(reports);
		return r;
	}
	*ret = reports;
	return 0;
}

struct sp_reports *sp_reports_free(struct sp_reports *reports)
{
	if (!reports)
		return NULL;
	(void)sp_waiter_free(reports->waiter);
	free(reports->queue);
	free(reports);
	return NULL;
}

static int reserve(struct sp_reports *reports, size_t n)
{
	struct report *grown;
	size_t size = reports->size ? reports->size : 64;

	while (size < n)
		size *= 2;
	if (size == reports->size)
		return 0;
	grown = reallocarray(reports->queue, size, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	reports->queue = grown;
	reports->size = size;
	return 0;
}

/*
 * An execve by another thread gives its task this id, and ends the one whose report is still in
 * the queue: that report must not be taken for one of the new owner's stops.
 */
static void drop_older(struct sp_reports *reports, pid_t tid)
{
	for (size_t i = 0; i < reports->len; i++)
		if (reports->queue[i].tid == tid)
			reports->queue[i].tid = 0;
}

static void add(struct sp_reports *reports, pid_t tid, int status)
{
	if (status >> 16 == PTRACE_EVENT_EXEC)
		drop_older(reports, tid);
	reports->queue[reports->len++] = (struct report){ tid, status };
}

/*
 * No tracee is known, and children that sysprofile inherited would be waited for as long as they
 * live. A tracee that was born and has not come to its first stop yet reports within moments.
 */
static pid_t wait_for_last(int *status)
{
	enum { TRIES = 100, PAUSE_NS = 5000000 };

	for (int i = 0; i < TRIES; i++) {
		pid_t tid = wait4(-1, status, __WALL | WNOHANG, NULL);

		if (tid != 0)
			return tid;
		(void)nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
	}
	return 0;
}

/*
 * Waits for one report and then takes all that are there, to be served in the order in which the
 * kernel gave them: it looks through its list from the front each time, so a few busy tracees at
 * the front would starve all others. Always -1 and __WALL: an execve of a thread waits in the
 * kernel until every dead sibling has been reaped, so waiting for one id could hang for ever.
 */
static int collect(struct sp_reports *reports, size_t live)
{
	/* Room first: a report that was taken and then dropped would leave its task stopped. */
	int status, r = reserve(reports, live + 1);
	pid_t tid;

	if (r < 0)
		return r;
	reports->len = reports->at = 0;
	tid = live == 0 && reports->has_others ? wait_for_last(&status)
					       : sp_waiter_wait(reports->waiter, &status);
	if (tid == 0)
		return 0;
	if (tid < 0)
		return errno == ECHILD ? 0 : -errno;
	add(reports, tid, status);
	while (reports->len < live) {
		tid = wait4(-1, &status, __WALL | WNOHANG, NULL);
		if (tid <= 0)
			break;
		add(reports, tid, status);
	}
	return 1;
}

int sp_reports_next(struct sp_reports *reports, size_t live, pid_t *ret_tid, int *ret_status)
{
	while (reports->at < reports->len && reports->queue[reports->at].tid == 0)
		reports->at++;
	if (reports->at == reports->len) {
		int r = collect(reports, live);

		if (r <= 0)
			return r;
		while (reports->queue[reports->at].tid == 0)
			reports->at++;
	}
	*ret_tid = reports->queue[reports->at].tid;
	*ret_status = reports->queue[reports->at].status;
	reports->at++;
	return 1;
}
