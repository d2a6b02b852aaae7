/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* 1,000 short threads, 20 at a time. */

#include <pthread.h>

#include "tracee.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long count;

static void *work(void *arg)
{
	(void)getppid();
	(void)pthread_mutex_lock(&mutex);
	count++;
	(void)pthread_mutex_unlock(&mutex);
	return arg;
}

int main(void)
{
	for (int round = 0; round < 50; round++) {
		pthread_t threads[20];

		for (int i = 0; i < 20; i++)
			if (pthread_create(&threads[i], NULL, work, NULL) != 0)
				return 99;
		for (int i = 0; i < 20; i++)
			(void)pthread_join(threads[i], NULL);
	}
	SAY("threads: %ld\n", count);
	return 0;
}
