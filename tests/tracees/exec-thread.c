/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * exec from a thread that is not the leader: the kernel ends the others and gives the caller the
 * leader's id. With a number, that many times, among threads that are busy.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "tracee.h"

static char next[16], pid_text[16], program[] = "self";
static atomic_int busy_threads;

static void *busy(void *arg)
{
	(void)atomic_fetch_add(&busy_threads, 1);
	for (;;)
		(void)getppid();
	return arg;
}

static void *exec_now(void *arg)
{
	char *args[] = { program, next, pid_text, NULL };

	(void)arg;
	while (atomic_load(&busy_threads) < 4)
		(void)usleep(100);
	(void)execv("/proc/self/exe", args);
	tracee_fail(__FILE__, __LINE__, "execv");
	return NULL;
}

int main(int argc, char *argv[])
{
	int left = argc > 1 ? atoi(argv[1]) : 1;
	pthread_t thread;

	if (argc > 2)
		SAY("%d to go, %s process, %s\n", left,
		    atoi(argv[2]) == getpid() ? "same" : "other",
		    gettid() == getpid() ? "as leader" : "not as leader");
	if (left == 0)
		return 6;
	(void)snprintf(next, sizeof(next), "%d", left - 1);
	(void)snprintf(pid_text, sizeof(pid_text), "%d", getpid());
	for (int i = 0; i < 4; i++)
		(void)pthread_create(&thread, NULL, busy, NULL);
	(void)pthread_create(&thread, NULL, exec_now, NULL);
	for (;;)
		(void)pause();
}
