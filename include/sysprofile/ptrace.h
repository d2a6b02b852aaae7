/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The plain ptrace(2) engine: every system call of every tracee stops it twice, at entry and at
 * exit. Needs Linux 5.3 (PTRACE_GET_SYSCALL_INFO). All calls must come from the thread that
 * seized the tracees.
 */

#include <stdint.h>
#include <sys/types.h>

#include "sysprofile/tracer.h"

/*
 * The options to seize a launched command with. Everything that it forks is followed, and dies
 * with the tracer: a launched command must not go on half watched.
 */
unsigned long sp_ptrace_launch_options(void);

/*
 * A tracer whose first tracee is root: seized with sp_ptrace_launch_options() and now stopped in
 * PTRACE_EVENT_EXEC of the program to record, whose execve is reported first of all calls.
 * sp_tracer_free() kills and reaps what is still traced.
 */
int sp_ptrace_new_launched(pid_t root, struct sp_tracer **ret);
