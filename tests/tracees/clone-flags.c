/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Tasks by clone(2) with flags that no library passes: each makes a call of its own, and how it
 * ends is told as without a tracer.
 */

#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tracee.h"

enum { STACK = 65536 };

static volatile int word, shared;

static void *new_stack(void)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (stack == MAP_FAILED)
		tracee_fail(__FILE__, __LINE__, "mmap");
	return stack + STACK;
}

/* No C library in there: a bare thread has no thread area of its own. */
static int say_done(void *arg)
{
	(void)arg;
	(void)syscall(SYS_getpgid, 0);
	word = 1;
	(void)syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
	(void)syscall(SYS_exit, 0);
	return 0;
}

static void bare_thread(const char *name, int flags)
{
	const int thread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;

	word = 0;
	if (clone(say_done, new_stack(), thread | flags, NULL) < 0) {
		SAY("%s: %s\n", name, tracee_result(-1));
		return;
	}
	while (!word)
		(void)syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
	SAY("%s: done\n", name);
}

static int leave(void *arg)
{
	shared++;
	(void)syscall(SYS_getsid, 0);
	(void)syscall(SYS_exit, (int)(long)arg);
	return 0;
}

static void process(const char *name, int flags, int wait_options)
{
	pid_t child;
	int status;

	shared = 0;
	child = clone(leave, new_stack(), flags, (void *)9L);
	if (child < 0) {
		SAY("%s: %s\n", name, tracee_result(-1));
		return;
	}
	while (waitpid(child, &status, wait_options) < 0) {
		if (errno == EINTR)
			continue;
		SAY("%s: waitpid %s\n", name, tracee_result(-1));
		return;
	}
	SAY("%s: memory %s, ", name, shared ? "shared" : "own");
	tracee_say_status("child", status);
}

/* The child of a process's parent: a brother of who made it. */
static void brother(void)
{
	pid_t child = MUST(fork());
	int status;

	if (child == 0) {
		(void)clone(leave, new_stack(), CLONE_PARENT, (void *)10L);
		_exit(11);
	}
	tracee_say_status("maker", tracee_wait(child, 0));
	MUST(waitpid(-1, &status, __WALL));
	tracee_say_status("brother", status);
}

static void ignore(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
}

int main(void)
{
	bare_thread("thread", 0);
	bare_thread("thread without files", CLONE_FS);
	bare_thread("thread, ptrace", CLONE_PTRACE);
	process("plain", SIGCHLD, 0);
	process("shared memory", CLONE_VM | SIGCHLD, 0);
	process("shared files", CLONE_FILES | CLONE_FS | SIGCHLD, 0);
	process("as vfork", CLONE_VM | CLONE_VFORK | SIGCHLD, 0);
	process("no signal", 0, __WCLONE);
	process("no signal, asked for plainly", 0, __WALL);
	tracee_handle(SIGUSR1, ignore, SA_RESTART);
	process("another signal", SIGUSR1, __WCLONE);
	process("ptrace", CLONE_PTRACE | SIGCHLD, 0);
	process("untraced", CLONE_UNTRACED | SIGCHLD, 0);
	process("both", CLONE_PTRACE | CLONE_UNTRACED | SIGCHLD, 0);
	process("handlers shared, not memory", CLONE_SIGHAND | SIGCHLD, 0);
	brother();
	return 0;
}
