/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A sleep that SIGSTOP and SIGCONT interrupt goes on by restart_syscall, and lasts as long as was
 * asked.
 */

#include <poll.h>

#include "tracee.h"

static void stop_and_go(const char *who, pid_t child)
{
	for (int i = 0; i < 2; i++) {
		tracee_sleep_ms(150);
		MUST(kill(child, SIGSTOP));
		tracee_say_status(who, tracee_wait(child, WUNTRACED));
		MUST(kill(child, SIGCONT));
	}
	tracee_say_status(who, tracee_wait(child, 0));
}

static void report(const char *what, long result, long since)
{
	SAY("%s: %s, %s\n", what, tracee_result(result),
	    tracee_now_ms() - since >= 600 ? "whole time" : "too short");
	_exit(0);
}

int main(void)
{
	const struct timespec long_time = { .tv_nsec = 600000000 };
	long start = tracee_now_ms();
	pid_t child;

	child = MUST(fork());
	if (child == 0)
		report("nanosleep", syscall(SYS_nanosleep, &long_time, NULL), start);
	stop_and_go("sleeper", child);

	start = tracee_now_ms();
	child = MUST(fork());
	if (child == 0)
		report("poll", poll(NULL, 0, 600), start);
	stop_and_go("poller", child);
	return 0;
}
