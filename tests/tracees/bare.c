/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Without a C library: its whole life is write and exit_group, and execve before it. Whatever else
 * a profile of it names is the tracer's own preamble.
 */

#include <sys/syscall.h>

static long call(long nr, long a, const void *b, long c)
{
	long result;

#if defined(__x86_64__)
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register const void *x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	result = x0;
#else
#error "teach bare.c this machine's system call"
#endif
	return result;
}

void _start(void);
void _start(void)
{
	(void)call(SYS_write, 1, "bare\n", 5);
	for (;;)
		(void)call(SYS_exit_group, 0, (const void *)0, 0);
}
