/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* busy-threads N SECONDS: N threads, the main one among them, that call getppid all the time. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "meter.h"

enum { MAX_THREADS = 64, BATCH = 16 };

/* One cache line each: the count of one thread must not slow another. */
static struct {
	_Alignas(64) atomic_ulong done;
} counts[MAX_THREADS];

static void work(size_t self)
{
	for (int i = 0; i < BATCH; i++)
		syscall(SYS_getppid);
	atomic_fetch_add_explicit(&counts[self].done, BATCH, memory_order_relaxed);
}

static void *work_on(void *self)
{
	for (;;)
		work((size_t)self);
	return NULL;
}

static unsigned long all_done(void)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < MAX_THREADS; i++)
		sum += atomic_load_explicit(&counts[i].done, memory_order_relaxed);
	return sum;
}

static void work_until(double end)
{
	do
		work(0);
	while (meter_now() < end);
}

int main(int argc, char **argv)
{
	size_t threads = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long before;
	double seconds, start;

	if (threads < 1 || threads > MAX_THREADS)
		return 2;
	seconds = meter_seconds(argv[2]);
	for (size_t i = 1; i < threads; i++) {
		pthread_t thread;

		errno = pthread_create(&thread, NULL, work_on, (void *)i);
		if (errno)
			meter_die("pthread_create");
	}
	work_until(meter_now() + meter_warmup(seconds));
	start = meter_begin();
	before = all_done();
	work_until(start + seconds);
	meter_end(all_done() - before, start);
	/* Takes the other threads along. */
	_exit(0);
}
