/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* clone3 by hand: as fork, with a descriptor for the child; as vfork; and one that shares the
 * parent. */

#include <linux/sched.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>

#include "tracee.h"

static pid_t start(uint64_t flags, int *pidfd)
{
	struct clone_args args = { .flags = flags, .pidfd = (uint64_t)(uintptr_t)pidfd };

	/* clone3(2) refuses both: the child of one's own parent tells as its maker does. */
	if (!(flags & CLONE_PARENT))
		args.exit_signal = SIGCHLD;

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int main(void)
{
	int pidfd = -1;
	siginfo_t info = { 0 };
	pid_t child = start(CLONE_PIDFD, &pidfd);

	if (child == -1) {
		SAY("clone3: %s\n", tracee_result(-1));
		return 0;
	}
	if (child == 0)
		_exit(21);
	MUST(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED));
	SAY("by pidfd: %s %d\n", info.si_pid == child ? "the child" : "another", info.si_status);

	child = start(CLONE_VFORK, NULL);
	if (child == 0)
		_exit(22);
	tracee_say_status("as vfork", tracee_wait(child, 0));

	/* The grandchild is this process's own child by CLONE_PARENT. */
	child = start(0, NULL);
	if (child == 0) {
		if (start(CLONE_PARENT, NULL) == 0) {
			tracee_sleep_ms(50);
			_exit(24);
		}
		_exit(23);
	}
	tracee_say_status("first", tracee_wait(child, 0));
	/* WNOWAIT: it is only asked who it is. */
	MUST(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT));
	tracee_say_status("second", tracee_wait(info.si_pid, 0));
	return 0;
}
