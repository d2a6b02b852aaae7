/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/stop.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/ptrace.h>

#include "sysprofile/util.h"

/* wait(2)'s encoding of a stop: 0x7f below the signal, the ptrace event above it. */
#define STOPPED(sig, event) (0x7f | (sig) << 8 | (event) << 16)

Test(stop, every_status_has_one_meaning)
{
	static const struct {
		int status;
		enum sp_stop stop;
		int signal;
	} cases[] = {
		{ 3 << 8, SP_STOP_EXITED, 0 },
		{ SIGKILL, SP_STOP_EXITED, 0 },
		{ STOPPED(SIGTRAP | 0x80, 0), SP_STOP_SYSCALL, 0 },
		/* The program's own SIGTRAP is no trap of ours. */
		{ STOPPED(SIGTRAP, 0), SP_STOP_SIGNAL, SIGTRAP },
		{ STOPPED(SIGSTOP, 0), SP_STOP_SIGNAL, SIGSTOP },
		{ STOPPED(40, 0), SP_STOP_SIGNAL, 40 }, /* a real-time one */
		{ STOPPED(SIGTRAP, PTRACE_EVENT_EXEC), SP_STOP_EXEC, 0 },
		{ STOPPED(SIGTRAP, PTRACE_EVENT_SECCOMP), SP_STOP_SECCOMP, 0 },
		{ STOPPED(SIGTRAP, PTRACE_EVENT_FORK), SP_STOP_CHILD, 0 },
		{ STOPPED(SIGTRAP, PTRACE_EVENT_VFORK), SP_STOP_CHILD, 0 },
		{ STOPPED(SIGTRAP, PTRACE_EVENT_CLONE), SP_STOP_CHILD, 0 },
		{ STOPPED(SIGTRAP, PTRACE_EVENT_STOP), SP_STOP_TRAP, 0 },
		{ STOPPED(SIGSTOP, PTRACE_EVENT_STOP), SP_STOP_GROUP, 0 },
		{ STOPPED(SIGTSTP, PTRACE_EVENT_STOP), SP_STOP_GROUP, 0 },
		{ STOPPED(SIGTTIN, PTRACE_EVENT_STOP), SP_STOP_GROUP, 0 },
		{ STOPPED(SIGTTOU, PTRACE_EVENT_STOP), SP_STOP_GROUP, 0 },
		{ STOPPED(SIGTRAP, PTRACE_EVENT_EXIT), SP_STOP_OTHER, 0 },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		int sig = -1;

		cr_expect_eq(sp_stop_classify(cases[i].status, &sig), cases[i].stop, "%#x",
			     (unsigned)cases[i].status);
		cr_expect_eq(sig, cases[i].signal, "%#x", (unsigned)cases[i].status);
	}
}
