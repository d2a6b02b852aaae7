/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/reports.h"

#include <errno.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#include "sysprofile/util.h"
struct sp_reports {
	bool has_others;
	struct sp_waiter *waiter; /* owned */
	struct sp_report *queue;  /* owned */
	size_t size, len, at;
};

int sp_reports_new(bool has_others, enum sp_wait_choice choice, struct sp_reports **ret)
{
	struct sp_reports *reports = calloc(1, sizeof(*reports));
	int r;

	if (!reports)
		return -ENOMEM;
	reports->has_others = has_others;
	r = sp_waiter_new(choice, &reports->waiter);
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
	struct sp_report *grown;
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
static void drop_replaced(struct sp_reports *reports)
{
	struct sp_report *queue = reports->queue;

	for (size_t exec = 1; exec < reports->len; exec++)
		if (queue[exec].status >> 16 == PTRACE_EVENT_EXEC)
			for (size_t i = 0; i < exec; i++)
				if (queue[i].tid == queue[exec].tid)
					queue[i].tid = 0;
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

static ssize_t fill(struct sp_reports *reports, const struct sp_tracees *tracees)
{
	size_t live = sp_tracees_count(tracees);
	struct sp_report *first;
	/* Room first: a report that was taken and then dropped would leave its task stopped. */
	int r = reserve(reports, live + 1);

	if (r < 0)
		return r;
	reports->len = reports->at = 0;
	first = &reports->queue[0];
	if (live > 0 || !reports->has_others)
		return sp_waiter_collect(reports->waiter, tracees, reports->queue, live ? live : 1);
	first->tid = wait_for_last(&first->status);
	return first->tid < 0 ? -errno : first->tid > 0;
}

int sp_reports_push(struct sp_reports *reports, pid_t tid, int status)
{
	int r = reserve(reports, reports->len + 1);

	if (r == 0)
		reports->queue[reports->len++] = (struct sp_report){ tid, status };
	return r;
}

bool sp_reports_pop(struct sp_reports *reports, pid_t *ret_tid, int *ret_status)
{
	while (reports->at < reports->len && reports->queue[reports->at].tid == 0)
		reports->at++;
	if (reports->at == reports->len)
		return false;
	*ret_tid = reports->queue[reports->at].tid;
	*ret_status = reports->queue[reports->at].status;
	reports->at++;
	return true;
}

int sp_reports_next(struct sp_reports *reports, const struct sp_tracees *tracees, pid_t *ret_tid,
		    int *ret_status)
{
	while (!sp_reports_pop(reports, ret_tid, ret_status)) {
		ssize_t n = fill(reports, tracees);

		if (n <= 0)
			return n == -ECHILD ? 0 : (int)n;
		reports->len = (size_t)n;
		drop_replaced(reports);
	}
	return 1;
}

void sp_reports_expect(struct sp_reports *reports, pid_t tid)
{
	sp_waiter_expect(reports->waiter, tid);
}

void sp_reports_calm(struct sp_reports *reports)
{
	sp_waiter_calm(reports->waiter);
}

void sp_reports_waiting(const struct sp_reports *reports, struct sp_waiter_stats *ret)
{
	sp_waiter_stats(reports->waiter, ret);
}
