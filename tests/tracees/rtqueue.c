/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Queued signals arrive in order, each with its value, code and sender. */

#include "tracee.h"

static volatile sig_atomic_t n_seen;
static siginfo_t seen[32];

static void note(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	if (n_seen < 32)
		seen[n_seen++] = *info;
}

int main(void)
{
	pid_t self = getpid(), child;
	sigset_t set;

	(void)sigemptyset(&set);
	for (int i = 1; i <= 3; i++) {
		tracee_handle(SIGRTMIN + i, note, 0);
		(void)sigaddset(&set, SIGRTMIN + i);
	}
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	for (int i = 0; i < 6; i++)
		MUST(sigqueue(self, SIGRTMIN + 1 + i % 2, (union sigval){ .sival_int = 100 + i }));
	child = MUST(fork());
	if (child == 0) {
		for (int i = 0; i < 6; i++)
			MUST(sigqueue(self, SIGRTMIN + 3, (union sigval){ .sival_int = 200 + i }));
		_exit(0);
	}
	tracee_say_status("child", tracee_wait(child, 0));
	MUST(sigprocmask(SIG_UNBLOCK, &set, NULL));

	/* All were pending at once: the kernel stacks the frames, so the last one ran first. */
	for (int i = 0; i < n_seen; i++)
		SAY("RTMIN+%d code %s value %d from %s\n", seen[i].si_signo - SIGRTMIN,
		    seen[i].si_code == SI_QUEUE ? "SI_QUEUE" : "other", seen[i].si_value.sival_int,
		    seen[i].si_pid == self    ? "self"
		    : seen[i].si_pid == child ? "child"
					      : "nobody");
	return 0;
}
