/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Not dumpable: /proc of the process is root's, and new tracers are refused; ours is not new. */

#include <sys/prctl.h>

#include "tracee.h"

int main(int argc, char *argv[])
{
	char program[] = "self", again[] = "again";
	char *args[] = { program, again, NULL };
	pid_t child;

	(void)argv;
	SAY("dumpable: %d\n", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	if (argc > 1)
		return 3;
	MUST(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
	child = MUST(fork());
	if (child == 0) {
		SAY("child: %d\n", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
		(void)getpgid(0);
		(void)execv("/proc/self/exe", args);
		_exit(127);
	}
	tracee_say_status("child", tracee_wait(child, 0));
	return 0;
}
