/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Asking wait4(2) what the tracees have to report, at a price that does not grow with their number.
 *
 * The kernel looks through all tracees for one that has something to say: with thousands of them
 * that takes longer than everything else about a stop. Asked about one id it answers at once. So
 * where there are many, those that reported last, which are the busy ones, are asked first and by
 * their ids, and all of them only so often that it costs little and that nobody waits for long.
 *
 * tracees, below, are those that may be asked by id; others (the newly born) are found as well.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sysprofile/tracee.h"

struct sp_report {
	pid_t tid;
	int status; /* as wait4(2) gives it */
};

/* A task that reported a moment ago, or is about to. */
struct sp_scan_recent {
	pid_t tid;
	unsigned misses; /* times that others had something to say since it had */
};

/* How many are remembered as busy. */
#define SP_SCAN_RECENT 32

struct sp_scan {
	struct sp_scan_recent recent[SP_SCAN_RECENT]; /* the latest first */
	size_t n_recent;
	int64_t swept_ns; /* when all were asked the last time, CLOCK_MONOTONIC */
};

/* About how long it takes to ask all of live tasks. */
int64_t sp_scan_cost_ns(size_t live);

/* Whether asking by id is worth it. */
bool sp_scan_is_large(size_t live);

/* A task that is about to report: a child whose birth its parent has told of. */
void sp_scan_expect(struct sp_scan *scan, pid_t tid);

/*
 * Takes up to max reports that are there, and never sleeps. Returns how many, 0 for none; -ECHILD:
 * there is nobody to ask.
 */
ssize_t sp_scan_poll(struct sp_scan *scan, const struct sp_tracees *tracees,
		     struct sp_report *reports, size_t max);

/* Sleeps until there is one, and takes what else is there. At least 1; -ECHILD; -EINTR. */
ssize_t sp_scan_sleep(struct sp_scan *scan, const struct sp_tracees *tracees,
		      struct sp_report *reports, size_t max);
