/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What crosses from any source of events (a tracer, a log) to the profile: one small value.
 */

#include <stdint.h>
#include <sys/types.h>

enum sp_event_kind {
	SP_EVENT_SYSCALL, /* a task entered a system call */
	SP_EVENT_PROCESS, /* a new process; also the first of all */
	SP_EVENT_THREAD,  /* a new thread of a known process */
	SP_EVENT_EXEC,	  /* the process of tid runs another program now */
	SP_EVENT_EXIT,	  /* the task is gone */
	SP_EVENT_ANSWER,  /* the call that tid entered last is over; of sources asked for it only */
	SP_EVENT_SIGNAL,  /* a signal that daemons take for an order is delivered */
	_SP_EVENT_MAX,
};

struct sp_event {
	enum sp_event_kind kind;
	pid_t tid;
	uint32_t arch;	  /* AUDIT_ARCH_* of this call, as the kernel reports it; SYSCALL only */
	uint64_t nr;	  /* as the register held it, x32 bit included; SYSCALL only */
	uint64_t args[6]; /* SYSCALL only; all zero when the source does not know them */
	pid_t former_tid; /* EXEC only: the thread that called execve, now known as tid */
	int status;	  /* EXIT: as wait(2) gives it; SIGNAL: which */
	uint64_t more;	  /* SYSCALL only: so many times more than once, of a log that counts */
	int64_t answer;	  /* ANSWER only: what the kernel put into the register, -errno included */
	int64_t time_ns;  /* CLOCK_MONOTONIC, from the start of the run */
};
