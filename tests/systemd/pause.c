/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The service whose filter is read back. It needs execve, to be started, and pause; where pause is
 * refused and returns, it ends without any call.
 */

#include <sys/syscall.h>

void _start(void);
void _start(void)
{
#if defined(__x86_64__)
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(SYS_pause) : "rcx", "r11", "memory");
#else
#error "teach pause.c this machine's system call"
#endif
	for (;;)
		__builtin_trap();
}
