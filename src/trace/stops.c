/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "ptrace-private.h"
#include "sysprofile/prefilter.h"
#include "sysprofile/restart.h"
#include "sysprofile/scan.h"
#include "sysprofile/stop.h"
#include "sysprofile/timespan.h"
#include "sysprofile/underway.h"
#include "sysprofile/util.h"

/*
 * ESRCH at any request means that the tracee was killed out of its stop (SIGKILL, a sibling's
 * exit_group or execve, the end of its PID namespace): its death is reported by wait(2), and
 * nothing needs doing here.
 */
static void request(enum __ptrace_request op, pid_t tid, int sig)
{
	(void)ptrace(op, tid, 0, (unsigned long)sig);
}

void sp_engine_resume(struct sp_engine *e)
{
	if (!e->held)
		return;
	if (!sp_execs_has_moved(&e->execs, e->held))
		request(e->held_op, e->held, e->held_signal);
	e->held = 0;
}

/* A task with our filter need not stop at entry and exit: the filter stops it. */
void sp_engine_hold(struct sp_engine *e, const struct sp_tracee *tracee, int sig)
{
	e->held = tracee->tid;
	e->held_op = tracee->plain ? PTRACE_SYSCALL : PTRACE_CONT;
	e->held_signal = sig;
}

struct sp_event *sp_engine_event(const struct sp_engine *e, struct sp_event *ret,
				 enum sp_event_kind kind, pid_t tid)
{
	*ret = (struct sp_event){ .kind = kind,
				  .tid = tid,
				  .time_ns = sp_monotonic_ns() - e->start_ns };
	return ret;
}

/*
 * Any stop of an unknown task is its birth: its own first stop and its parent's fork event come
 * in either order, and the parent may die before its event is read. So the parent's event is
 * never needed and never asked for its message.
 */
static int handle_birth(struct sp_engine *e, pid_t tid, enum sp_stop stop, struct sp_event *ret)
{
	struct sp_tracee *tracee;
	int r = sp_tracees_add(e->tracees, tid, &tracee);

	if (r < 0)
		return r;
	if (sp_untraced_is_pending(e->untraced))
		sp_untraced_birth(e->untraced, tid);
	tracee->plain = sp_ownfilter_is_plain(&e->filters, tid);
	sp_engine_event(e, ret, sp_execs_is_leader(tid) ? SP_EVENT_PROCESS : SP_EVENT_THREAD, tid);
	sp_engine_hold(e, tracee, 0);
	/* Stopped with its process: SIGSTOP came while it was being made. */
	if (stop == SP_STOP_GROUP)
		e->held_op = PTRACE_LISTEN;
	return 1;
}

/* Whether it was there. */
static bool forget(struct sp_engine *e, pid_t tid)
{
	struct sp_tracee *tracee = sp_tracees_find(e->tracees, tid);

	if (!tracee)
		return false;
	sp_execs_end(&e->execs, tracee);
	return sp_tracees_remove(e->tracees, tid);
}

static int handle_exit(struct sp_engine *e, pid_t tid, int status, struct sp_event *ret)
{
	/* A child that this process had before it became sysprofile, or one that never stopped. */
	if (!forget(e, tid))
		return 0;
	if (sp_untraced_is_pending(e->untraced))
		sp_untraced_forget(e->untraced, tid);
	sp_engine_event(e, ret, SP_EVENT_EXIT, tid)->status = status;
	return 1;
}

/*
 * An execve by any thread ends all others and gives the caller the id of the leader; its old id
 * vanishes without a report of its own (ptrace(2), "execve(2) under ptrace").
 */
static int handle_exec(struct sp_engine *e, pid_t tid, struct sp_event *ret)
{
	struct sp_tracee *tracee;
	unsigned long former = 0;
	/* A process that was dropped may still exec: its leader had been reported dead. */
	int r = sp_tracees_add(e->tracees, tid, &tracee);

	if (r < 0)
		return r;
	sp_engine_event(e, ret, SP_EVENT_EXEC, tid)->former_tid = tid;
	if (ptrace(PTRACE_GETEVENTMSG, tid, 0, &former) == 0 && former && (pid_t)former != tid) {
		ret->former_tid = (pid_t)former;
		(void)forget(e, (pid_t)former);
		sp_untraced_forget(e->untraced, (pid_t)former);
	}
	/* The filters that count now are those of the thread that called execve. */
	tracee->plain = sp_ownfilter_is_plain(&e->filters, tid);
	tracee->in_call = false;
	sp_execs_end(&e->execs, tracee);
	sp_engine_hold(e, tracee, 0);
	return 1;
}

int sp_engine_syscall_info(pid_t tid, struct __ptrace_syscall_info *ret)
{
	long n = ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(*ret), ret);

	if (n < 0)
		return errno == ESRCH ? 0 : -errno;
	return n > 0;
}

/* What a call may change in how tasks are followed. */
static int look_ahead(struct sp_engine *e, struct sp_tracee *tracee, const struct sp_event *event)
{
	int r = sp_untraced_entry(e->untraced, tracee->tid, event->arch, event->nr, event->args[0]);

	if (r < 0)
		return r;
	sp_execs_begin(&e->execs, tracee, event);
	if (sp_untraced_is_pending(e->untraced))
		/* The exit is where the flag is put back. */
		e->held_op = PTRACE_SYSCALL;
	if (e->filters.has_prefilter && sp_ownfilter_watch(&e->filters, e->tracees, tracee, event))
		e->held_op = PTRACE_SYSCALL;
	return 1;
}

/*
 * Entry or exit is asked, never counted: an exec, a signal or a fatal stop breaks any count.
 * Recording at entry keeps calls that fail, never return, or are blocked when the task dies.
 */
static int handle_syscall(struct sp_engine *e, struct sp_tracee *tracee, struct sp_event *ret)
{
	struct __ptrace_syscall_info info;
	int r = sp_engine_syscall_info(tracee->tid, &info);

	if (r < 0)
		return r;
	sp_engine_hold(e, tracee, 0);
	if (r == 0)
		return 0;
	tracee->in_call = false;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && sp_untraced_is_pending(e->untraced))
		sp_untraced_exit(e->untraced, tracee->tid, info.exit.is_error);
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && e->wants_answers) {
		sp_engine_event(e, ret, SP_EVENT_ANSWER, tracee->tid)->answer = info.exit.rval;
		return 1;
	}
	/* With our filter alone, the entry was reported by it. */
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !tracee->plain)
		return 0;
	tracee->in_call = true;
	sp_engine_event(e, ret, SP_EVENT_SYSCALL, tracee->tid);
	ret->arch = info.arch;
	ret->nr = info.entry.nr;
	for (size_t i = 0; i < SP_ARRAY_SIZE(ret->args); i++)
		ret->args[i] = info.entry.args[i];
	return look_ahead(e, tracee, ret);
}

/*
 * One message tells ABI and number of nearly every call; only for the others, and for those whose
 * arguments matter, the kernel is asked a second time.
 */
static int handle_seccomp(struct sp_engine *e, struct sp_tracee *tracee, struct sp_event *ret)
{
	struct __ptrace_syscall_info info;
	unsigned long data;
	int r;

	sp_engine_hold(e, tracee, 0);
	/* ESRCH: it was killed, and the call was not made. */
	if (ptrace(PTRACE_GETEVENTMSG, tracee->tid, 0, &data) < 0)
		return errno == ESRCH ? 0 : -errno;
	if (tracee->plain && tracee->in_call) {
		/*
		 * Its entry has been reported. The message is a filter's, ours or its own. A task
		 * that became plain between the call and this stop had no stop at entry.
		 */
		sp_ownfilter_answer(&e->filters, tracee->tid, data);
		return 0;
	}
	sp_engine_event(e, ret, SP_EVENT_SYSCALL, tracee->tid);
	if (sp_prefilter_decode(data, &ret->arch, &ret->nr) &&
	    !sp_ownfilter_needs_arguments(&e->filters, data))
		return 1;
	r = sp_engine_syscall_info(tracee->tid, &info);
	if (r <= 0)
		return r;
	if (info.op != PTRACE_SYSCALL_INFO_SECCOMP) {
		/* Another task has this id by now (an execve), in a stop that is yet to be served.
		 */
		e->held = 0;
		return 0;
	}
	ret->arch = info.arch;
	ret->nr = info.seccomp.nr;
	for (size_t i = 0; i < SP_ARRAY_SIZE(ret->args); i++)
		ret->args[i] = info.seccomp.args[i];
	return look_ahead(e, tracee, ret);
}

/*
 * Who the child is need not be known: its own first stop tells. But where that has to be looked for
 * among thousands, one more question here is the cheaper one.
 */
static void expect_child(struct sp_engine *e, pid_t parent)
{
	unsigned long child;

	if (sp_scan_is_large(sp_tracees_count(e->tracees)) &&
	    ptrace(PTRACE_GETEVENTMSG, parent, 0, &child) == 0 && child > 0)
		sp_reports_expect(e->reports, (pid_t)child);
}

/*
 * Group-stops end calls for good; what only a tracer sees must not. Any stop takes the place of the
 * one that an interrupt asked for, which has ended the call all the same (ptrace_stop() in
 * kernel/signal.c).
 */
static void note_disturbance(struct sp_tracee *tracee, enum sp_stop stop, int sig)
{
	bool interrupted = tracee->interrupted && (stop == SP_STOP_TRAP || stop == SP_STOP_SYSCALL);

	tracee->interrupted = false;
	if ((interrupted || stop == SP_STOP_SIGNAL) && !tracee->was_stopped)
		sp_restart_call(tracee->tid, sig);
	if (stop == SP_STOP_SYSCALL || stop == SP_STOP_SECCOMP)
		tracee->was_stopped = false;
	else if (stop == SP_STOP_GROUP)
		tracee->was_stopped = true;
}

/*
 * A task that ran before it was seized: it is made known, and so is the call that it is in, whose
 * entry nobody saw.
 */
static void introduce(struct sp_engine *e, struct sp_tracee *tracee, enum sp_stop stop)
{
	struct sp_event *event = &e->backlog[e->n_backlog++];

	tracee->is_new = false;
	sp_engine_event(e, event,
			sp_execs_is_leader(tracee->tid) ? SP_EVENT_PROCESS : SP_EVENT_THREAD,
			tracee->tid);
	event = sp_engine_event(e, &e->backlog[e->n_backlog], SP_EVENT_SYSCALL, tracee->tid);
	if (stop != SP_STOP_EXITED && sp_call_under_way(tracee->tid, &event->arch, &event->nr))
		e->n_backlog++;
}

/* Daemons stop, reload or open their logs anew for these; all others are their own affair. */
static bool is_order(int sig)
{
	return sig == SIGHUP || sig == SIGINT || sig == SIGQUIT || sig == SIGTERM ||
	       sig == SIGUSR1 || sig == SIGUSR2;
}

int sp_engine_serve(struct sp_engine *e, pid_t tid, int status, struct sp_event *ret)
{
	struct sp_tracee *tracee;
	int sig;
	enum sp_stop stop = sp_stop_classify(status, &sig);

	if (e->lets_go && (tracee = sp_tracees_find(e->tracees, tid)) && tracee->is_new)
		introduce(e, tracee, stop);
	if (stop == SP_STOP_EXITED)
		return handle_exit(e, tid, status, ret);
	if (stop == SP_STOP_EXEC)
		return handle_exec(e, tid, ret);
	tracee = sp_tracees_find(e->tracees, tid);
	if (!tracee)
		return handle_birth(e, tid, stop, ret);
	/* The death, or the exec, of which it will be told next. */
	if (sp_execs_has_moved(&e->execs, tid))
		return 0;
	/* An own filter's answer comes between the entry of a call and its execution. */
	if (stop != SP_STOP_SECCOMP || !tracee->in_call)
		sp_execs_end(&e->execs, tracee);
	note_disturbance(tracee, stop, sig);

	switch (stop) {
	case SP_STOP_SYSCALL:
		return handle_syscall(e, tracee, ret);
	case SP_STOP_SECCOMP:
		return handle_seccomp(e, tracee, ret);
	case SP_STOP_GROUP:
		/* LISTEN keeps it stopped and still lets SIGCONT be noticed. */
		request(PTRACE_LISTEN, tid, 0);
		return 0;
	case SP_STOP_CHILD:
		expect_child(e, tid);
		sp_engine_hold(e, tracee, 0);
		/* A call whose exit is awaited has not come to it yet. */
		if (sp_untraced_is_pending(e->untraced))
			e->held_op = PTRACE_SYSCALL;
		return 0;
	case SP_STOP_TRAP:
	case SP_STOP_SIGNAL:
	case SP_STOP_OTHER:
		/*
		 * The same number injects the same siginfo. Only signal-delivery-stop has one: in
		 * any other it would be sent anew, with another origin.
		 */
		sp_engine_hold(e, tracee, sig);
		if (stop != SP_STOP_SIGNAL || !is_order(sig))
			return 0;
		sp_engine_event(e, ret, SP_EVENT_SIGNAL, tid)->status = sig;
		return 1;
	case SP_STOP_EXEC:
	case SP_STOP_EXITED:
	case _SP_STOP_MAX:
		break;
	}
	return 0;
}
