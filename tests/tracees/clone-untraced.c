/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Children made with CLONE_UNTRACED, which asks that no tracer follow them. A tracer that takes
 * the flag out must put it back: parent and child look at what they passed.
 */

#include <linux/sched.h>
#include <pthread.h>
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

/* Each parent waits for its child in the call itself, so that all are under way at once. */
static void *clone_and_wait(void *arg)
{
	struct clone_args args = { .flags = (FLAGS & ~0xffUL) | CLONE_VFORK,
				   .exit_signal = SIGCHLD };
	pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (child == 0) {
		tracee_sleep_ms(300);
		(void)getpgid(0);
		_exit(11);
	}
	*(int *)arg = child > 0 && WEXITSTATUS(tracee_wait(child, 0)) == 11;
	return NULL;
}

static void clone_many(void)
{
	enum { MANY = 100 };
	pthread_t threads[MANY];
	int good[MANY], n = 0;

	for (int i = 0; i < MANY; i++)
		if (pthread_create(&threads[i], NULL, clone_and_wait, &good[i]) != 0)
			tracee_fail(__FILE__, __LINE__, "pthread_create");
	for (int i = 0; i < MANY; i++) {
		(void)pthread_join(threads[i], NULL);
		n += good[i];
	}
	printf("at once: %d\n", n);
}

int main(void)
{
	clone_by_register();
	(void)fflush(stdout);
	clone_by_memory();
	(void)fflush(stdout);
	clone_many();
	return 0;
}
