/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>

#include "sysprofile/attach.h"
#include "sysprofile/diagnose.h"
#include "sysprofile/fsutil.h"
#include "sysprofile/log.h"
#include "sysprofile/procfs.h"
#include "sysprofile/run.h"
#include "sysprofile/status.h"
#include "sysprofile/util.h"

#include "run-private.h"

/* What a task is followed for, as the first of them tells it. */
static int read_command_line(pid_t pid, char ***ret)
{
	enum { LINE_MAX_SIZE = 1 << 21 };
	_cleanup_(sp_freep) char *text = NULL;
	char path[64], **words;
	size_t len = 0, n = 0;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	/* Threads of the kernel have none, and those of others may be hidden. */
	if (sp_read_file(path, LINE_MAX_SIZE, &text, &len) < 0)
		len = 0;
	for (size_t i = 0; i < len; i += strlen(text + i) + 1)
		n++;
	words = calloc(n + 1, sizeof(*words));
	if (!words)
		return -ENOMEM;
	*ret = words;
	for (size_t i = 0; i < len; i += strlen(text + i) + 1) {
		*words = strdup(text + i);
		if (!*words++)
			return -ENOMEM;
	}
	return 0;
}

static pid_t process_of(pid_t pid)
{
	long process;

	return sp_proc_status("/proc", pid, "Tgid", &process) == 0 ? (pid_t)process : pid;
}

static void say_threads(const struct sp_attach_request *request)
{
	for (size_t i = 0; i < request->n_pids; i++) {
		const pid_t process = process_of(request->pids[i]);

		if (process != request->pids[i])
			sp_info("%d is a thread of process %d; all of that is followed",
				request->pids[i], process);
	}
}

static void explain(const struct sp_attach_error *error)
{
	struct sp_target_facts target;
	struct sp_trace_facts facts;
	char reason[512];

	if (!error->pid) {
		sp_error("cannot attach: %s", strerror(error->error));
		return;
	}
	sp_diagnose_gather("/proc", &facts);
	sp_diagnose_target(error->pid, &target);
	sp_error("cannot attach to %d: %s", error->pid,
		 sp_diagnose_attach(&target, &facts, error->error, error->was_there, reason,
				    sizeof(reason)));
}

static void say_attached(const struct sp_attached *attached)
{
	struct sp_target_facts target;
	struct sp_trace_facts facts;
	char reason[512];

	sp_info("attached to %zu process%s with %zu task%s; Ctrl-C lets go", attached->processes,
		attached->processes == 1 ? "" : "es", attached->threads,
		attached->threads == 1 ? "" : "s");
	if (attached->refused) {
		sp_diagnose_gather("/proc", &facts);
		sp_diagnose_target(attached->one_refused, &target);
		sp_warning("%zu task%s cannot be followed, as %d: %s", attached->refused,
			   attached->refused == 1 ? "" : "s", attached->one_refused,
			   sp_diagnose_attach(&target, &facts, attached->refused_error, true,
					      reason, sizeof(reason)));
	}
	if (attached->hidden)
		sp_warning("/proc does not show their threads and descendants, so only the first "
			   "thread of each, and what that starts, is followed");
	if (attached->incomplete)
		sp_warning("they multiply faster than they are found; not every one is followed");
}

static int list_pids(const struct sp_options *o, pid_t **ret)
{
	pid_t *pids = calloc(o->pids.n, sizeof(*pids));

	if (!pids)
		return -ENOMEM;
	for (size_t i = 0; i < o->pids.n; i++)
		pids[i] = (pid_t)strtol(o->pids.v[i], NULL, 10);
	*ret = pids;
	return 0;
}

static int attach(const struct sp_options *o, const pid_t *pids, struct sp_recording *rec,
		  struct sp_tracer **ret)
{
	struct sp_attach_request request = { .pids = pids, .n_pids = o->pids.n };
	const pid_t root = process_of(pids[0]);
	struct sp_attach_error error = {};
	struct sp_attached attached = {};
	int r = sp_run_choose_wait(&request.wait);

	if (r < 0)
		return r;
	say_threads(&request);
	if (sp_attach(&request, ret, &attached, &error) < 0) {
		explain(&error);
		return -ECANCELED;
	}
	say_attached(&attached);
	rec->attachment.refused = attached.refused;
	rec->attachment.incomplete = attached.incomplete || attached.hidden;
	sp_run_describe(rec, *ret, root, &(struct sp_prefilter_pass){});
	r = read_command_line(root, &rec->attachment.argv);
	if (r < 0)
		sp_error("cannot start: %s", strerror(-r));
	return r;
}

int sp_run_attached(const struct sp_options *o, bool lacks_start,
		    const struct sp_observer *observer, struct sp_recording *rec)
{
	const struct sp_control_terms terms = {
		.duration_ns = o->duration_ns,
		.quiet_ns = o->quiet_for_ns,
	};
	_cleanup_(sp_control_freep) struct sp_control *control = NULL;
	_cleanup_(sp_tracer_freep) struct sp_tracer *tracer = NULL;
	_cleanup_(sp_status_freep) struct sp_status *status = NULL;
	_cleanup_(sp_freep) pid_t *pids = NULL;
	int r = sp_recording_init(rec);

	if (r == 0)
		r = list_pids(o, &pids);
	/* Before anything is stopped: who asks for the end meanwhile gets all of it undone. */
	if (r == 0)
		r = sp_control_new(&terms, &control);
	if (r == 0 && !o->no_progress && !o->quiet)
		r = sp_status_new(&status);
	if (r < 0) {
		sp_error("cannot start: %s", strerror(-r));
		return r;
	}
	rec->is_attached = true;
	rec->wants_names = o->profile || o->format == SP_FORMAT_JSON;
	r = attach(o, pids, rec, &tracer);
	if (r < 0)
		return r;
	if (lacks_start)
		sp_warning("its start is not seen, so no allow-list will be written, but a "
			   "profile; see "
			   "--headroom=startup, -P and --force");
	sp_record(rec, tracer, control, process_of(pids[0]), status, observer);
	sp_run_say_waiting(tracer);
	return 0;
}
