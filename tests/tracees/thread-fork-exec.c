/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Four threads, each of which starts programs and waits for its own ones. */

#include <pthread.h>

#include "tracee.h"

static void *start_many(void *arg)
{
	long sum = 0;

	for (int i = 0; i < 15; i++) {
		char number[16];
		char *args[] = { (char *)"self", number, NULL };
		pid_t child;

		(void)snprintf(number, sizeof(number), "%d", i);
		child = MUST(fork());
		if (child == 0) {
			(void)execv("/proc/self/exe", args);
			_exit(127);
		}
		sum += WEXITSTATUS(tracee_wait(child, 0));
	}
	*(long *)arg = sum;
	return NULL;
}

int main(int argc, char *argv[])
{
	pthread_t threads[4];
	long sums[4];

	if (argc > 1)
		return atoi(argv[1]);
	for (int i = 0; i < 4; i++)
		(void)pthread_create(&threads[i], NULL, start_many, &sums[i]);
	for (int i = 0; i < 4; i++) {
		(void)pthread_join(threads[i], NULL);
		SAY("thread %d: %ld\n", i, sums[i]);
	}
	return 0;
}
