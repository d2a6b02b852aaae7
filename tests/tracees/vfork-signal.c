/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Signals around vfork: the parent, asleep in the kernel, takes its own only afterwards; the child
 * may be killed, or stopped and continued, before it has a program of its own.
 */

#include <sys/time.h>

#include "tracee.h"

static volatile sig_atomic_t count;

static void note(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	count++;
}

static void pending_parent(void)
{
	pid_t parent = getpid(), child = vfork();

	if (child == 0) {
		for (int i = 0; i < 5; i++)
			(void)sigqueue(parent, SIGRTMIN, (union sigval){ .sival_int = i });
		(void)usleep(20000);
		_exit(count == 0 ? 1 : 2);
	}
	SAY("after vfork: %d\n", (int)count);
	tracee_say_status("child", tracee_wait(child, 0));
}

static void killed_child(int sig)
{
	pid_t child = vfork();

	if (child == 0) {
		(void)kill(getpid(), sig);
		_exit(3);
	}
	tracee_say_status("child", tracee_wait(child, 0));
}

/* A helper outside continues the child: its parent cannot. */
static void stopped_child(void)
{
	int fds[2];
	pid_t helper, child;

	MUST(pipe(fds));
	helper = MUST(fork());
	if (helper == 0) {
		pid_t stopped;

		MUST(read(fds[0], &stopped, sizeof(stopped)));
		tracee_sleep_ms(100);
		_exit(kill(stopped, SIGCONT) == 0 ? 0 : 1);
	}
	child = vfork();
	if (child == 0) {
		pid_t self = getpid();

		(void)!write(fds[1], &self, sizeof(self));
		(void)kill(self, SIGSTOP);
		_exit(4);
	}
	tracee_say_status("stopped child", tracee_wait(child, 0));
	tracee_say_status("helper", tracee_wait(helper, 0));
}

static pid_t start(char *args[])
{
	pid_t child = vfork();

	if (child == 0) {
		(void)execv("/proc/self/exe", args);
		_exit(127);
	}
	return child;
}

/* An interval timer goes on ticking while many are made. */
static void ticking(char *self)
{
	struct itimerval every = { { .tv_usec = 2000 }, { .tv_usec = 2000 } }, off = { 0 };
	char again[] = "again", *args[] = { self, again, NULL };
	int good = 0;

	tracee_handle(SIGALRM, note, SA_RESTART);
	MUST(setitimer(ITIMER_REAL, &every, NULL));
	for (int i = 0; i < 30; i++)
		good += tracee_wait(start(args), 0) == 5 << 8;
	MUST(setitimer(ITIMER_REAL, &off, NULL));
	SAY("good: %d\n", good);
}

int main(int argc, char *argv[])
{
	if (argc > 1)
		return 5;
	tracee_handle(SIGRTMIN, note, SA_RESTART);
	pending_parent();
	killed_child(SIGKILL);
	killed_child(SIGTERM);
	stopped_child();
	ticking(argv[0]);
	return 0;
}
