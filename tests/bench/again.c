/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* again SECONDS COMMAND [ARG...]: starts the command, waits for its end, and does so again. */
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "meter.h"

static void run_once(char **argv)
{
	pid_t pid;
	int status;

	errno = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (errno)
		meter_die(argv[0]);
	if (waitpid(pid, &status, 0) != pid)
		meter_die("waitpid");
	if (status != 0) {
		dprintf(2, "%s: wait status %#x\n", argv[0], (unsigned int)status);
		exit(1);
	}
}

static unsigned long run_until(char **argv, double end)
{
	unsigned long done = 0;

	do {
		run_once(argv);
		done++;
	} while (meter_now() < end);
	return done;
}

int main(int argc, char **argv)
{
	double seconds, start;

	if (argc < 3)
		return 2;
	seconds = meter_seconds(argv[1]);
	run_until(argv + 2, meter_now() + meter_warmup(seconds));
	start = meter_begin();
	meter_end(run_until(argv + 2, start + seconds), start);
	return 0;
}
