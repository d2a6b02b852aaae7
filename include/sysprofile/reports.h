/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What wait(2) reports of the tracees, in the order in which the kernel gave it. */

#include <stdbool.h>
#include <sys/types.h>

#include "sysprofile/waiter.h"

struct sp_reports;

/*
 * has_others: this process has children besides the tracees, whose end nobody waits for. choice:
 * how to wait.
 */
int sp_reports_new(bool has_others, enum sp_wait_choice choice, struct sp_reports **ret);
struct sp_reports *sp_reports_free(struct sp_reports *reports);

/*
 * The next report; waits when there is none. tracees: those that are known by now. 1; 0: no tracee
 * is left; -EINTR: a signal came; -ENOMEM.
 */
int sp_reports_next(struct sp_reports *reports, const struct sp_tracees *tracees, pid_t *ret_tid,
		    int *ret_status);

/* One that was taken from the kernel elsewhere, before any was asked for here. 0 or -ENOMEM. */
int sp_reports_push(struct sp_reports *reports, pid_t tid, int status);

/* One that was taken from the kernel and not handed out yet; false when there is none. */
bool sp_reports_pop(struct sp_reports *reports, pid_t *ret_tid, int *ret_status);

/* A hint that saves a look through all tracees: this one was just made, and will report. */
void sp_reports_expect(struct sp_reports *reports, pid_t tid);

/* Before long work of another kind: see sp_waiter_calm(). */
void sp_reports_calm(struct sp_reports *reports);

void sp_reports_waiting(const struct sp_reports *reports, struct sp_waiter_stats *ret);
