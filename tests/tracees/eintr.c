/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* read(2) on an empty pipe: EINTR without SA_RESTART, a hidden restart with it. */

#include <sys/time.h>

#include "tracee.h"

static int fds[2];

static void tick(int sig, siginfo_t *info, void *context)
{
	static int n;

	(void)sig;
	(void)info;
	(void)context;
	/* The third tick brings what the reader waits for. */
	if (++n % 3 == 0)
		(void)!write(fds[1], "x", 1);
}

int main(void)
{
	struct itimerval every = { { .tv_usec = 40000 }, { .tv_usec = 40000 } }, off = { 0 };
	char c;

	MUST(pipe(fds));
	tracee_handle(SIGALRM, tick, 0);
	MUST(setitimer(ITIMER_REAL, &every, NULL));
	for (int i = 0; i < 4; i++)
		SAY("without: %s\n", tracee_result(read(fds[0], &c, 1)));
	MUST(setitimer(ITIMER_REAL, &off, NULL));
	tracee_handle(SIGALRM, tick, SA_RESTART);
	MUST(setitimer(ITIMER_REAL, &every, NULL));
	for (int i = 0; i < 2; i++)
		SAY("with: %s\n", tracee_result(read(fds[0], &c, 1)));
	return 0;
}
