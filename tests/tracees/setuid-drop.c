/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Becomes nobody; the tracer must go on, and the children must be followed. */

#include <fcntl.h>
#include <grp.h>

#include "tracee.h"

int main(void)
{
	pid_t child;

	if (geteuid() == 0) {
		MUST(setgroups(0, NULL));
		MUST(setresgid(65534, 65534, 65534));
		MUST(setresuid(65534, 65534, 65534));
	}
	SAY("user: %s\n", geteuid() == 0 ? "root" : "not root");
	SAY("shadow: %s\n", tracee_result(open("/etc/shadow", O_RDONLY | O_CLOEXEC)));
	child = MUST(fork());
	if (child == 0) {
		(void)getpgid(0);
		_exit(2);
	}
	tracee_say_status("child", tracee_wait(child, 0));
	return 0;
}
