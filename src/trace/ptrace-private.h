/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The ptrace engine: what ptrace.c starts, feeds and ends, and stops.c serves stop by stop. */

#include <sys/ptrace.h>

#include "sysprofile/execs.h"
#include "sysprofile/ownfilter.h"
#include "sysprofile/ptrace.h"
#include "sysprofile/reports.h"
#include "sysprofile/tracee.h"
#include "sysprofile/untraced.h"

struct sp_engine {
	struct sp_tracees *tracees;   /* owned */
	struct sp_untraced *untraced; /* owned */
	struct sp_reports *reports;   /* owned */
	int64_t start_ns;	      /* CLOCK_MONOTONIC */
	struct sp_ownfilter filters;
	struct sp_execs execs;
	bool wants_answers;
	bool lets_go; /* in the end; else what is left is killed */

	/* The task whose event is with the caller; it is resumed when the next one is asked for. */
	pid_t held;
	enum __ptrace_request held_op;
	int held_signal;

	/* What comes before the stop that was served: births that were not seen, calls under way.
	 */
	struct sp_event backlog[3];
	size_t n_backlog, backlog_at;
};

/* An engine without tracees. has_others: as for sp_reports_new(). 0 or negative errno. */
int sp_engine_new(bool has_others, enum sp_wait_choice wait, struct sp_engine **ret);
struct sp_engine *sp_engine_free(struct sp_engine *engine);

/* Takes the engine over, also when it fails. */
int sp_engine_to_tracer(struct sp_engine *engine, struct sp_tracer **ret);

/* Every tracee goes on untraced, as it would be without us, and is forgotten. */
void sp_engine_detach(struct sp_engine *engine);

/* *ret is an event of that kind and task, of now; returns ret. */
struct sp_event *sp_engine_event(const struct sp_engine *engine, struct sp_event *ret,
				 enum sp_event_kind kind, pid_t tid);

/* As PTRACE_GET_SYSCALL_INFO. 1; 0: it is not stopped any more; negative errno. */
int sp_engine_syscall_info(pid_t tid, struct __ptrace_syscall_info *ret);

/* The tracee goes on, with that signal, at the next sp_engine_resume(). */
void sp_engine_hold(struct sp_engine *engine, const struct sp_tracee *tracee, int sig);

/* Lets the task that was held go on, if there is one. */
void sp_engine_resume(struct sp_engine *engine);

/*
 * What wait(2) reported of tid. 1: *ret is set; 0: there is nothing to tell, and the task goes on;
 * negative errno.
 */
int sp_engine_serve(struct sp_engine *engine, pid_t tid, int status, struct sp_event *ret);
