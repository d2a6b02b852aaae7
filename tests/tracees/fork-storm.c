/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* 2,000 children that end at once, 50 at a time. */

#include "tracee.h"

int main(void)
{
	long sum = 0;

	for (int round = 0; round < 40; round++) {
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
