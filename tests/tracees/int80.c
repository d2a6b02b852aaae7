/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls of the i386 ABI from 64-bit code: the number alone does not say which call it is. */

#include "tracee.h"

#ifdef __x86_64__
static long call_i386(long nr, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(nr), "b"(a), "c"(b), "d"(c)
			 : "r8", "r9", "r10", "r11", "memory");
	return (int)result;
}

int main(void)
{
	/* 20 is getpid there and writev here; 36 is sync there and getitimer here. */
	SAY("getpid: %s\n", call_i386(20, 0, 0, 0) == getpid() ? "own" : "wrong");
	SAY("sync: %ld\n", call_i386(36, 0, 0, 0));
	SAY("waitpid: %ld\n", call_i386(7, -1, 0, 1));
	SAY("unknown: %ld\n", call_i386(1999, 0, 0, 0));
	return 0;
}
#else
int main(void)
{
	SAY("not on this machine\n");
	return 0;
}
#endif
