/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * N threads that live at once. With a second argument, all rest until a line comes on stdin, so
 * that somebody may look at them meanwhile. Each makes a call, and what they made is counted.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "tracee.h"

static atomic_long born, done;
static pthread_barrier_t gate;

static void *live(void *arg)
{
	(void)arg;
	(void)getppid();
	(void)atomic_fetch_add(&born, 1);
	(void)pthread_barrier_wait(&gate);
	(void)atomic_fetch_add(&done, 1);
	return NULL;
}

int main(int argc, char *argv[])
{
	long n = argc > 1 ? atol(argv[1]) : 100;
	pthread_t *threads = calloc((size_t)n, sizeof(*threads));
	pthread_attr_t attr;
	char c;

	if (!threads || pthread_barrier_init(&gate, NULL, (unsigned)n + 1) != 0)
		return 99;
	/* Small stacks: 10,000 of the usual size are more address space than some limits allow. */
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, 65536);
	for (long i = 0; i < n; i++)
		if (pthread_create(&threads[i], &attr, live, NULL) != 0) {
			SAY("pthread_create: %ld are too many\n", i);
			return 98;
		}
	while (atomic_load(&born) < n)
		tracee_sleep_ms(1);
	SAY("alive: %ld\n", n);
	if (argc > 2)
		MUST(read(STDIN_FILENO, &c, 1));
	(void)pthread_barrier_wait(&gate);
	for (long i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
	SAY("done: %ld\n", atomic_load(&done));
	return 0;
}
