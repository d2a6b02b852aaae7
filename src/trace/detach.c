/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "ptrace-private.h"
#include "sysprofile/restart.h"
#include "sysprofile/stop.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

/*
 * What has not stopped by then sleeps in the kernel (a parent of vfork(2), a dead disk), and no
 * stop is to be had; the end of this process lets it go as well.
 */
#define PATIENCE_NS (2 * SP_NSEC_PER_SEC)

#define TICK_NS (SP_NSEC_PER_SEC / 50)

static void detach(struct sp_engine *e, pid_t tid, int sig)
{
	(void)ptrace(PTRACE_DETACH, tid, 0, (unsigned long)sig);
	sp_untraced_forget(e->untraced, tid);
	(void)sp_tracees_remove(e->tracees, tid);
}

/*
 * tracee, which was interrupted, is in a stop at the entry or the exit of a call. That stop took
 * the interrupt's place, but the kernel's mark that something is pending stays (ptrace_stop() in
 * kernel/signal.c), and ends a wait with EINTR. At the exit it is begun again; so from the entry
 * it goes on to there, and a second interrupt sees to it that it comes.
 */
static bool goes_on_to_exit(struct sp_tracee *tracee)
{
	struct __ptrace_syscall_info info;

	if (sp_engine_syscall_info(tracee->tid, &info) <= 0)
		return false;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		tracee->begun_late = true;
		(void)ptrace(PTRACE_SYSCALL, tracee->tid, 0, 0);
		(void)ptrace(PTRACE_INTERRUPT, tracee->tid, 0, 0);
		return true;
	}
	if (tracee->begun_late)
		sp_restart_begun_call(tracee->tid);
	else if (!tracee->was_stopped)
		sp_restart_call(tracee->tid, 0);
	return false;
}

/* Out of its stop, which was reported, as that kind of stop wants it. */
static void let_go(struct sp_engine *e, pid_t tid, int status)
{
	struct sp_tracee *tracee = sp_tracees_find(e->tracees, tid);
	int sig;
	enum sp_stop stop = sp_stop_classify(status, &sig);

	switch (stop) {
	case SP_STOP_EXITED:
		sp_untraced_forget(e->untraced, tid);
		(void)sp_tracees_remove(e->tracees, tid);
		return;
	case SP_STOP_CHILD:
		/* Registers that were changed are put back at the exit of this call. */
		if (sp_untraced_is_pending(e->untraced)) {
			(void)ptrace(PTRACE_SYSCALL, tid, 0, 0);
			return;
		}
		break;
	case SP_STOP_SYSCALL:
		if (sp_untraced_is_pending(e->untraced))
			sp_untraced_exit(e->untraced, tid, false);
		if (tracee && tracee->interrupted && goes_on_to_exit(tracee))
			return;
		break;
	case SP_STOP_TRAP:
	case SP_STOP_SIGNAL:
		if (!tracee && sp_untraced_is_pending(e->untraced))
			sp_untraced_birth(e->untraced, tid);
		if (tracee && tracee->begun_late && !sig)
			sp_restart_begun_call(tid);
		else if (tracee && !tracee->was_stopped && (sig || tracee->interrupted))
			sp_restart_call(tid, sig);
		break;
	case SP_STOP_GROUP:
	case SP_STOP_EXEC:
	case SP_STOP_SECCOMP:
	case SP_STOP_OTHER:
	case _SP_STOP_MAX:
		break;
	}
	/* A signal that was reported is lost unless it is handed back (ptrace(2)). */
	detach(e, tid, sig);
}

/* The task that is with the caller, and those whose stops were taken and not served. */
static void let_reported_go(struct sp_engine *e)
{
	pid_t tid;
	int status;

	if (e->held) {
		if (!sp_execs_has_moved(&e->execs, e->held))
			detach(e, e->held, e->held_signal);
		e->held = 0;
	}
	while (sp_reports_pop(e->reports, &tid, &status))
		let_go(e, tid, status);
}

/* Those that are in a stop by now need no interrupt, which would end their next wait. */
static void let_stopped_go(struct sp_engine *e)
{
	pid_t tid;
	int status;

	while ((tid = wait4(-1, &status, __WALL | WNOHANG, NULL)) > 0)
		let_go(e, tid, status);
}

static void interrupt_all(struct sp_engine *e)
{
	size_t n = sp_tracees_count(e->tracees);
	_cleanup_(sp_freep) pid_t *tids = calloc(n ? n : 1, sizeof(*tids));

	if (!tids)
		return;
	(void)sp_tracees_list(e->tracees, tids, n);
	for (size_t i = 0; i < n; i++) {
		struct sp_tracee *tracee = sp_tracees_find(e->tracees, tids[i]);

		/* Once each: an interrupt that has not come to its stop yet is enough. */
		if (tracee->interrupted)
			continue;
		tracee->interrupted = ptrace(PTRACE_INTERRUPT, tids[i], 0, 0) == 0;
		/* Dead, though not to be reaped before the threads of its process. */
		if (!tracee->interrupted && errno == ESRCH)
			(void)sp_tracees_remove(e->tracees, tids[i]);
	}
}

/* sp_reports_next() sleeps until something comes, and a timer sees to that. */
static void on_tick(int sig)
{
	(void)sig;
}

static void let_known_go(struct sp_engine *e)
{
	const int64_t end = sp_monotonic_ns() + PATIENCE_NS;

	while (sp_tracees_count(e->tracees) > 0 && sp_monotonic_ns() < end) {
		pid_t tid;
		int status, r = sp_reports_next(e->reports, e->tracees, &tid, &status);

		if (r > 0)
			let_go(e, tid, status);
		else if (r != -EINTR)
			break;
	}
	/* What was taken with the last one. */
	let_reported_go(e);
}

/* A child whose first stop nobody saw is not among those that are known, and comes soon. */
static void let_newborn_go(struct sp_engine *e)
{
	enum { PAUSES = 10, PAUSE_NS = 1000000 };

	for (int i = 0; i < PAUSES; i++) {
		int status;
		pid_t tid = wait4(-1, &status, __WALL | WNOHANG, NULL);

		if (tid < 0)
			return;
		if (tid > 0) {
			let_go(e, tid, status);
			i = 0;
		} else {
			(void)nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
		}
	}
}

void sp_engine_detach(struct sp_engine *e)
{
	const struct itimerspec period = { { 0, TICK_NS }, { 0, TICK_NS } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	/* No SA_RESTART: it has to end the wait. */
	const struct sigaction action = { .sa_handler = on_tick };
	struct sigaction former;
	timer_t timer;

	sp_reports_calm(e->reports);
	let_reported_go(e);
	let_stopped_go(e);
	interrupt_all(e);
	if (sigaction(SIGALRM, &action, &former) < 0)
		return;
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0) {
		if (timer_settime(timer, 0, &period, NULL) == 0)
			let_known_go(e);
		(void)timer_delete(timer);
	}
	(void)sigaction(SIGALRM, &former, NULL);
	let_newborn_go(e);
}
