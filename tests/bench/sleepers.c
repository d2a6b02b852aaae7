/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sleepers one|turns N SECONDS: N threads that nearly all sleep.
 *
 * one: the main thread calls getppid, the others sleep all the time. turns: a thread calls getppid,
 * wakes the next and sleeps until it is its turn again: three calls a turn. Operations are calls.
 */
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "meter.h"

enum { CALLS_A_TURN = 3, TURNS_A_LOOK = 16, STACK_SIZE = 64 * 1024 };

static size_t threads;
static double seconds;
/* One a thread: 1 while it is its turn. */
static atomic_uint *turns;
static atomic_size_t asleep;

/* Only whoever has the turn touches these. */
static double warm_end, start;
static unsigned long taken;

static void sleep_until_turn(size_t self)
{
	while (!atomic_load(&turns[self]))
		syscall(SYS_futex, &turns[self], FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	atomic_store(&turns[self], 0);
}

static void give_turn(size_t to)
{
	atomic_store(&turns[to], 1);
	syscall(SYS_futex, &turns[to], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void look_at_clock(void)
{
	double now = meter_now();

	if (start > 0 && now >= start + seconds) {
		meter_end(taken * CALLS_A_TURN, start);
		_exit(0);
	}
	if (!(start > 0) && now >= warm_end) {
		start = meter_begin();
		taken = 0;
	}
}

static int take_turns(size_t self)
{
	for (;;) {
		sleep_until_turn(self);
		syscall(SYS_getppid);
		if (++taken % TURNS_A_LOOK == 0)
			look_at_clock();
		give_turn((self + 1) % threads);
	}
	return 0;
}

static int fall_asleep(void *self)
{
	atomic_fetch_add(&asleep, 1);
	return take_turns((size_t)self);
}

/* One call a thread: below a tracer, ten thousand that the C library makes take most of a minute.
 * They share the main thread's storage, errno with it, and no two of them are awake at once to
 * mind.
 */
static void start_sleepers(void)
{
	const int flags =
		CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
	char *stacks = mmap(NULL, threads * STACK_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (stacks == MAP_FAILED)
		meter_die("mmap");
	for (size_t i = 1; i < threads; i++)
		if (clone(fall_asleep, stacks + i * STACK_SIZE, flags, (void *)i) < 0)
			meter_die("clone");
	while (atomic_load(&asleep) < threads - 1)
		usleep(1000);
	/* The last of them is on its way into the kernel. */
	usleep(20000);
}

static unsigned long call_until(double end)
{
	unsigned long done = 0;

	do {
		for (int i = 0; i < 64; i++)
			syscall(SYS_getppid);
		done += 64;
	} while (meter_now() < end);
	return done;
}

int main(int argc, char **argv)
{
	bool one = argc == 4 && !strcmp(argv[1], "one");

	threads = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	if (threads < 1 || threads > 100000 || (!one && strcmp(argv[1], "turns") != 0))
		return 2;
	seconds = meter_seconds(argv[3]);
	turns = calloc(threads, sizeof(*turns));
	if (!turns)
		meter_die("calloc");
	start_sleepers();
	warm_end = meter_now() + meter_warmup(seconds);
	if (!one) {
		atomic_store(&turns[0], 1);
		take_turns(0);
	}
	call_until(warm_end);
	start = meter_begin();
	meter_end(call_until(start + seconds), start);
	_exit(0);
}
