/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which way of waiting for stops is the cheapest, by what each was measured to bring. Pure: numbers
 * go in and a way comes out, with no clock and no system call, so that its decisions can be tested.
 *
 * While stops are few it is SP_WAIT_BLOCK. When they are many, each way that may be taken gets a
 * few windows of time, in turns; the one that brought most stops a second then stays until the next
 * trial: soon at first, ever later while the same one wins, and at once when the rate has changed
 * too much for the last one to hold.
 */

#include <stdbool.h>
#include <stdint.h>

enum sp_wait_way {
	SP_WAIT_BLOCK,	  /* sleep in wait4(2) */
	SP_WAIT_SPIN,	  /* ask for a bounded time before sleeping */
	SP_WAIT_COLOCATE, /* sleep under SCHED_IDLE on the CPU where the tracee runs */
	_SP_WAIT_MAX,
};

/* "block", "spin", "co-locate". */
const char *sp_wait_way_name(enum sp_wait_way way);

/* Which ways may be taken: the cheapest, or one alone, to measure it. */
enum sp_wait_choice {
	SP_WAIT_ADAPTIVE,
	SP_WAIT_ALWAYS_BLOCK,
	SP_WAIT_ALWAYS_SPIN,
	SP_WAIT_ALWAYS_COLOCATE,
	_SP_WAIT_CHOICE_MAX,
};

/* "adaptive" or the name of a way. 0 or -EINVAL. */
int sp_wait_choice_parse(const char *name, enum sp_wait_choice *ret);

/* Below this rate of stops a second nothing is worth a change. */
#define SP_WAIT_BUSY_RATE 3000.0
/* The best way is looked for anew, first after the shorter time: loads change. */
#define SP_WAIT_REVIEW_MIN_NS INT64_C(250000000)
#define SP_WAIT_REVIEW_MAX_NS INT64_C(4000000000)

/* What one way brought in one stretch of time. */
struct sp_wait_window {
	uint64_t stops;
	int64_t ns; /* waiting and serving together */
};

/* A wait this long, on a machine that is not saturated, is the target's own doing. */
#define SP_WAIT_PAUSE_NS INT64_C(20000000)

/* Whether a window is long enough to be judged. */
bool sp_wait_window_is_full(const struct sp_wait_window *window);

enum sp_wait_phase {
	SP_WAIT_QUIET,	 /* few stops */
	SP_WAIT_TRIAL,	 /* the ways take turns */
	SP_WAIT_SETTLED, /* the best one stays */
};

struct sp_waitpolicy {
	bool available[_SP_WAIT_MAX];
	enum sp_wait_phase phase;
	enum sp_wait_way way;
	int64_t now_ns;	     /* the windows judged so far are the clock */
	int64_t settled_ns;  /* when the last trial ended */
	int64_t interval_ns; /* from then to the review */

	/* The trial under way, or the last one. */
	struct sp_wait_window sum[_SP_WAIT_MAX];
	unsigned windows[_SP_WAIT_MAX];
	bool skipped[_SP_WAIT_MAX];
	unsigned saturated; /* windows in a row of a saturated machine */

	enum sp_wait_way settled_way; /* the last trial's result, good until the review */
	double settled_rate;
	unsigned strange; /* windows in a row whose rate is far from settled_rate */
	/* A way that fared badly sits out this many trials, more each time. */
	unsigned to_skip[_SP_WAIT_MAX], last_skip[_SP_WAIT_MAX];
	unsigned trials;
};

/* SP_WAIT_BLOCK is always available. */
void sp_waitpolicy_init(struct sp_waitpolicy *policy, const bool available[_SP_WAIT_MAX]);

/*
 * Takes a window of the present way (policy->way) and says which way the next one is to be.
 * saturated: others than the tracees want more CPU than there is; then it is SP_WAIT_BLOCK.
 */
enum sp_wait_way sp_waitpolicy_judge(struct sp_waitpolicy *policy,
				     const struct sp_wait_window *window, bool saturated);

/*
 * The target did nothing for that long: no window tells anything then. The next one is waited for
 * in SP_WAIT_BLOCK.
 */
void sp_waitpolicy_pause(struct sp_waitpolicy *policy, int64_t ns);

/* The way cannot be taken after all; never chosen again. */
void sp_waitpolicy_exclude(struct sp_waitpolicy *policy, enum sp_wait_way way);
