/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How the tracer waits for the next stop. The price of a stop is the wake-up of the tracer on
 * another CPU, so where it waits matters more than what it does. Which way is cheapest depends on
 * the machine and the load; it is measured while running and changed in either direction. Nothing
 * of it is visible to the tracees.
 */

#include <stdint.h>
#include <sys/types.h>

enum sp_wait_way {
	SP_WAIT_BLOCK,	  /* sleep in wait4(2) */
	SP_WAIT_SPIN,	  /* ask a bounded number of times before sleeping */
	SP_WAIT_COLOCATE, /* sleep under SCHED_IDLE on the CPU where the tracee runs */
	_SP_WAIT_MAX,
};

/* "block", "spin", "co-locate". */
const char *sp_wait_way_name(enum sp_wait_way way);

struct sp_waiter;

/* Begins with SP_WAIT_BLOCK and stays there while little happens. */
int sp_waiter_new(struct sp_waiter **ret);

/* Policy and affinity of the calling thread are as they were before sp_waiter_new(). */
struct sp_waiter *sp_waiter_free(struct sp_waiter *waiter);

/* As wait4(-1, status, __WALL, NULL). */
pid_t sp_waiter_wait(struct sp_waiter *waiter, int *status);

struct sp_waiter_stats {
	enum sp_wait_way way;		/* now */
	uint64_t stops[_SP_WAIT_MAX];	/* waited for in each way */
	int64_t ns[_SP_WAIT_MAX];	/* time spent in each way, waiting and serving */
	unsigned changes[_SP_WAIT_MAX]; /* times it was entered */
};
void sp_waiter_stats(const struct sp_waiter *waiter, struct sp_waiter_stats *ret);
