/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Preloaded into a tracer: it takes its time after it has let a tracee go, so that what may happen
 * meanwhile does: siblings are killed, and ids change hands. It tells when a request goes to a task
 * whose latest stop wait(2) has not told of yet: that stop would be lost.
 */

#include <dlfcn.h>
#include <stdarg.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

long ptrace(enum __ptrace_request op, ...)
{
	static long (*real)(enum __ptrace_request, ...);
	static const char lost[] = "slow-tracer: a request before the report was taken\n";
	static unsigned count;
	siginfo_t info = { 0 };
	void *address, *data;
	va_list rest;
	long result;
	pid_t pid;

	va_start(rest, op);
	pid = va_arg(rest, pid_t);
	address = va_arg(rest, void *);
	data = va_arg(rest, void *);
	va_end(rest);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "ptrace");
	if (op == PTRACE_SEIZE)
		return real(op, pid, address, data);
	/* To ask for a stop's origin is how to find out. */
	if (op != PTRACE_GETSIGINFO &&
	    waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG | WNOWAIT | __WALL) == 0 &&
	    info.si_pid == pid)
		(void)!write(STDERR_FILENO, lost, sizeof(lost) - 1);
	result = real(op, pid, address, data);
	/* Not every time: a batch is served in part while the rest goes on. */
	if ((op == PTRACE_CONT || op == PTRACE_SYSCALL) && ++count % 3 == 0)
		(void)usleep(count % 5 * 500);
	return result;
}
