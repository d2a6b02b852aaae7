/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Dies by the signal whose name (without SIG) is given, with its default action. */

#include <sys/mman.h>
#include <sys/resource.h>

#include "tracee.h"

int main(int argc, char *argv[])
{
	struct rlimit none = { 0 };
	sigset_t set;
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		if (argc > 1 && sigabbrev_np(sig) && strcmp(sigabbrev_np(sig), argv[1]) == 0)
			break;
	if (sig == NSIG) {
		(void)fprintf(stderr, "usage: die NAME\n");
		return 98;
	}
	MUST(setrlimit(RLIMIT_CORE, &none));
	(void)sigemptyset(&set);
	(void)sigaddset(&set, sig);
	MUST(sigprocmask(SIG_UNBLOCK, &set, NULL));
	(void)signal(sig, SIG_DFL);
	SAY("dying by %s\n", argv[1]);
	if (sig == SIGSEGV) {
		char *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		/* By the hardware: such a signal is not sent, it is forced. */
		*(volatile char *)nowhere = 1;
	}
	MUST(raise(sig));
	SAY("still here\n");
	return 0;
}
