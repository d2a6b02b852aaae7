/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Stands in for a daemon: says that it is ready, waits for signals, says which came, and ends with
 * status 0 at the first of SIGTERM, SIGINT and SIGHUP, after a shutdown with a call of its own.
 * "stubborn" lets it go on instead, and "child" has it fork a worker that leaves the session.
 */

#include "tracee.h"

static volatile sig_atomic_t last, count;

static void note(int sig, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	last = sig;
	count++;
}

static void serve(const char *who, int stubborn)
{
	sigset_t set, old;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	MUST(sigprocmask(SIG_BLOCK, &set, &old));
	tracee_handle(SIGTERM, note, 0);
	tracee_handle(SIGINT, note, 0);
	tracee_handle(SIGHUP, note, 0);
	SAY("%s: ready\n", who);
	for (;;) {
		(void)sigsuspend(&old);
		SAY("%s: SIG%s\n", who, sigabbrev_np(last));
		if (!stubborn)
			break;
	}
	/* A signal that was sent twice has time to arrive. */
	MUST(sigprocmask(SIG_SETMASK, &old, NULL));
	tracee_sleep_ms(200);
	(void)getpgid(0);
	SAY("%s: %d in all, done\n", who, (int)count);
}

int main(int argc, char *argv[])
{
	int stubborn = argc > 1 && strcmp(argv[1], "stubborn") == 0;

	if (argc > 1 && strcmp(argv[1], "child") == 0 && MUST(fork()) == 0) {
		MUST(setsid());
		serve("worker", 0);
		return 0;
	}
	serve("server", stubborn);
	return 0;
}
