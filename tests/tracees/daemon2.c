/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Forks twice and leaves the session, as old daemons do. What is left outlives the first process:
 * it writes FILE after a moment. With "stay" it then waits for SIGTERM and says so in FILE.
 */

#include <fcntl.h>

#include "tracee.h"

static volatile sig_atomic_t asked;

static void note(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	asked = 1;
}

int main(int argc, char *argv[])
{
	int fd;

	if (argc < 2)
		return 98;
	if (MUST(fork()) > 0) {
		SAY("first: gone\n");
		_exit(0);
	}
	MUST(setsid());
	if (MUST(fork()) > 0)
		_exit(0);
	tracee_handle(SIGTERM, note, 0);
	fd = MUST(open("/dev/null", O_RDWR | O_CLOEXEC));
	for (int i = 0; i < 3; i++)
		MUST(dup2(fd, i));
	tracee_sleep_ms(200);
	/* Only the daemon makes this call. */
	(void)getpgid(0);
	fd = MUST(open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
	MUST(write(fd, "daemon\n", 7));
	if (argc > 2) {
		while (!asked)
			tracee_sleep_ms(10);
		MUST(write(fd, "asked to end\n", 13));
	}
	return 0;
}
