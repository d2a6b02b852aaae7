/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/waitpolicy.h"

#include <errno.h>

#include "sysprofile/util.h"

#define MS INT64_C(1000000)

/* A scheduler's slice or two of an ordinary window; a starved one is over soon all the same. */
#define WINDOW_MIN_NS (4 * MS)
#define WINDOW_MAX_NS (20 * MS)
enum { WINDOW_STOPS = 64 };

/* Turns of each way in a trial: one alone may have met a burst or a pause of the load. */
enum { ROUNDS = 2 };
/* What brings less than this, next to the best, gets no second turn and sits out some trials. */
#define HOPELESS 0.5
enum { SKIP_MAX = 4 };
/* A way that costs more CPU has to be better by this much. */
#define MARGIN 1.05

/* So many windows of a saturated machine in a row are no chance. */
enum { SATURATED_WINDOWS = 3 };

/* Rates this far from the settled one, this many times in a row, say that the load is another. */
#define STRANGE_FACTOR 2.0
enum { STRANGE_WINDOWS = 2 };

const char *sp_wait_way_name(enum sp_wait_way way)
{
	static const char *const names[] = {
		[SP_WAIT_BLOCK] = "block",
		[SP_WAIT_SPIN] = "spin",
		[SP_WAIT_COLOCATE] = "co-locate",
	};

	return names[way];
}

int sp_wait_choice_parse(const char *name, enum sp_wait_choice *ret)
{
	if (sp_streq(name, "adaptive")) {
		*ret = SP_WAIT_ADAPTIVE;
		return 0;
	}
	for (int way = 0; way < _SP_WAIT_MAX; way++)
		if (sp_streq(name, sp_wait_way_name((enum sp_wait_way)way))) {
			*ret = (enum sp_wait_choice)(SP_WAIT_ALWAYS_BLOCK + way);
			return 0;
		}
	return -EINVAL;
}

bool sp_wait_window_is_full(const struct sp_wait_window *window)
{
	return window->ns >= WINDOW_MAX_NS ||
	       (window->ns >= WINDOW_MIN_NS && window->stops >= WINDOW_STOPS);
}

static double rate_of(const struct sp_wait_window *window)
{
	return window->ns > 0 ? (double)window->stops * 1e9 / (double)window->ns : 0;
}

void sp_waitpolicy_init(struct sp_waitpolicy *policy, const bool available[_SP_WAIT_MAX])
{
	*policy = (struct sp_waitpolicy){ .way = SP_WAIT_BLOCK, .phase = SP_WAIT_QUIET };
	for (int way = 0; way < _SP_WAIT_MAX; way++)
		policy->available[way] = available[way];
	policy->available[SP_WAIT_BLOCK] = true;
}

static void begin_trial(struct sp_waitpolicy *p)
{
	p->phase = SP_WAIT_TRIAL;
	p->trials++;
	for (int way = 0; way < _SP_WAIT_MAX; way++) {
		p->sum[way] = (struct sp_wait_window){};
		p->windows[way] = 0;
		p->skipped[way] = !p->available[way] || p->to_skip[way] > 0;
		if (p->to_skip[way] > 0)
			p->to_skip[way]--;
	}
}

static enum sp_wait_way best_way(const struct sp_waitpolicy *p)
{
	enum sp_wait_way best = SP_WAIT_BLOCK;

	for (int way = SP_WAIT_BLOCK + 1; way < _SP_WAIT_MAX; way++)
		if (rate_of(&p->sum[way]) > rate_of(&p->sum[best]) * MARGIN)
			best = (enum sp_wait_way)way;
	return best;
}

static bool is_hopeless(const struct sp_waitpolicy *p, enum sp_wait_way way)
{
	return p->windows[way] > 0 &&
	       rate_of(&p->sum[way]) < rate_of(&p->sum[best_way(p)]) * HOPELESS;
}

/* The way whose turn it is; _SP_WAIT_MAX when the trial is over. */
static enum sp_wait_way next_turn(const struct sp_waitpolicy *p)
{
	enum sp_wait_way next = _SP_WAIT_MAX;

	for (int way = 0; way < _SP_WAIT_MAX; way++) {
		if (p->skipped[way] || p->windows[way] == ROUNDS ||
		    is_hopeless(p, (enum sp_wait_way)way))
			continue;
		if (next == _SP_WAIT_MAX || p->windows[way] < p->windows[next])
			next = (enum sp_wait_way)way;
	}
	return next;
}

static void rest(struct sp_waitpolicy *p)
{
	p->phase = SP_WAIT_QUIET;
	p->way = SP_WAIT_BLOCK;
}

static void settle(struct sp_waitpolicy *p)
{
	p->phase = SP_WAIT_SETTLED;
	p->way = p->settled_way;
	p->strange = 0;
}

/* The longer one way has been the best, the less there is to expect from another trial. */
static int64_t next_interval(const struct sp_waitpolicy *p, enum sp_wait_way best)
{
	int64_t twice = p->interval_ns * 2;

	if (twice < SP_WAIT_REVIEW_MIN_NS || best != p->settled_way)
		return SP_WAIT_REVIEW_MIN_NS;
	return twice < SP_WAIT_REVIEW_MAX_NS ? twice : SP_WAIT_REVIEW_MAX_NS;
}

static void end_trial(struct sp_waitpolicy *p)
{
	enum sp_wait_way best = best_way(p);

	for (int way = 0; way < _SP_WAIT_MAX; way++) {
		if (p->windows[way] == 0)
			continue;
		if (is_hopeless(p, (enum sp_wait_way)way)) {
			unsigned skip = p->last_skip[way] * 2 + 1;

			p->last_skip[way] = skip < SKIP_MAX ? skip : SKIP_MAX;
		} else {
			p->last_skip[way] = 0;
		}
		p->to_skip[way] = p->last_skip[way];
	}
	p->interval_ns = next_interval(p, best);
	p->settled_way = best;
	p->settled_rate = rate_of(&p->sum[best]);
	p->settled_ns = p->now_ns;
	if (p->settled_rate < SP_WAIT_BUSY_RATE)
		rest(p);
	else
		settle(p);
}

static void take_turn(struct sp_waitpolicy *p)
{
	enum sp_wait_way next = next_turn(p);

	if (next == _SP_WAIT_MAX)
		end_trial(p);
	else
		p->way = next;
}

/* What the last trial found may not hold any more, in either direction. */
static bool is_strange(const struct sp_waitpolicy *p, double rate)
{
	return rate < p->settled_rate / STRANGE_FACTOR || rate > p->settled_rate * STRANGE_FACTOR;
}

static void judge_settled(struct sp_waitpolicy *p, double rate)
{
	p->strange = is_strange(p, rate) ? p->strange + 1 : 0;
	if (p->now_ns < p->settled_ns + p->interval_ns &&
	    (p->strange < STRANGE_WINDOWS || p->now_ns < p->settled_ns + SP_WAIT_REVIEW_MIN_NS))
		return;
	/* Another load: what was hopeless need not be so now. */
	if (p->strange >= STRANGE_WINDOWS) {
		p->interval_ns = 0;
		for (int way = 0; way < _SP_WAIT_MAX; way++)
			p->to_skip[way] = 0;
	}
	/* What starves a tracer that yields to everybody looks like a load that does little. */
	if (rate < SP_WAIT_BUSY_RATE && p->way != SP_WAIT_COLOCATE) {
		rest(p);
		return;
	}
	begin_trial(p);
	take_turn(p);
}

enum sp_wait_way sp_waitpolicy_judge(struct sp_waitpolicy *p, const struct sp_wait_window *window,
				     bool saturated)
{
	double rate = rate_of(window);

	p->now_ns += window->ns;
	p->saturated = saturated ? p->saturated + 1 : 0;
	/*
	 * Others want the CPU: spinning takes it from the tracee as well, and yielding waits for
	 * all of them. What the windows tell then is the others' slices, so nothing is tried.
	 */
	if (p->saturated >= SATURATED_WINDOWS) {
		rest(p);
		return p->way;
	}
	switch (p->phase) {
	case SP_WAIT_QUIET:
		if (rate < SP_WAIT_BUSY_RATE || saturated)
			break;
		/* A load of bursts: what the last one taught is not that old. */
		if (p->now_ns < p->settled_ns + p->interval_ns) {
			settle(p);
			break;
		}
		begin_trial(p);
		take_turn(p);
		break;
	case SP_WAIT_TRIAL:
		p->sum[p->way].stops += window->stops;
		p->sum[p->way].ns += window->ns;
		p->windows[p->way]++;
		take_turn(p);
		break;
	case SP_WAIT_SETTLED:
		judge_settled(p, rate);
		break;
	}
	return p->way;
}

void sp_waitpolicy_pause(struct sp_waitpolicy *p, int64_t ns)
{
	p->now_ns += ns;
	rest(p);
}

void sp_waitpolicy_exclude(struct sp_waitpolicy *p, enum sp_wait_way way)
{
	p->available[way] = false;
	p->skipped[way] = true;
	if (p->settled_way == way)
		p->settled_way = SP_WAIT_BLOCK;
	if (p->way == way)
		p->way = SP_WAIT_BLOCK;
}
