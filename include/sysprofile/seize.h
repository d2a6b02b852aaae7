/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * PTRACE_SEIZE of tasks that are under way. It waits for a lock that a task in execve(2) holds, and
 * that one waits for its other threads to be reaped, by this very tracer when it has them already
 * (ptrace(2), "execve(2) under ptrace"). No signal gets a tracer out of that wait, but its handler
 * runs. So while a seizer is there, a timer's handler reaps, and what it reaped is handed out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Takes SIGALRM over until sp_seizer_end(). One at a time in a process. 0 or negative errno. */
int sp_seizer_begin(void);

/* Handler and timer are as before. */
void sp_seizer_end(void);

/*
 * Seizes tid with these options; it goes on running. 0; -ESRCH: it is gone; -EEXIST: traced by
 * this process already; else the reason why not: -EPERM, -ENOSYS, ...
 */
int sp_seize(pid_t tid, unsigned long options);

/* What the handler reaped since the last call, oldest first. False when there is no more. */
bool sp_seizer_take(pid_t *ret_tid, int *ret_status);
