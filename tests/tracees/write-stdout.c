/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes for ever, with the default action of SIGPIPE unless that was inherited otherwise. */

#include "tracee.h"

int main(void)
{
	char buffer[4096];

	(void)memset(buffer, 'y', sizeof(buffer));
	for (;;)
		if (write(STDOUT_FILENO, buffer, sizeof(buffer)) < 0) {
			(void)fprintf(stderr, "write: %s\n", tracee_result(-1));
			return 5;
		}
}
