/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Why ptrace(2) was refused, in words: the kernel says EPERM for half a dozen reasons. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Whether a traced program may gain privileges by an execve of a setuid file or one with
 * capabilities: only where its tracer has CAP_SYS_PTRACE (ptrace(2), "execve(2) under ptrace").
 */
bool sp_diagnose_lets_gain_privileges(void);

/* What the host says; sp_diagnose_gather() fills it, tests make their own. */
struct sp_trace_facts {
	long yama_scope; /* /proc/sys/kernel/yama/ptrace_scope; -1 without yama */
	long own_tracer; /* pid that traces us, 0 for none: it has our children too */
	char own_tracer_comm[16];
	long seccomp_mode;   /* our own, 0 to 2 */
	bool has_cap_ptrace; /* CAP_SYS_PTRACE, effective */
	bool in_container;
};

/* proc: where procfs is mounted, "/proc" but in tests. Facts that cannot be had count as harmless.
 */
void sp_diagnose_gather(const char *proc, struct sp_trace_facts *ret);

/*
 * One clause for "cannot trace COMMAND: ..." when seizing a child failed with error: the reason
 * and what to do. Writes at most size bytes; returns buffer.
 */
char *sp_diagnose_seize(const struct sp_trace_facts *facts, int error, char *buffer, size_t size);

/* The same of a process that runs; sp_diagnose_target() fills it. */
struct sp_target_facts {
	bool is_there;
	bool is_self; /* this very process */
	bool is_zombie, is_kernel;
	long tracer; /* pid of who traces it, 0 for nobody */
	char tracer_comm[16];
	bool is_of_other_user; /* any of its user ids is not ours */
	long uid;	       /* its real one */
	bool is_undumpable;
};

/* Facts that cannot be had count as harmless. */
void sp_diagnose_target(pid_t pid, struct sp_target_facts *ret);

/*
 * One clause for "cannot attach to PID: ..." when that failed with error (EDEADLK as sp_attach()
 * has it). was_there: whether it was there when the attempt began. Writes at most size bytes;
 * returns buffer.
 */
char *sp_diagnose_attach(const struct sp_target_facts *target, const struct sp_trace_facts *facts,
			 int error, bool was_there, char *buffer, size_t size);
