/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The allow styles of cover.h as a problem of choice: which groups stand on which of the three
 * lines. Names follow from the groups, so they are no choice. Any search over states, be it for
 * a good or for the best one, works on this model.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sysprofile/cover.h"

/* Groups stand as bits; a listing with more than that many leaves the last ones unused. */
#define COVER_GROUPS_MAX 64

/* All calls that are in the same groups and cost the same. */
struct cover_atom {
	uint64_t groups; /* which of cover_problem.groups hold these calls */
	bool required;	 /* must be allowed: needed, or of @default */
	bool implicit;	 /* in @default, which every allow-list begins with */
	uint32_t n;	 /* calls */
	uint32_t risk;	 /* of one call, if it is allowed without being required */
};

struct cover_problem {
	const struct sp_group *groups[COVER_GROUPS_MAX]; /* sorted by name */
	size_t n_groups;
	struct cover_atom *atoms; /* owned */
	size_t n_atoms;
	struct sp_sysset required, implicit; /* known to libseccomp */
	uint32_t risk[SP_CALLS_MAX];
};

/* Groups on each line; no group stands on two. */
struct cover_state {
	uint64_t allow, deny, again;
};

/* Ordered: the first unequal member decides. */
struct cover_cost {
	uint64_t price;
	unsigned words;
	unsigned again; /* groups on the third line where the first would do */
};

int cover_problem_init(struct cover_problem *p, const struct sp_groups *groups, bool exact,
		       const struct sp_sysset *needed);
void cover_problem_done(struct cover_problem *p);

struct cover_cost cover_cost_of(const struct cover_problem *p, const struct cover_state *s);

/* < 0 when a is cheaper than b, 0 when they cost the same. */
int cover_cost_compare(const struct cover_cost *a, const struct cover_cost *b);

/* Writes a state down as words. *ret must be all zero. 0 or -ENOMEM. */
int cover_render(const struct cover_problem *p, const struct cover_state *s, struct sp_text *ret);

/* The cheapest state found, never one with a word that could go. */
struct cover_state cover_search(const struct cover_problem *p);
