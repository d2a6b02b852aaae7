/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The leader ends first; the process lives on in a thread, and its status is the thread's. */

#include <pthread.h>

#include "tracee.h"

static void *live_on(void *arg)
{
	tracee_sleep_ms(100);
	SAY("thread: still here\n");
	(void)getpgid(0);
	_exit(7);
	return arg;
}

int main(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, live_on, NULL) != 0)
		return 99;
	SAY("leader: gone\n");
	(void)syscall(SYS_exit, 3);
	return 99;
}
