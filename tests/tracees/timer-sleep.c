/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a handler does to sleepers: nanosleep and poll end with EINTR even under SA_RESTART. */

#include <poll.h>
#include <sys/time.h>

#include "tracee.h"

static volatile sig_atomic_t ticks;

static void tick(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	ticks++;
}

static void arm(void)
{
	struct itimerval timer = { .it_value.tv_usec = 50000 };

	MUST(setitimer(ITIMER_REAL, &timer, NULL));
}

int main(void)
{
	struct timespec asked = { .tv_sec = 5 }, left = { 0 };

	tracee_handle(SIGALRM, tick, SA_RESTART);
	arm();
	SAY("nanosleep: %s", tracee_result(nanosleep(&asked, &left)));
	SAY(", %s\n", left.tv_sec > 0 ? "rest told" : "no rest");
	arm();
	SAY("poll: %s\n", tracee_result(poll(NULL, 0, 5000)));
	arm();
	SAY("pause: %s\n", tracee_result(pause()));
	SAY("ticks: %d\n", (int)ticks);
	return 0;
}
