/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The init of a process id namespace is killed while all below it are in the midst of calls. */

#include <pthread.h>
#include <sched.h>

#include "tracee.h"

static void *busy(void *arg)
{
	for (;;)
		(void)getppid();
	return arg;
}

static void be_init(int ready)
{
	for (int i = 0; i < 6; i++) {
		if (MUST(fork()) > 0)
			continue;
		for (int j = 0; j < 3; j++)
			(void)pthread_create(&(pthread_t){ 0 }, NULL, busy, NULL);
		MUST(write(ready, "", 1));
		(void)busy(NULL);
	}
	(void)close(ready);
	(void)busy(NULL);
}

/* One namespace a process: it may make but one for its children. */
static int kill_one(void)
{
	int fds[2];
	pid_t init;
	char c;

	MUST(pipe(fds));
	if (unshare(CLONE_NEWPID) < 0) {
		SAY("unshare: %s\n", tracee_result(-1));
		return 1;
	}
	init = MUST(fork());
	if (init == 0)
		be_init(fds[1]);
	(void)close(fds[1]);
	for (int i = 0; i < 6; i++)
		MUST(read(fds[0], &c, 1));
	MUST(kill(init, SIGKILL));
	tracee_say_status("init", tracee_wait(init, 0));
	/* Those below held the pipe's other end. */
	SAY("below: %zd\n", read(fds[0], &c, 1));
	return 0;
}

int main(void)
{
	for (int round = 0; round < 5; round++) {
		pid_t child = MUST(fork());

		if (child == 0)
			_exit(kill_one());
		tracee_say_status("round", tracee_wait(child, 0));
	}
	return 0;
}
