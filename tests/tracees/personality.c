/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The execution domain is inherited over exec, and the tracer has set none. */

#include <sys/personality.h>

#include "tracee.h"

int main(int argc, char *argv[])
{
	char program[] = "self", again[] = "again";
	char *args[] = { program, again, NULL };

	(void)argv;
	SAY("personality: %#x\n", (unsigned)personality(0xffffffff));
	if (argc > 1)
		return 0;
	MUST(personality(ADDR_NO_RANDOMIZE | PER_LINUX));
	(void)execv("/proc/self/exe", args);
	return 99;
}
