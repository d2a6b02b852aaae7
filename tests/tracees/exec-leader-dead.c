/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* exec from a thread after the leader has already ended, ten times over. */

#include <pthread.h>

#include "tracee.h"

static char next[16], pid_text[16], program[4096];

static void *exec_later(void *arg)
{
	char *args[] = { program, next, pid_text, NULL };

	(void)arg;
	/* Long enough for the leader to be a zombie. */
	tracee_sleep_ms(20);
	(void)execv(program, args);
	tracee_fail(__FILE__, __LINE__, "execv");
	return NULL;
}

int main(int argc, char *argv[])
{
	int left = argc > 1 ? atoi(argv[1]) : 10;
	pthread_t thread;

	if (argc > 2)
		SAY("%d to go, %s process\n", left, atoi(argv[2]) == getpid() ? "same" : "other");
	if (left == 0)
		return 7;
	/* Once the leader is gone, /proc/self/exe says no more. */
	MUST(readlink("/proc/self/exe", program, sizeof(program) - 1));
	(void)snprintf(next, sizeof(next), "%d", left - 1);
	(void)snprintf(pid_text, sizeof(pid_text), "%d", getpid());
	(void)pthread_create(&thread, NULL, exec_later, NULL);
	(void)syscall(SYS_exit, 0);
	return 99;
}
