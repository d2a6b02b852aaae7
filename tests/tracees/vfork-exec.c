/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* vfork and posix_spawn: the parent sleeps in the kernel until the child has its own program. */

#include <spawn.h>

#include "tracee.h"

static pid_t start_by_vfork(char *args[])
{
	pid_t child = vfork();

	if (child == 0) {
		(void)execv("/proc/self/exe", args);
		_exit(127);
	}
	return child;
}

/* A vfork child may also end without exec, or wait a while before. */
static pid_t start_and_leave(int status)
{
	pid_t child = vfork();

	if (child == 0) {
		(void)usleep(20000);
		_exit(status);
	}
	return child;
}

int main(int argc, char *argv[])
{
	int sum = 0;

	if (argc > 1)
		return atoi(argv[1]);
	for (int i = 0; i < 20; i++) {
		char number[16];
		char *args[] = { argv[0], number, NULL };
		pid_t child;

		(void)snprintf(number, sizeof(number), "%d", i);
		if (i % 2 == 0)
			child = MUST(start_by_vfork(args));
		else if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, args, environ) != 0)
			return 99;
		sum += WEXITSTATUS(tracee_wait(child, 0));
	}
	SAY("sum of 20: %d\n", sum);
	for (int i = 0; i < 3; i++)
		tracee_say_status("child", tracee_wait(MUST(start_and_leave(i)), 0));
	return 0;
}
