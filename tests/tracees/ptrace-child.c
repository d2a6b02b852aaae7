/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Traces its own child, as crash handlers do: refused under our tracer. */

#include <sys/ptrace.h>

#include "tracee.h"

int main(void)
{
	pid_t child = MUST(fork());
	long result;

	if (child == 0)
		for (;;)
			(void)pause();
	/* It comes to its rest, so that every run has the same calls. */
	tracee_sleep_ms(50);
	result = ptrace(PTRACE_SEIZE, child, NULL, NULL);
	SAY("SEIZE: %s\n", tracee_result(result));
	MUST(kill(child, SIGKILL));
	tracee_say_status("child", tracee_wait(child, 0));
	return 0;
}
