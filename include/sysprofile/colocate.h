/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The tracer on the CPU of its tracee, under SCHED_IDLE. The scheduler takes a CPU that runs only
 * such tasks for an idle one: it wakes the tracee there, in front of the tracer, and no other CPU
 * has to be woken. Only the calling thread's own policy and affinity change, never a tracee's; the
 * CPUs that it was allowed before are never left.
 */

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

struct sp_colocate {
	cpu_set_t allowed; /* before we changed anything */
	int policy, nice;
	bool possible; /* two CPUs or more, the normal policy, and a way back from SCHED_IDLE */
	bool entered;
	int cpu; /* where we went; -1: anywhere allowed */
};

void sp_colocate_init(struct sp_colocate *colocate);

/* 0, also when already entered; negative errno. */
int sp_colocate_enter(struct sp_colocate *colocate);

/* Policy and affinity are as they were before sp_colocate_init(). */
void sp_colocate_leave(struct sp_colocate *colocate);

/* Goes to the CPU on which that task ran last; only when entered. */
void sp_colocate_follow(struct sp_colocate *colocate, pid_t tid);
