/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writing into a pipe that nobody reads: death by SIGPIPE, or EPIPE where it is ignored. */

#include "tracee.h"

int main(void)
{
	int fds[2];

	MUST(pipe(fds));
	(void)close(fds[0]);
	for (int ignore = 0; ignore < 2; ignore++) {
		pid_t child = MUST(fork());

		if (child == 0) {
			(void)signal(SIGPIPE, ignore ? SIG_IGN : SIG_DFL);
			SAY("write: %s\n", tracee_result(write(fds[1], "x", 1)));
			_exit(0);
		}
		tracee_say_status("child", tracee_wait(child, 0));
	}
	return 0;
}
