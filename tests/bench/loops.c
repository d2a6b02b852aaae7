/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* loops getppid|read|fork SECONDS: one thread that does one thing. */
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "meter.h"

static int zero = -1;

static void do_getppid(void)
{
	syscall(SYS_getppid);
}

static void do_read(void)
{
	char byte;

	if (read(zero, &byte, 1) != 1)
		meter_die("read");
}

static void do_fork(void)
{
	pid_t pid = fork();

	if (pid < 0)
		meter_die("fork");
	if (pid == 0)
		_exit(0);
	if (waitpid(pid, NULL, 0) != pid)
		meter_die("waitpid");
}

static const struct {
	const char *name;
	void (*run)(void);
	/* So many between two looks at the clock. */
	unsigned long batch;
} operations[] = {
	{ "getppid", do_getppid, 64 },
	{ "read", do_read, 64 },
	{ "fork", do_fork, 1 },
};

static unsigned long run_until(void (*run)(void), unsigned long batch, double end)
{
	unsigned long done = 0;

	do {
		for (unsigned long i = 0; i < batch; i++)
			run();
		done += batch;
	} while (meter_now() < end);
	return done;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (zero < 0)
		meter_die("/dev/zero");
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (!strcmp(argv[1], operations[i].name)) {
			double seconds = meter_seconds(argv[2]), start;

			run_until(operations[i].run, operations[i].batch,
				  meter_now() + meter_warmup(seconds));
			start = meter_begin();
			meter_end(
				run_until(operations[i].run, operations[i].batch, start + seconds),
				start);
			return 0;
		}
	return 2;
}
