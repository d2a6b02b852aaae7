/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/record.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>

#include "sysprofile/diagnose.h"
#include "sysprofile/log.h"
#include "sysprofile/procfs.h"
#include "sysprofile/status.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

/* How long what comes after SIGHUP or SIGUSR1 counts as its work. */
#define RELOAD_NS (2 * SP_NSEC_PER_SEC)

/* The first stops tell which calls tasks were in when they were attached to: a moment for these. */
#define FIRST_LOOK_NS (SP_NSEC_PER_SEC / 5)

int sp_recording_init(struct sp_recording *recording)
{
	struct sp_recording r = { .root_status = -1 };
	int error = sp_profile_new(&r.profile);

	if (error == 0)
		error = sp_notices_new(&r.notices);
	if (error < 0) {
		sp_recording_done(&r);
		return error;
	}
	*recording = r;
	return 0;
}

void sp_recording_done(struct sp_recording *recording)
{
	recording->profile = sp_profile_free(recording->profile);
	recording->notices = sp_notices_free(recording->notices);
	free(SP_TAKE(recording->exe));
	for (char **word = recording->attachment.argv; word && *word; word++)
		free(*word);
	free(SP_TAKE(recording->attachment.argv));
}

static int add_notice(struct sp_recording *rec, enum sp_notice_kind kind,
		      const struct sp_event *event)
{
	char comm[SP_COMM_SIZE] = "";
	int r;

	(void)sp_proc_comm(event->tid, comm, sizeof(comm));
	r = sp_notices_add(rec->notices, kind, sp_profile_exe_of(rec->profile, event->tid), event,
			   comm);
	return r < 0 ? r : 0;
}

static int learn_comm(struct sp_recording *rec, pid_t tid)
{
	char comm[SP_COMM_SIZE];

	return sp_proc_comm(tid, comm, sizeof(comm)) < 0
		       ? 0
		       : sp_profile_set_comm(rec->profile, tid, comm);
}

static bool is_prctl(const struct sp_event *event)
{
	sp_call call;

	return sp_call_from_number(sp_abi_of_call(event->arch, event->nr), (uint32_t)event->nr,
				   &call) == 0 &&
	       sp_streq(sp_call_name(call), "prctl");
}

/* prctl(2) reports before it does anything, so the name is looked at with the task's next call. */
static int follow_name(struct sp_recording *rec, const struct sp_event *event)
{
	int r = 0;

	if (rec->renamed == event->tid) {
		r = learn_comm(rec, event->tid);
		rec->renamed = 0;
	}
	if (event->args[0] == PR_SET_NAME && is_prctl(event))
		rec->renamed = event->tid;
	return r;
}

static int learn_process(struct sp_recording *rec, pid_t tid)
{
	struct sp_profile_totals totals;
	long process;

	/* With one process there is nothing to tell apart, and the question has its price. */
	sp_profile_totals(rec->profile, &totals);
	if (totals.processes < 2 || sp_proc_status("/proc", tid, "Tgid", &process) < 0)
		return 0;
	return sp_profile_set_process(rec->profile, tid, (pid_t)process);
}

/* The task is stopped, so what /proc says is what it runs now. */
static int learn_exe(struct sp_recording *rec, const struct sp_event *event)
{
	char exe[PATH_MAX];
	bool setid, filecaps;
	int r;

	if (sp_proc_exe(event->tid, exe, sizeof(exe)) < 0)
		exe[0] = 0;
	r = sp_profile_set_exe(rec->profile, event->tid, exe);
	if (r == 0 && rec->wants_names)
		r = learn_comm(rec, event->tid);
	if (r == 0 && event->kind == SP_EVENT_THREAD)
		r = learn_process(rec, event->tid);
	if (r < 0 || event->kind != SP_EVENT_EXEC)
		return r;
	if (sp_proc_exe_privileges(event->tid, &setid, &filecaps) < 0)
		return 0;
	if ((setid || filecaps) && !sp_diagnose_lets_gain_privileges())
		return add_notice(rec, SP_NOTICE_POWERLESS, event);
	if (setid)
		r = add_notice(rec, SP_NOTICE_SETID_EXEC, event);
	if (r == 0 && filecaps)
		r = add_notice(rec, SP_NOTICE_FILECAP_EXEC, event);
	return r;
}

static void enter_phase(struct sp_recording *rec, enum sp_phase phase)
{
	static const unsigned bits[_SP_PHASE_MAX] = {
		[SP_PHASE_START] = SP_EXERCISE_START,
		[SP_PHASE_SERVING] = SP_EXERCISE_SERVING,
		[SP_PHASE_STOP] = SP_EXERCISE_STOP,
	};

	rec->phase = phase;
	rec->exercised |= bits[phase];
	sp_profile_set_phase(rec->profile, phase);
}

/*
 * The end is meant for the command itself, or what is left when that has gone to the background:
 * masters send such signals to their workers when they reload.
 */
static bool is_for_all(const struct sp_recording *rec, pid_t tid, pid_t root)
{
	return tid == root || rec->root_status != -1;
}

static int take_signal(struct sp_recording *rec, const struct sp_event *event, pid_t root)
{
	const int sig = event->status;

	if (sig == SIGHUP || sig == SIGUSR1) {
		rec->exercised |= sig == SIGHUP ? SP_EXERCISE_RELOAD : SP_EXERCISE_ROTATION;
		if (rec->phase != SP_PHASE_STOP) {
			rec->phase_ends_ns = event->time_ns + RELOAD_NS;
			enter_phase(rec, SP_PHASE_RELOAD);
		}
	} else if (sig != SIGUSR2 && is_for_all(rec, event->tid, root)) {
		enter_phase(rec, SP_PHASE_STOP);
	}
	return 0;
}

/* Nobody tells when a reload is over. */
static void end_reload(struct sp_recording *rec, int64_t now_ns)
{
	if (rec->phase == SP_PHASE_RELOAD && now_ns >= rec->phase_ends_ns)
		enter_phase(rec, rec->knows_phases ? SP_PHASE_SERVING : SP_PHASE_NONE);
}

bool sp_record_waits(sp_call call)
{
	static const char *const names[] = { "accept",	    "accept4",	     "epoll_wait",
					     "epoll_pwait", "epoll_pwait2",  "poll",
					     "ppoll",	    "select",	     "pselect6",
					     "_newselect",  "io_uring_enter" };

	for (size_t i = 0; i < SP_ARRAY_SIZE(names); i++)
		if (sp_streq(sp_call_name(call), names[i]))
			return true;
	return false;
}

static bool waits_for_clients(const struct sp_event *event)
{
	sp_call call;

	return sp_call_from_number(sp_abi_of_call(event->arch, event->nr), (uint32_t)event->nr,
				   &call) == 0 &&
	       sp_record_waits(call);
}

/* Of what was attached to it cannot be told before, either. */
static bool is_before_serving(const struct sp_recording *rec)
{
	return rec->phase == SP_PHASE_START || (rec->is_attached && rec->phase == SP_PHASE_NONE);
}

static int take_syscall(struct sp_recording *rec, const struct sp_event *event, int is_new)
{
	enum sp_notice_kind kind = sp_notices_classify(rec->notices, event);

	/* Names of tasks are read only now, when a call is new: not at every stop. */
	if (is_new) {
		char comm[SP_COMM_SIZE];

		if (sp_proc_comm(event->tid, comm, sizeof(comm)) == 0)
			sp_profile_name_first(rec->profile, comm);
		if (is_before_serving(rec) && waits_for_clients(event))
			enter_phase(rec, SP_PHASE_SERVING);
	}
	if (rec->wants_names) {
		int r = follow_name(rec, event);

		if (r < 0)
			return r;
	}
	return kind == SP_NOTICE_NONE ? 0 : add_notice(rec, kind, event);
}

static int take_event(struct sp_recording *rec, const struct sp_event *event, pid_t root)
{
	int r;

	end_reload(rec, event->time_ns);
	r = sp_profile_observe(rec->profile, event);
	if (r < 0)
		return r;
	switch (event->kind) {
	case SP_EVENT_SYSCALL:
		return take_syscall(rec, event, r);
	case SP_EVENT_PROCESS:
	case SP_EVENT_THREAD:
	case SP_EVENT_EXEC:
		return learn_exe(rec, event);
	case SP_EVENT_EXIT:
		if (event->tid == root)
			rec->root_status = event->status;
		return 0;
	case SP_EVENT_SIGNAL:
		return take_signal(rec, event, root);
	case SP_EVENT_ANSWER:
		return 0;
	case _SP_EVENT_MAX:
		break;
	}
	return 0;
}

static void say_news(enum sp_control_news news, const struct sp_control *control,
		     struct sp_tracer *tracer)
{
	size_t n;

	switch (news) {
	case SP_CONTROL_STOPPING:
		sp_debug("asked to end the run (%s); recording the shutdown",
			 sp_control_reason(control));
		return;
	case SP_CONTROL_WAITING:
		n = sp_tracer_tracees(tracer, NULL, 0);
		sp_info("%zu task%s still running after %s; a second signal or Ctrl-C kills", n,
			n == 1 ? " is" : "s are", sp_control_reason(control));
		return;
	case SP_CONTROL_KILLING:
		sp_warning("killed what had not stopped");
		return;
	case SP_CONTROL_LEAVING:
		sp_debug("asked to end the run (%s); letting all go", sp_control_reason(control));
		return;
	case SP_CONTROL_NOTHING:
		return;
	}
}

static int64_t since_new(const struct sp_recording *rec)
{
	struct sp_profile_totals totals;

	sp_profile_totals(rec->profile, &totals);
	return rec->now_ns - (totals.last_new_ns > 0 ? totals.last_new_ns : 0);
}

void sp_record(struct sp_recording *rec, struct sp_tracer *tracer, struct sp_control *control,
	       pid_t root, struct sp_status *status, const struct sp_observer *observer)
{
	int64_t start = sp_monotonic_ns();
	struct sp_event event;
	int r;

	enter_phase(rec, rec->knows_phases && !rec->is_attached ? SP_PHASE_START : SP_PHASE_NONE);
	if (!rec->is_attached)
		rec->exercised |= SP_EXERCISE_START;
	while ((r = sp_tracer_next(tracer, &event)) != 0) {
		if (r > 0)
			r = take_event(rec, &event, root);
		if (r == 0 && observer && observer->observe)
			r = observer->observe(&event, rec, observer->userdata);
		if (r < 0 && r != -EINTR) {
			/* What is known is saved; freeing the tracer then ends the command. */
			rec->error = r;
			break;
		}
		if (sp_control_is_due()) {
			enum sp_control_news news;

			rec->now_ns = sp_monotonic_ns() - start;
			news = sp_control_act(control, tracer, since_new(rec));
			if (news == SP_CONTROL_STOPPING)
				enter_phase(rec, SP_PHASE_STOP);
			say_news(news, control, tracer);
			if (news == SP_CONTROL_LEAVING && rec->now_ns >= FIRST_LOOK_NS)
				break;
			sp_status_show(status, rec->profile, rec->now_ns);
			if (observer && observer->tick)
				observer->tick(rec, observer->userdata);
		}
	}
	rec->attachment.left = rec->is_attached ? sp_tracer_tracees(tracer, NULL, 0) : 0;
	rec->duration_ns = rec->now_ns = sp_monotonic_ns() - start;
	rec->was_asked = sp_control_was_asked(control);
	rec->reason = sp_control_reason(control);
}
