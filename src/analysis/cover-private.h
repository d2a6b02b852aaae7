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
#define SP_COVER_GROUPS_MAX 64

/* All calls that are in the same groups and cost the same. */
struct sp_cover_atom {
	uint64_t groups; /* which of sp_cover_problem.groups hold these calls */
	bool required;	 /* must be allowed: needed, or of @default */
	bool implicit;	 /* in @default, which every allow-list begins with */
	uint32_t n;	 /* calls */
	uint32_t risk;	 /* of one call, if it is allowed without being required */
};

struct sp_cover_problem {
	const struct sp_group *groups[SP_COVER_GROUPS_MAX]; /* sorted by name */
	size_t n_groups;
	uint64_t overlaps[SP_COVER_GROUPS_MAX]; /* groups that share an atom with this one */
	struct sp_cover_atom *atoms;		/* owned */
	size_t n_atoms;
	struct sp_sysset required, implicit; /* known to libseccomp */
	uint32_t risk[SP_CALLS_MAX];
	uint32_t word_price;
};

/* Groups on each line; no group stands on two. */
struct sp_cover_state {
	uint64_t allow, deny, again;
};

/* Ordered: the first unequal member decides. */
struct sp_cover_cost {
	uint64_t price;
	unsigned words;
	unsigned again; /* groups on the third line where the first would do */
};

int sp_cover_problem_init(struct sp_cover_problem *p, const struct sp_groups *groups,
			  const struct sp_cover_terms *terms, const struct sp_sysset *needed);
void sp_cover_problem_done(struct sp_cover_problem *p);

struct sp_cover_cost sp_cover_cost_of(const struct sp_cover_problem *p,
				      const struct sp_cover_state *s);

/* < 0 when a is cheaper than b, 0 when they cost the same. */
int sp_cover_cost_compare(const struct sp_cover_cost *a, const struct sp_cover_cost *b);

/* Writes a state down as words. *ret must be all zero. 0 or -ENOMEM. */
int sp_cover_render(const struct sp_cover_problem *p, const struct sp_cover_state *s,
		    struct sp_text *ret);

/* The cheapest state found, never one with a word that could go. */
struct sp_cover_state sp_cover_search(const struct sp_cover_problem *p);
