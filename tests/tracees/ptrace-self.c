/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Asks to be traced by its parent: a process has but one tracer, so this differs under ours. */

#include <sys/ptrace.h>

#include "tracee.h"

int main(void)
{
	pid_t child = MUST(fork());

	if (child == 0) {
		SAY("TRACEME: %s\n", tracee_result(ptrace(PTRACE_TRACEME, 0, NULL, NULL)));
		_exit(0);
	}
	tracee_say_status("child", tracee_wait(child, 0));
	return 0;
}
