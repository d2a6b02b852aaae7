/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A thread ends the whole process while its siblings are blocked, busy, or being born. */

#include <pthread.h>

#include "tracee.h"

static void *block(void *arg)
{
	(void)pause();
	return arg;
}

static void *spin(void *arg)
{
	for (;;)
		(void)getppid();
	return arg;
}

static void *breed(void *arg)
{
	pthread_t thread;

	for (;;)
		if (pthread_create(&thread, NULL, block, NULL) != 0)
			break;
	return arg;
}

static void *finish(void *arg)
{
	tracee_sleep_ms(20);
	_exit(5);
	return arg;
}

int main(void)
{
	for (int i = 0; i < 5; i++) {
		pid_t child = MUST(fork());
		pthread_t thread;

		if (child == 0) {
			(void)pthread_create(&thread, NULL, finish, NULL);
			(void)pthread_create(&thread, NULL, spin, NULL);
			(void)pthread_create(&thread, NULL, breed, NULL);
			(void)block(NULL);
		}
		tracee_say_status("child", tracee_wait(child, 0));
	}
	return 0;
}
