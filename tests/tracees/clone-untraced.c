/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Children made with CLONE_UNTRACED, which asks that no tracer follow them. A tracer that takes
 * the flag out must put it back: parent and child look at what they passed.
 */

#include <linux/sched.h>
#include <stdint.h>

#include "tracee.h"

/* CLONE_UNTRACED, and SIGCHLD as the signal of the child's end. */
#define FLAGS (0x00800000UL | SIGCHLD)

/* The system call, and the register of its first argument as it is afterwards. */
static long clone_keeping_register(unsigned long *flags)
{
#ifdef __x86_64__
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result), "+D"(*flags)
			 : "0"(SYS_clone), "S"(0L), "d"(0L), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
#else
	return syscall(SYS_clone, *flags, NULL, NULL, NULL, 0);
#endif
}

static void clone_by_register(void)
{
	unsigned long flags = FLAGS;
	long child = clone_keeping_register(&flags);

	if (child == 0) {
		(void)getpgid(0);
		_exit(flags == FLAGS ? 11 : 12);
	}
	printf("register: %s\n", flags == FLAGS ? "kept" : "changed");
	tracee_say_status("child", tracee_wait((pid_t)child, 0));
}

static void clone_by_memory(void)
{
	struct clone_args args = { .flags = FLAGS & ~0xffUL, .exit_signal = SIGCHLD };
	uint64_t passed = args.flags;
	pid_t child = (pid_t)MUST(syscall(SYS_clone3, &args, sizeof(args)));

	if (child == 0) {
		(void)getsid(0);
		_exit(args.flags == passed ? 11 : 12);
	}
	printf("memory: %s\n", args.flags == passed ? "kept" : "changed");
	tracee_say_status("child", tracee_wait(child, 0));
}

int main(void)
{
	clone_by_register();
	(void)fflush(stdout);
	clone_by_memory();
	return 0;
}
