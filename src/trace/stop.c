/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/stop.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

/* ptrace(2): with PTRACE_O_TRACESYSGOOD syscall stops carry bit 7, a program's own SIGTRAP not. */
#define SYSCALL_TRAP (SIGTRAP | 0x80)

static enum sp_stop classify_event(int event, int sig)
{
	switch (event) {
	case PTRACE_EVENT_SECCOMP:
		return SP_STOP_SECCOMP;
	case PTRACE_EVENT_EXEC:
		return SP_STOP_EXEC;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		return SP_STOP_CHILD;
	case PTRACE_EVENT_STOP:
		/* A seized task reports group-stop with the stopping signal, all else with SIGTRAP.
		 */
		if (sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU)
			return SP_STOP_GROUP;
		return SP_STOP_TRAP;
	default:
		return SP_STOP_OTHER;
	}
}

enum sp_stop sp_stop_classify(int status, int *ret_signal)
{
	int event = status >> 16;

	*ret_signal = 0;
	if (!WIFSTOPPED(status))
		return SP_STOP_EXITED;
	if (event)
		return classify_event(event, WSTOPSIG(status));
	if (WSTOPSIG(status) == SYSCALL_TRAP)
		return SP_STOP_SYSCALL;
	/* Plain SIGTRAP too: int3, raise(3) and kill(2) send it, and the program wants it. */
	*ret_signal = WSTOPSIG(status);
	return SP_STOP_SIGNAL;
}
