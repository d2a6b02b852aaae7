/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The oldest seccomp mode: read, write, exit and sigreturn, and death for all else. */

#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "tracee.h"

static void enter_and(long nr)
{
	pid_t child = MUST(fork());

	if (child == 0) {
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0) < 0)
			(void)syscall(SYS_exit, 98);
		(void)syscall(SYS_write, 1, "inside\n", 7);
		(void)syscall(nr, 3);
	}
	tracee_say_status("child", tracee_wait(child, 0));
}

int main(void)
{
	enter_and(SYS_exit);
	enter_and(SYS_getpid);
	return 0;
}
