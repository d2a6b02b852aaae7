/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/underway.h"

#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>

#ifdef __x86_64__

bool sp_call_under_way(pid_t tid, uint32_t *ret_arch, uint64_t *ret_nr)
{
	struct __ptrace_syscall_info info;
	long nr;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) <= 0 ||
	    info.op == PTRACE_SYSCALL_INFO_ENTRY || info.op == PTRACE_SYSCALL_INFO_SECCOMP)
		return false;
	errno = 0;
	nr = ptrace(PTRACE_PEEKUSER, tid, offsetof(struct user, regs.orig_rax), 0);
	/* -1: it was stopped between two instructions of its own. */
	if (errno || nr < 0)
		return false;
	*ret_arch = info.arch;
	*ret_nr = (uint64_t)nr;
	return true;
}

#else

bool sp_call_under_way(pid_t tid, uint32_t *ret_arch, uint64_t *ret_nr)
{
	(void)tid, (void)ret_arch, (void)ret_nr;
	return false;
}

#endif
