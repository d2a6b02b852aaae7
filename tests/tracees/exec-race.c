/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Who execs first? "threads": several at once, one of which wins. "clone": siblings make threads
 * and processes all the while. "leader": the leader ends at the same moment. "busy": the leader
 * makes calls to its end. "mixed": processes that do all of it beside each other. Each goes through
 * N programs and ends with its own status.
 */

#include <pthread.h>
#include <sched.h>

#include "tracee.h"

static char mode[16], next[16], pid_text[16], program[4096];
static pthread_barrier_t gate;

static void exec_next(void)
{
	char *args[] = { program, mode, next, pid_text, NULL };

	(void)execv(program, args);
	tracee_fail(__FILE__, __LINE__, "execv");
}

static void *exec_at_once(void *arg)
{
	(void)pthread_barrier_wait(&gate);
	exec_next();
	return arg;
}

static void *breed(void *arg)
{
	pthread_attr_t detached;
	pthread_t thread;

	(void)pthread_attr_init(&detached);
	(void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < 200; i++) {
		/* A process that is being made when its maker ends lives on. */
		if (arg && i % 4 == 0 && fork() == 0)
			_exit(0);
		if (pthread_create(&thread, &detached, breed, arg) != 0)
			(void)sched_yield();
	}
	for (;;)
		(void)getppid();
	return arg;
}

static void *exec_soon(void *arg)
{
	(void)usleep(3000);
	exec_next();
	return arg;
}

static void step(void)
{
	pthread_t thread;

	(void)pthread_barrier_init(&gate, NULL, 4);
	if (strcmp(mode, "threads") == 0) {
		for (int i = 0; i < 3; i++)
			(void)pthread_create(&thread, NULL, exec_at_once, NULL);
		(void)exec_at_once(NULL);
	} else if (strcmp(mode, "clone") == 0) {
		(void)pthread_create(&thread, NULL, exec_soon, NULL);
		(void)breed(mode);
	} else if (strcmp(mode, "busy") == 0) {
		/* The id that the new program gets is that of a task in the midst of calls. */
		(void)pthread_create(&thread, NULL, exec_soon, NULL);
		for (;;)
			(void)getppid();
	} else {
		for (int i = 0; i < 3; i++)
			(void)pthread_create(&thread, NULL, exec_at_once, NULL);
		(void)pthread_barrier_wait(&gate);
		(void)syscall(SYS_exit, 0);
	}
}

/* Beside each other, and each with a status of its own. */
static int mixed(int n)
{
	static const char *const modes[] = { "threads", "leader", "busy", "busy" };
	enum { BESIDES = sizeof(modes) / sizeof(modes[0]) };
	pid_t children[BESIDES];

	for (int i = 0; i < BESIDES; i++) {
		children[i] = MUST(fork());
		if (children[i] == 0) {
			(void)strcpy(mode, modes[i]);
			(void)snprintf(next, sizeof(next), "%d", n);
			(void)snprintf(pid_text, sizeof(pid_text), "%d", getpid());
			exec_next();
		}
	}
	for (int i = 0; i < BESIDES; i++)
		tracee_say_status(modes[i], tracee_wait(children[i], 0));
	return 8;
}

int main(int argc, char *argv[])
{
	int left = argc > 2 ? atoi(argv[2]) : 10;

	if (argc > 3 && (atoi(argv[3]) != getpid() || gettid() != getpid()))
		return 97;
	(void)strncpy(mode, argc > 1 ? argv[1] : "threads", sizeof(mode) - 1);
	MUST(readlink("/proc/self/exe", program, sizeof(program) - 1));
	if (strcmp(mode, "mixed") == 0)
		return mixed(left);
	if (left == 0) {
		/* What the last program makes alone. */
		(void)getpgid(0);
		return 7;
	}
	(void)snprintf(next, sizeof(next), "%d", left - 1);
	(void)snprintf(pid_text, sizeof(pid_text), "%d", getpid());
	step();
	for (;;)
		(void)pause();
}
