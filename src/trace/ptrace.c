/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/ptrace.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "ptrace-private.h"
#include "sysprofile/arch.h"
#include "sysprofile/teardown.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

unsigned long sp_ptrace_launch_options(void)
{
	/*
	 * Not TRACEEXIT and not VFORKDONE: more stops, hangs around leaders that died first, and
	 * nothing that a set of calls needs.
	 */
	return PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
	       PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
}

unsigned long sp_ptrace_attach_options(void)
{
	return sp_ptrace_launch_options() & ~(PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP);
}

static bool take_backlog(struct sp_engine *e, struct sp_event *ret)
{
	if (e->backlog_at == e->n_backlog)
		return false;
	*ret = e->backlog[e->backlog_at++];
	if (e->backlog_at == e->n_backlog)
		e->backlog_at = e->n_backlog = 0;
	return true;
}

static int take(struct sp_engine *e, struct sp_event *ret)
{
	while (!take_backlog(e, ret)) {
		pid_t tid;
		int r, status;

		sp_engine_resume(e);
		r = sp_reports_next(e->reports, e->tracees, &tid, &status);
		if (r <= 0)
			return r;
		r = sp_engine_serve(e, tid, status, ret);
		if (r < 0)
			return r;
		if (r > 0 && e->n_backlog == 0)
			return 1;
		/* The stop's own event comes behind what it revealed. */
		if (r > 0)
			e->backlog[e->n_backlog++] = *ret;
	}
	return 1;
}

static int next(void *self, struct sp_event *ret)
{
	struct sp_engine *e = self;
	int r = take(e, ret);

	/* What is known is written next, with the tracees still there. */
	if (r < 0 && r != -EINTR)
		sp_reports_calm(e->reports);
	return r;
}

static size_t tracees(void *self, pid_t *tids, size_t size)
{
	return sp_tracees_list(((struct sp_engine *)self)->tracees, tids, size);
}

static void waiting(void *self, struct sp_waiter_stats *ret)
{
	sp_reports_waiting(((struct sp_engine *)self)->reports, ret);
}

static void engine_free(void *self)
{
	(void)sp_engine_free(self);
}

static const struct sp_tracer_ops plain_ops = {
	.name = "ptrace",
	.next = next,
	.tracees = tracees,
	.waiting = waiting,
	.free = engine_free,
};

static const struct sp_tracer_ops seccomp_ops = {
	.name = "ptrace with seccomp",
	.lets_pass = true,
	.next = next,
	.tracees = tracees,
	.waiting = waiting,
	.free = engine_free,
};

int sp_engine_new(bool has_others, enum sp_wait_choice wait, struct sp_engine **ret)
{
	struct sp_engine *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	e->start_ns = sp_monotonic_ns();
	r = sp_tracees_new(&e->tracees);
	if (r == 0)
		r = sp_untraced_new(&e->untraced);
	if (r == 0)
		r = sp_reports_new(has_others, wait, &e->reports);
	if (r < 0) {
		(void)sp_engine_free(e);
		return r;
	}
	*ret = e;
	return 0;
}

struct sp_engine *sp_engine_free(struct sp_engine *e)
{
	if (!e)
		return NULL;
	if (e->tracees && e->lets_go)
		sp_engine_detach(e);
	else if (e->tracees)
		sp_teardown(e->tracees);
	e->tracees = sp_tracees_free(e->tracees);
	e->untraced = sp_untraced_free(e->untraced);
	e->reports = sp_reports_free(e->reports);
	free(e);
	return NULL;
}

int sp_engine_to_tracer(struct sp_engine *e, struct sp_tracer **ret)
{
	return sp_tracer_new(e->filters.has_prefilter ? &seccomp_ops : &plain_ops, e, ret);
}

/* What happened to the first process before its EXEC stop, as the caller shall see it. */
static void fill_backlog(struct sp_engine *e, pid_t root)
{
	struct sp_event *event = e->backlog;

	sp_engine_event(e, event++, SP_EVENT_PROCESS, root);
	sp_engine_event(e, event, SP_EVENT_EXEC, root)->former_tid = root;
	sp_engine_event(e, ++event, SP_EVENT_SYSCALL, root);
	/* The kernel is the tracer's own, so the execve that led here was of the native ABI. */
	event->arch = sp_abi_native();
	event->nr = SYS_execve;
	e->n_backlog = SP_ARRAY_SIZE(e->backlog);
}

int sp_ptrace_new_launched(const struct sp_ptrace_launched *launched, struct sp_tracer **ret)
{
	const bool has_prefilter = launched->has_prefilter;
	const pid_t root = launched->root;
	struct __ptrace_syscall_info info;
	struct sp_engine *e;
	struct sp_tracee *tracee;
	int r;

	/* EIO: Linux before 5.3. Better now than at the first call. */
	if (sp_engine_syscall_info(root, &info) < 0)
		return -EIO;
	r = sp_engine_new(launched->has_others, launched->wait, &e);
	if (r < 0)
		return r;
	r = sp_tracees_add(e->tracees, root, &tracee);
	if (r < 0) {
		(void)sp_engine_free(e);
		return r;
	}
	sp_ownfilter_init(&e->filters, root, has_prefilter);
	tracee->plain = !has_prefilter;
	e->wants_answers = launched->wants_answers;
	fill_backlog(e, root);
	sp_engine_hold(e, tracee, 0);
	return sp_engine_to_tracer(e, ret);
}
