/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A call with the x32 bit; most kernels answer ENOSYS, and the tracer must tell it from getppid. */

#include "tracee.h"

int main(void)
{
	SAY("x32 getppid: %s\n", tracee_result(syscall(0x40000000 | 110)));
	SAY("x32 of a number of its own: %s\n", tracee_result(syscall(0x40000000 | 512)));
	return 0;
}
