/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tracing with ptrace(2), in two ways that may be mixed task by task. Plain: every call stops its
 * task twice, at entry and at exit. With the seccomp filter of prefilter.h: once. Needs Linux 5.3
 * (PTRACE_GET_SYSCALL_INFO). All calls must come from the thread that seized the tracees.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sysprofile/tracer.h"
#include "sysprofile/waitpolicy.h"

/*
 * The options to seize a launched command with. Everything that it forks is followed, and dies
 * with the tracer: a launched command must not go on half watched, and one with our filter would
 * find every call failing with ENOSYS.
 */
unsigned long sp_ptrace_launch_options(void);

/*
 * The options to seize with what must outlive the tracer: followed as well, let go by its death,
 * and never stopped by a filter that answers TRACE.
 */
unsigned long sp_ptrace_attach_options(void);

struct sp_ptrace_launched {
	pid_t root;
	bool has_prefilter; /* it bears the filter of prefilter.h */
	bool has_others;    /* this process has children that are not traced */
	bool wants_answers; /* report SP_EVENT_ANSWER; of plain tasks only */
	enum sp_wait_choice wait;
};

/*
 * A tracer whose first tracee is root: seized with sp_ptrace_launch_options() and now stopped in
 * PTRACE_EVENT_EXEC of the program to record, whose execve is reported first of all calls.
 * -EIO: a kernel before 5.3. sp_tracer_free() kills and reaps what is still traced.
 */
int sp_ptrace_new_launched(const struct sp_ptrace_launched *launched, struct sp_tracer **ret);
