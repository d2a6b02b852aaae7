/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Workers that are killed in the midst of system calls: any request to them may find them gone. */

#include <pthread.h>

#include "tracee.h"

static void *work(void *arg)
{
	for (;;)
		(void)getppid();
	return arg;
}

int main(void)
{
	int killed = 0;

	for (int i = 0; i < 40; i++) {
		pid_t child = MUST(fork());
		pthread_t thread;
		int status;

		if (child == 0) {
			for (int j = 0; j < i % 4; j++)
				(void)pthread_create(&thread, NULL, work, NULL);
			(void)work(NULL);
		}
		(void)usleep((unsigned)(i % 8) * 700);
		MUST(kill(child, SIGKILL));
		status = tracee_wait(child, 0);
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	SAY("killed: %d\n", killed);
	return 0;
}
