/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* 2,000 children, or as many as said, that end at once, 50 at a time. */

#include "tracee.h"

int main(int argc, char *argv[])
{
	long wanted = argc > 1 ? atol(argv[1]) : 2000, sum = 0;

	for (long made = 0; made < wanted; made += 50) {
		for (int i = 0; i < 50; i++) {
			pid_t child = MUST(fork());

			if (child == 0)
				_exit(i);
		}
		for (int i = 0; i < 50; i++) {
			int status;

			MUST(wait(&status));
			sum += WIFEXITED(status) ? WEXITSTATUS(status) : 100000;
		}
	}
	SAY("sum: %ld\n", sum);
	return 0;
}
