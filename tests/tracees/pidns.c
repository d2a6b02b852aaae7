/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A process id namespace: its ids are not the tracer's, and its init takes all with it. */

#include <sched.h>

#include "tracee.h"

int main(void)
{
	pid_t child;
	int fds[2], ready[2];
	char c;

	if (unshare(CLONE_NEWPID) < 0) {
		SAY("unshare: %s\n", tracee_result(-1));
		return 0;
	}
	MUST(pipe(fds));
	MUST(pipe(ready));
	child = MUST(fork());
	if (child == 0) {
		SAY("inside: %d\n", getpid());
		for (int i = 0; i < 3; i++) {
			pid_t below = MUST(fork());

			if (below == 0) {
				(void)close(fds[0]);
				(void)getsid(0);
				MUST(write(ready[1], "", 1));
				for (;;)
					(void)pause();
			}
			SAY("below: %d\n", below);
			MUST(read(ready[0], &c, 1));
		}
		_exit(9);
	}
	(void)close(fds[1]);
	tracee_say_status("init", tracee_wait(child, 0));
	/* The others held the pipe's other end: its end is theirs. */
	SAY("rest: %zd\n", read(fds[0], &c, 1));
	return 0;
}
