/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/waiter.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "sysprofile/colocate.h"
#include "sysprofile/fsutil.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

/* About what a wake-up on another CPU takes: who asks for longer might have slept as well. */
#define SPIN_NS INT64_C(60000)

/* Stops between two looks at where the tracee runs; the longer it stays, the fewer. */
enum { FOLLOW_MIN = 64, FOLLOW_MAX = 1024 };

struct sp_waiter {
	bool adaptive;
	struct sp_waitpolicy policy;
	struct sp_scan scan;
	struct sp_colocate colocate;

	enum sp_wait_way way;
	struct sp_wait_window window; /* under way */
	int64_t last_ns;	      /* when the last wait ended */
	unsigned follow_every, follow_in;

	struct sp_waiter_stats stats;
};

static int64_t min_ns(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void follow(struct sp_waiter *w, pid_t tid)
{
	int cpu = w->colocate.cpu;

	sp_colocate_follow(&w->colocate, tid);
	if (w->colocate.cpu != cpu)
		w->follow_every = FOLLOW_MIN;
	else if (w->follow_every < FOLLOW_MAX)
		w->follow_every *= 2;
	w->follow_in = w->follow_every;
}

static void enter(struct sp_waiter *w, enum sp_wait_way way)
{
	if (way == w->way)
		return;
	sp_colocate_leave(&w->colocate);
	if (way == SP_WAIT_COLOCATE && sp_colocate_enter(&w->colocate) < 0) {
		sp_waitpolicy_exclude(&w->policy, way);
		way = SP_WAIT_BLOCK;
	}
	w->way = way;
	w->stats.entered[way]++;
	w->follow_every = FOLLOW_MIN;
	w->follow_in = 1;
}

int sp_waiter_new(enum sp_wait_choice choice, struct sp_waiter **ret)
{
	struct sp_waiter *w = calloc(1, sizeof(*w));
	bool available[_SP_WAIT_MAX] = {};

	if (!w)
		return -ENOMEM;
	sp_colocate_init(&w->colocate);
	available[SP_WAIT_COLOCATE] = w->colocate.possible;
	/* On one CPU whoever spins keeps the tracee from running. */
	available[SP_WAIT_SPIN] = CPU_COUNT(&w->colocate.allowed) > 1;
	sp_waitpolicy_init(&w->policy, available);
	w->adaptive = choice == SP_WAIT_ADAPTIVE;
	w->last_ns = sp_monotonic_ns();
	if (!w->adaptive)
		enter(w, (enum sp_wait_way)(choice - SP_WAIT_ALWAYS_BLOCK));
	*ret = w;
	return 0;
}

void sp_waiter_calm(struct sp_waiter *w)
{
	enter(w, SP_WAIT_BLOCK);
}

struct sp_waiter *sp_waiter_free(struct sp_waiter *w)
{
	if (!w)
		return NULL;
	sp_colocate_leave(&w->colocate);
	free(w);
	return NULL;
}

void sp_waiter_expect(struct sp_waiter *w, pid_t tid)
{
	sp_scan_expect(&w->scan, tid);
}

/*
 * Where there are many tasks, sleeping begins and ends with a look through all of them, so asking
 * the busy ones for as long as that takes is no loss.
 */
static ssize_t collect(struct sp_waiter *w, const struct sp_tracees *tracees,
		       struct sp_report *reports, size_t max)
{
	size_t live = sp_tracees_count(tracees);
	int64_t patience = 0, end;

	if (w->way == SP_WAIT_SPIN)
		patience = SPIN_NS;
	else if (sp_scan_is_large(live))
		patience = min_ns(sp_scan_cost_ns(live), SPIN_NS);
	for (end = patience ? sp_monotonic_ns() + patience : 0; patience > 0;) {
		ssize_t n = sp_scan_poll(&w->scan, tracees, reports, max);

		if (n != 0)
			return n;
		if (sp_monotonic_ns() >= end)
			break;
	}
	return sp_scan_sleep(&w->scan, tracees, reports, max);
}

/*
 * More tasks want to run than there are CPUs (proc_loadavg(5), the fourth field), and they cannot
 * be the tracees alone: those compete with nobody but each other, and which way is best for them is
 * a question for a trial.
 */
static bool is_saturated(size_t live)
{
	_cleanup_(sp_freep) char *text = NULL;
	long running = 0;
	size_t len;

	if (sp_read_file("/proc/loadavg", 256, &text, &len) < 0 ||
	    sscanf(text, "%*s %*s %*s %ld/", &running) != 1)
		return false;
	/* This task is one of them. */
	return running > sysconf(_SC_NPROCESSORS_ONLN) && (size_t)running > live + 1;
}

static void judge(struct sp_waiter *w, size_t live, int64_t waited)
{
	bool saturated, paused = waited >= SP_WAIT_PAUSE_NS;

	if (!paused && !sp_wait_window_is_full(&w->window))
		return;
	saturated = is_saturated(live);
	/* A long wait on a busy machine was the tracer's own, for a CPU. */
	if (paused && !saturated) {
		sp_waitpolicy_pause(&w->policy, w->window.ns);
		enter(w, SP_WAIT_BLOCK);
	} else {
		enter(w, sp_waitpolicy_judge(&w->policy, &w->window, saturated));
	}
	w->window = (struct sp_wait_window){};
}

ssize_t sp_waiter_collect(struct sp_waiter *w, const struct sp_tracees *tracees,
			  struct sp_report *reports, size_t max)
{
	ssize_t n = collect(w, tracees, reports, max);
	int64_t now, waited;

	if (n <= 0)
		return n;
	now = sp_monotonic_ns();
	waited = now - w->last_ns;
	w->last_ns = now;
	w->window.stops += (uint64_t)n;
	w->window.ns += waited;
	w->stats.stops[w->way] += (uint64_t)n;
	w->stats.ns[w->way] += waited;
	if (w->adaptive)
		judge(w, sp_tracees_count(tracees), waited);
	if (w->way == SP_WAIT_COLOCATE && --w->follow_in == 0)
		follow(w, reports[n - 1].tid);
	return n;
}

void sp_waiter_stats(const struct sp_waiter *w, struct sp_waiter_stats *ret)
{
	*ret = w->stats;
	ret->way = w->way;
	ret->trials = w->policy.trials;
}
