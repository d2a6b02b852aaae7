/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/record.h"

#include <errno.h>
#include <limits.h>

#include "sysprofile/diagnose.h"
#include "sysprofile/log.h"
#include "sysprofile/procfs.h"
#include "sysprofile/status.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

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

/* The task is stopped, so what /proc says is what it runs now. */
static int learn_exe(struct sp_recording *rec, const struct sp_event *event)
{
	char exe[PATH_MAX];
	bool setid, filecaps;
	int r;

	if (sp_proc_exe(event->tid, exe, sizeof(exe)) < 0)
		exe[0] = 0;
	r = sp_profile_set_exe(rec->profile, event->tid, exe);
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

static int take_syscall(struct sp_recording *rec, const struct sp_event *event, int is_new)
{
	enum sp_notice_kind kind = sp_notices_classify(rec->notices, event);

	/* Names of tasks are read only now, when a call is new: not at every stop. */
	if (is_new) {
		char comm[SP_COMM_SIZE];

		if (sp_proc_comm(event->tid, comm, sizeof(comm)) == 0)
			sp_profile_name_first(rec->profile, comm);
	}
	return kind == SP_NOTICE_NONE ? 0 : add_notice(rec, kind, event);
}

static int take_event(struct sp_recording *rec, const struct sp_event *event, pid_t root)
{
	int r = sp_profile_observe(rec->profile, event);

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
	case SP_CONTROL_NOTHING:
		return;
	}
}

void sp_record(struct sp_recording *rec, struct sp_tracer *tracer, struct sp_control *control,
	       pid_t root, struct sp_status *status, const struct sp_observer *observer)
{
	int64_t start = sp_monotonic_ns();
	struct sp_event event;
	int r;

	while ((r = sp_tracer_next(tracer, &event)) != 0) {
		if (r > 0)
			r = take_event(rec, &event, root);
		if (r == 0 && observer)
			r = observer->observe(&event, rec, observer->userdata);
		if (r < 0 && r != -EINTR) {
			/* What is known is saved; freeing the tracer then ends the command. */
			rec->error = r;
			break;
		}
		if (sp_control_is_due()) {
			say_news(sp_control_act(control, tracer), control, tracer);
			sp_status_show(status, rec->profile, sp_monotonic_ns() - start);
		}
	}
	rec->duration_ns = sp_monotonic_ns() - start;
	rec->was_asked = sp_control_was_asked(control);
	rec->reason = sp_control_reason(control);
}
