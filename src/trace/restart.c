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

enum wait_kind { NO_WAIT, WAIT_WITH_LIMIT, WAIT_FOR_EVER };

static enum wait_kind kind_of(const struct user_regs_struct *regs)
{
	bool has_limit;

	switch (regs->orig_rax) {
	case SYS_epoll_wait:
	case SYS_epoll_pwait:
		has_limit = (int)regs->r10 >= 0;
		break;
	case SYS_epoll_pwait2:
	case SYS_semtimedop:
		has_limit = regs->r10 != 0;
		break;
	case SYS_semop:
		has_limit = false;
		break;
	case SYS_rt_sigtimedwait:
		has_limit = regs->rdx != 0;
		break;
	case SYS_io_getevents:
	case SYS_io_pgetevents:
		has_limit = regs->r8 != 0;
		break;
	case SYS_io_uring_enter:
		/* What it has submitted it tells, and not EINTR. EXT_ARG may hold a limit. */
		if (!(regs->r10 & IORING_ENTER_GETEVENTS))
			return NO_WAIT;
		has_limit = regs->r10 & IORING_ENTER_EXT_ARG;
		break;
	default:
		return NO_WAIT;
	}
	return has_limit ? WAIT_WITH_LIMIT : WAIT_FOR_EVER;
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

static void restart(pid_t tid, bool with_limit)
{
	struct user_regs_struct regs;
	enum wait_kind kind;

	if (ptrace(PTRACE_GETREGS, tid, 0, &regs) < 0 || (long)regs.rax != -EINTR)
		return;
	kind = kind_of(&regs);
	if (kind == NO_WAIT || (kind == WAIT_WITH_LIMIT && !with_limit) || !is_64_bit_call(tid))
		return;
	(void)ptrace(PTRACE_POKEUSER, tid, offsetof(struct user, regs.rax), -(long)ERESTARTNOHAND);
}

void sp_restart_call(pid_t tid, int sig)
{
	if (!may_stop(sig))
		restart(tid, false);
}

void sp_restart_begun_call(pid_t tid)
{
	restart(tid, true);
}

#else

/* Registers of other machines are not rewritten: such a call ends with EINTR there. */
void sp_restart_call(pid_t tid, int sig)
{
	(void)tid, (void)sig;
}

void sp_restart_begun_call(pid_t tid)
{
	(void)tid;
}

#endif
