/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A child made with CLONE_UNTRACED, which asks that no tracer follow it. */

#include <sched.h>

#include "tracee.h"

int main(void)
{
	pid_t child =
		(pid_t)MUST(syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, NULL, NULL, NULL, 0));

	if (child == 0) {
		(void)getpgid(0);
		_exit(11);
	}
	tracee_say_status("child", tracee_wait(child, 0));
	return 0;
}
