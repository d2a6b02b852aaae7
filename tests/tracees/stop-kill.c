/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* SIGKILL ends a stopped process of several threads; so does SIGTERM with SIGCONT after it. */

#include <pthread.h>

#include "tracee.h"

static void *rest(void *arg)
{
	for (;;)
		(void)pause();
	return arg;
}

static pid_t start(void)
{
	pid_t child = MUST(fork());
	pthread_t thread;

	if (child > 0)
		return child;
	for (int i = 0; i < 3; i++)
		(void)pthread_create(&thread, NULL, rest, NULL);
	MUST(raise(SIGSTOP));
	(void)rest(NULL);
	return 0;
}

int main(void)
{
	for (int i = 0; i < 10; i++) {
		pid_t child = start();

		tracee_say_status("child", tracee_wait(child, WUNTRACED));
		if (i % 2 == 0) {
			MUST(kill(child, SIGKILL));
		} else {
			MUST(kill(child, SIGTERM));
			MUST(kill(child, SIGCONT));
		}
		tracee_say_status("child", tracee_wait(child, 0));
	}
	return 0;
}
