/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads stdin to its end and says how much came and what the sum of the bytes is. */

#include "tracee.h"

int main(void)
{
	unsigned char buffer[4096];
	unsigned long bytes = 0, sum = 0;
	ssize_t n;

	while ((n = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0) {
		bytes += (unsigned long)n;
		for (ssize_t i = 0; i < n; i++)
			sum += buffer[i];
	}
	SAY("%lu bytes, sum %lu, end %s\n", bytes, sum, tracee_result(n));
	return 0;
}
