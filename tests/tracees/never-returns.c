/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls that do not come back to where they were made: nothing may wait for their end. */

#include <pthread.h>

#include "tracee.h"

static void note(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
}

static void *leave(void *arg)
{
	(void)syscall(SYS_exit, 0);
	return arg;
}

int main(int argc, char *argv[])
{
	char program[] = "self", again[] = "again";
	char *args[] = { program, again, NULL };
	pthread_t thread;
	pid_t child;

	(void)argv;
	if (argc > 1) {
		SAY("execve went through\n");
		(void)syscall(SYS_exit_group, 6);
	}
	/* rt_sigreturn: what is in the register at its exit is no result. */
	tracee_handle(SIGUSR1, note, 0);
	for (int i = 0; i < 100; i++)
		MUST(raise(SIGUSR1));
	SAY("back from 100 handlers\n");
	(void)pthread_create(&thread, NULL, leave, NULL);
	(void)pthread_join(thread, NULL);
	SAY("thread left by exit\n");
	child = vfork();
	if (child == 0)
		_exit(1);
	tracee_say_status("vfork child", tracee_wait(child, 0));
	SAY("failed execve: %s\n", tracee_result(execv("/nonexistent/program", args)));
	(void)execv("/proc/self/exe", args);
	return 99;
}
