/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/execs.h"

#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* tgkill(2) finds the pair only when the first is the process of the second. */
bool sp_execs_is_leader(pid_t tid)
{
	return syscall(SYS_tgkill, tid, tid, 0) == 0 || errno == EPERM;
}

/* By number, since every call of a plain task comes by here. */
static bool is_exec(const struct sp_event *event)
{
	enum { I386_EXECVE = 11, I386_EXECVEAT = 358, X32_EXECVE = 520, X32_EXECVEAT = 545 };
	const uint64_t x32_bit = 0x40000000;

	if (event->arch == AUDIT_ARCH_I386)
		return event->nr == I386_EXECVE || event->nr == I386_EXECVEAT;
	if (event->arch == AUDIT_ARCH_X86_64 && event->nr & x32_bit)
		return event->nr == (x32_bit | X32_EXECVE) || event->nr == (x32_bit | X32_EXECVEAT);
	return event->nr == SYS_execve || event->nr == SYS_execveat;
}

void sp_execs_begin(struct sp_execs *execs, struct sp_tracee *tracee, const struct sp_event *event)
{
	if (tracee->in_exec || !is_exec(event) || sp_execs_is_leader(tracee->tid))
		return;
	tracee->in_exec = true;
	execs->pending++;
}

void sp_execs_end(struct sp_execs *execs, struct sp_tracee *tracee)
{
	if (!tracee->in_exec)
		return;
	tracee->in_exec = false;
	execs->pending--;
}

bool sp_execs_has_moved(const struct sp_execs *execs, pid_t tid)
{
	siginfo_t info = {};

	if (execs->pending == 0)
		return false;
	if (ptrace(PTRACE_GETSIGINFO, tid, 0, &info) < 0 && errno == ESRCH)
		return true;
	/* A stop that is yet to be reported is not the one that was. */
	info.si_pid = 0;
	return waitid(P_PID, (id_t)tid, &info, WSTOPPED | WNOHANG | WNOWAIT | __WALL) == 0 &&
	       info.si_pid == tid;
}
