/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Questions to proc(5) about one task. Every one may fail at any time: a task can be gone, or its
 * files unreadable to us (not dumpable, hidepid=).
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Whether /proc is there and counts processes as this process does. Under another PID namespace's
 * every answer would be about somebody else; all calls below then fail with -ENXIO.
 */
bool sp_proc_is_ours(void);

/*
 * The path of the program that the task runs, as /proc/TID/exe names it (" (deleted)" included).
 * 0 or negative errno; the string is cut to size.
 */
int sp_proc_exe(pid_t tid, char *buffer, size_t size);

/* The task's comm, without the newline. */
int sp_proc_comm(pid_t tid, char *buffer, size_t size);

/*
 * A field of /proc/TID/status as a number: "PPid", "TracerPid", "Tgid", "NoNewPrivs", "Seccomp".
 * proc: where procfs is mounted, normally "/proc". tid 0 stands for the caller. -ENOENT when the
 * kernel does not write that field.
 */
int sp_proc_status(const char *proc, pid_t tid, const char *field, long *ret);

/*
 * Whether the program that the task runs is a setuid or setgid file, or has file capabilities
 * (security.capability). Negative errno when that cannot be seen.
 */
int sp_proc_exe_privileges(pid_t tid, bool *ret_setid, bool *ret_filecaps);
