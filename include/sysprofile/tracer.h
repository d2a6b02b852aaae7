/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where events come from. Every source (ptrace today; a log, eBPF) hides behind these calls; who
 * uses them sees no difference.
 *
 *	while ((r = sp_tracer_next(tracer, &event)) != 0) {
 *		if (r == -EINTR)
 *			... a signal came: look at what it asked for, then go on
 *		else if (r < 0)
 *			break;
 *		else
 *			... use event
 *	}
 *	sp_tracer_free(tracer);
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sysprofile/event.h"
#include "sysprofile/waiter.h"

struct sp_tracer;

/* What a source provides. self is what it passed to sp_tracer_new(). */
struct sp_tracer_ops {
	const char *name; /* "ptrace" */
	bool lets_pass;	  /* whether calls may pass it unseen when it is told so */
	int (*next)(void *self, struct sp_event *ret);
	size_t (*tracees)(void *self, pid_t *tids, size_t size);
	void (*waiting)(void *self, struct sp_waiter_stats *ret); /* NULL: never waits for stops */
	void (*free)(void *self);
};

/* Takes self over, also when it fails with -ENOMEM (it is then freed). */
int sp_tracer_new(const struct sp_tracer_ops *ops, void *self, struct sp_tracer **ret);

/*
 * 1: *ret is set. The task of a ptrace event stays stopped until the next call, so that /proc can
 *    be asked about it.
 * 0: no tracee is left.
 * -EINTR: a signal arrived; call again.
 * Other negative errno: the source is broken; sp_tracer_free() is still required.
 */
int sp_tracer_next(struct sp_tracer *tracer, struct sp_event *ret);

/* The ids of live tasks, at most size of them; returns how many there are in all. */
size_t sp_tracer_tracees(struct sp_tracer *tracer, pid_t *tids, size_t size);

/* How it waited for stops; false when it is not of that kind. */
bool sp_tracer_waiting(struct sp_tracer *tracer, struct sp_waiter_stats *ret);

const char *sp_tracer_name(const struct sp_tracer *tracer);

/* Whether what it was told to let pass did pass unseen. */
bool sp_tracer_lets_pass(const struct sp_tracer *tracer);

/* What is still traced then ends or goes on as the source promises (launch: it ends). */
struct sp_tracer *sp_tracer_free(struct sp_tracer *tracer);
static inline void sp_tracer_freep(struct sp_tracer **p)
{
	if (*p)
		(void)sp_tracer_free(*p);
}
