/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a wait status of a seized tracee means (ptrace(2), "Stopped states"). Pure: no call is
 * made. With PTRACE_SEIZE and PTRACE_O_TRACESYSGOOD the status alone tells every stop apart.
 */

enum sp_stop {
	SP_STOP_EXITED,	 /* the task is gone: exited or killed */
	SP_STOP_SYSCALL, /* syscall-entry- or syscall-exit-stop; PTRACE_GET_SYSCALL_INFO says which
			  */
	SP_STOP_SECCOMP, /* PTRACE_EVENT_SECCOMP: a filter handed the call over, not yet executed */
	SP_STOP_EXEC,	 /* PTRACE_EVENT_EXEC */
	SP_STOP_CHILD,	 /* PTRACE_EVENT_FORK, VFORK or CLONE, of the parent */
	SP_STOP_GROUP,	 /* group-stop: let it stay stopped with PTRACE_LISTEN */
	SP_STOP_TRAP,	 /* first stop of a new task, or the end of a group-stop: just go on */
	SP_STOP_SIGNAL,	 /* signal-delivery-stop: inject *ret_signal again */
	SP_STOP_OTHER,	 /* an event that was not asked for: just go on */
	_SP_STOP_MAX,
};

/* *ret_signal: the signal to resume with; 0 except for SP_STOP_SIGNAL. */
enum sp_stop sp_stop_classify(int status, int *ret_signal);
