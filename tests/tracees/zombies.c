/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Children that are long dead before anyone asks; and ones that nobody has to ask for. */

#include "tracee.h"

int main(void)
{
	pid_t children[20];
	int ready = 0;

	for (int i = 0; i < 20; i++) {
		children[i] = MUST(fork());
		if (children[i] == 0)
			_exit(i);
	}
	tracee_sleep_ms(100);
	for (int i = 0; i < 20; i++) {
		siginfo_t info = { 0 };

		MUST(waitid(P_PID, (id_t)children[i], &info, WEXITED | WNOHANG | WNOWAIT));
		ready += info.si_pid == children[i];
	}
	SAY("waiting to be asked for: %d\n", ready);
	for (int i = 19; i >= 0; i--) {
		int status = tracee_wait(children[i], 0);

		SAY("%d ", WEXITSTATUS(status));
	}
	SAY("\n");
	(void)signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < 5; i++)
		if (MUST(fork()) == 0)
			_exit(0);
	SAY("ignored: %s\n", tracee_result(wait(NULL)));
	return 0;
}
