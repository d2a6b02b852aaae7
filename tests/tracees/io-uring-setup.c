/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Makes a ring, or is refused one; the tracer must not change which. */

#include <linux/io_uring.h>

#include "tracee.h"

int main(void)
{
	struct io_uring_params params = { 0 };
	long fd = syscall(SYS_io_uring_setup, 4, &params);

	SAY("io_uring_setup: %s\n", tracee_result(fd));
	if (fd >= 0)
		SAY("io_uring_enter: %ld\n", syscall(SYS_io_uring_enter, fd, 0, 0, 0, NULL, 0));
	return 0;
}
