/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A debugger beside what it debugs, both traced: a task has but one tracer, so each way to become
 * one is refused under ours. What needs no tracer goes on: memory is read, and kcmp compares.
 */

#include <linux/kcmp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "tracee.h"

static char text[] = "memory of the other";

static int debug(pid_t other)
{
	char copy[sizeof(text)] = "";
	struct iovec to = { copy, sizeof(copy) }, from = { text, sizeof(text) };
	long result = ptrace(PTRACE_SEIZE, other, NULL, NULL);

	SAY("SEIZE: %s\n", tracee_result(result));
	if (result == 0)
		MUST(ptrace(PTRACE_INTERRUPT, other, NULL, NULL));
	if (result == 0) {
		(void)tracee_wait(other, __WALL);
		MUST(ptrace(PTRACE_DETACH, other, NULL, NULL));
	}
	result = ptrace(PTRACE_ATTACH, other, NULL, NULL);
	SAY("ATTACH: %s\n", tracee_result(result));
	if (result == 0) {
		(void)tracee_wait(other, __WALL);
		MUST(ptrace(PTRACE_DETACH, other, NULL, NULL));
	}
	SAY("process_vm_readv: %zd, %s\n", process_vm_readv(other, &to, 1, &from, 1, 0), copy);
	SAY("kcmp: %ld\n", syscall(SYS_kcmp, getpid(), other, KCMP_VM, 0, 0) > 0 ? 1L : 0L);
	return 12;
}

int main(void)
{
	pid_t other = MUST(fork()), debugger;

	if (other == 0) {
		(void)strcpy(text, "MEMORY OF THE OTHER");
		for (;;)
			(void)pause();
	}
	tracee_sleep_ms(50);
	(void)fflush(stdout);
	debugger = MUST(fork());
	if (debugger == 0)
		_exit(debug(other));
	tracee_say_status("debugger", tracee_wait(debugger, 0));
	SAY("other: %s\n", waitpid(other, NULL, WNOHANG) == 0 ? "lives" : "gone");
	MUST(kill(other, SIGKILL));
	tracee_say_status("other", tracee_wait(other, 0));
	return 0;
}
