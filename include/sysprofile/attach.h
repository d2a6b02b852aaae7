/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Following processes that run already, with all their threads and descendants. Every task is
 * interrupted once now and once at the end, and goes on in between as it was. sp_tracer_free() lets
 * all of them go; so does the kernel when this process dies (ptrace(2)): nothing of it stays in
 * them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sysprofile/tracer.h"
#include "sysprofile/waitpolicy.h"

struct sp_attach_request {
	const pid_t *pids; /* borrowed; each the id of a process, or of any of its threads */
	size_t n_pids;
	enum sp_wait_choice wait;
};

/* Why it did not come to anything. */
struct sp_attach_error {
	pid_t pid;	/* 0: it is about none of them */
	int error;	/* errno; EDEADLK: it is this process or one that waits for it */
	bool was_there; /* it was there when this began */
};

/* What came of it. */
struct sp_attached {
	size_t processes, threads; /* threads: all tasks, the first ones of processes included */
	/* Descendants and threads that could not be seized: how many, one of them, and why (errno).
	 */
	size_t refused;
	pid_t one_refused;
	int refused_error;
	/* They multiply faster than they are found: what came last may not be followed. */
	bool incomplete;
	/* /proc does not show them (hidepid=, another PID namespace's): first threads only. */
	bool hidden;
};

/*
 * Seizes them, and looks again until a whole pass finds nothing new. What it meets is reported as
 * SP_EVENT_PROCESS and SP_EVENT_THREAD, and the call that a task is in at that time as
 * SP_EVENT_SYSCALL. 0; or -1 with *error set, and all let go.
 */
int sp_attach(const struct sp_attach_request *request, struct sp_tracer **ret,
	      struct sp_attached *ret_attached, struct sp_attach_error *error);
