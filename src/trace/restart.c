/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/restart.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>

#ifdef __x86_64__

/* The kernel's own, never seen by programs: begin anew, unless a handler ran; then it is EINTR. */
enum { ERESTARTNOHAND = 514 };

static bool waits_for_ever(const struct user_regs_struct *regs)
{
	switch (regs->orig_rax) {
	case SYS_epoll_wait:
	case SYS_epoll_pwait:
		return (int)regs->r10 < 0;
	case SYS_epoll_pwait2:
	case SYS_semtimedop:
		return regs->r10 == 0;
	case SYS_semop:
		return true;
	case SYS_rt_sigtimedwait:
		return regs->rdx == 0;
	case SYS_io_getevents:
	case SYS_io_pgetevents:
		return regs->r8 == 0;
	case SYS_io_uring_enter:
		/* What it has submitted it tells, and not EINTR. EXT_ARG may hold a limit. */
		return regs->r10 & IORING_ENTER_GETEVENTS && !(regs->r10 & IORING_ENTER_EXT_ARG);
	default:
		return false;
	}
}

/* Numbers of i386 are in the same register, and only the ABI of the call tells. */
static bool is_64_bit_call(pid_t tid)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) > 0 &&
	       info.arch == AUDIT_ARCH_X86_64;
}

/* Unless it is ignored, as these hardly ever are, such a signal stops the process: that ends a
 * call. */
static bool may_stop(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

void sp_restart_call(pid_t tid, int sig)
{
	struct user_regs_struct regs;

	if (may_stop(sig) || ptrace(PTRACE_GETREGS, tid, 0, &regs) < 0 ||
	    (long)regs.rax != -EINTR || !waits_for_ever(&regs) || !is_64_bit_call(tid))
		return;
	(void)ptrace(PTRACE_POKEUSER, tid, offsetof(struct user, regs.rax), -(long)ERESTARTNOHAND);
}

#else

/* Registers of other machines are not rewritten: such a call ends with EINTR there. */
void sp_restart_call(pid_t tid, int sig)
{
	(void)tid, (void)sig;
}

#endif
