/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A process that stops itself stays stopped until its parent continues it. */

#include "tracee.h"

int main(void)
{
	pid_t child = MUST(fork());

	if (child == 0) {
		for (int i = 0; i < 3; i++) {
			MUST(raise(SIGSTOP));
			SAY("child: running again\n");
		}
		_exit(4);
	}
	for (int i = 0; i < 3; i++) {
		tracee_say_status("child", tracee_wait(child, WUNTRACED));
		tracee_sleep_ms(20);
		SAY("child: %s\n", waitpid(child, NULL, WNOHANG) == 0 ? "rests" : "does not rest");
		MUST(kill(child, SIGCONT));
	}
	tracee_say_status("child", tracee_wait(child, 0));
	return 0;
}
