/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How the tracer waits for the next stop. The price of a stop is the wake-up of the tracer on
 * another CPU, so where it waits matters more than what it does. The ways are those of
 * waitpolicy.h; which one is taken is measured while running. Nothing of it is visible to the
 * tracees.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sysprofile/scan.h"
#include "sysprofile/waitpolicy.h"

struct sp_waiter;

/* Begins with SP_WAIT_BLOCK, unless the choice is another way alone. 0 or -ENOMEM. */
int sp_waiter_new(enum sp_wait_choice choice, struct sp_waiter **ret);

/* Policy and affinity of the calling thread are as they were before sp_waiter_new(). */
struct sp_waiter *sp_waiter_free(struct sp_waiter *waiter);

/*
 * The reports that are there, in the order in which the kernel gave them; sleeps when there is
 * none. All have to be served before the next call. At least 1 and at most max; -ECHILD: nobody is
 * left; -EINTR: a signal came.
 */
ssize_t sp_waiter_collect(struct sp_waiter *waiter, const struct sp_tracees *tracees,
			  struct sp_report *reports, size_t max);

/* Policy and affinity as they were before sp_waiter_new(), now; it may go on all the same. */
void sp_waiter_calm(struct sp_waiter *waiter);

/* A task that is about to report for the first time. */
void sp_waiter_expect(struct sp_waiter *waiter, pid_t tid);

struct sp_waiter_stats {
	enum sp_wait_way way;	      /* now */
	unsigned trials;	      /* times that the ways were compared */
	uint64_t stops[_SP_WAIT_MAX]; /* reported in each way */
	int64_t ns[_SP_WAIT_MAX];     /* time spent in each way, waiting and serving */
	unsigned entered[_SP_WAIT_MAX];
};
void sp_waiter_stats(const struct sp_waiter *waiter, struct sp_waiter_stats *ret);
