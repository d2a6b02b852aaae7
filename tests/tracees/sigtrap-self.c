/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* SIGTRAPs of the program's own: a tracer must not take them for its stops. */

#include "tracee.h"

static volatile sig_atomic_t count;

static void note(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	count++;
	SAY("SIGTRAP code %d value %d\n", info->si_code,
	    info->si_code == SI_QUEUE ? info->si_value.sival_int : 0);
}

int main(void)
{
	sigset_t set;

	tracee_handle(SIGTRAP, note, 0);
	MUST(raise(SIGTRAP));
	MUST(kill(getpid(), SIGTRAP));
	MUST(sigqueue(getpid(), SIGTRAP, (union sigval){ .sival_int = 42 }));
#ifdef __x86_64__
	__asm__ volatile("int3");
#endif
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTRAP);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	MUST(raise(SIGTRAP));
	SAY("blocked: %d so far\n", (int)count);
	MUST(sigprocmask(SIG_UNBLOCK, &set, NULL));
	(void)signal(SIGTRAP, SIG_IGN);
	MUST(raise(SIGTRAP));
	SAY("%d in all\n", (int)count);
	return 0;
}
