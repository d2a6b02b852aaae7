/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finding words as a problem of choice: which groups stand on which of the three lines. Names
 * follow from the groups, so they are no choice.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sysprofile/cover.h"

/* Groups stand as bits; a listing with more than that many leaves the last ones unused. */
#define SP_COVER_GROUPS_MAX 64

enum sp_cover_line {
	SP_COVER_LINE_NONE,
	SP_COVER_LINE_ALLOW,
	SP_COVER_LINE_DENY,
	SP_COVER_LINE_AGAIN,
	_SP_COVER_LINE_MAX,
};

/* All calls that are in the same groups and cost the same. */
struct sp_cover_atom {
	uint64_t groups; /* which of sp_cover_problem.groups hold these calls */
	bool required;	 /* must be allowed */
	bool implicit;	 /* allowed without a word: in @default; all calls for a deny-list */
	uint32_t n;	 /* calls */
	uint32_t risk;	 /* of one call, if it is allowed without being required */
};

struct sp_cover_problem {
	const struct sp_group *groups[SP_COVER_GROUPS_MAX]; /* sorted by name */
	uint8_t lines[SP_COVER_GROUPS_MAX]; /* where it may stand: a bit 1 << sp_cover_line each */
	size_t n_groups;
	uint64_t overlaps[SP_COVER_GROUPS_MAX]; /* groups that share an atom with this one */
	struct sp_cover_atom *atoms;		/* owned */
	size_t n_atoms;
	struct sp_sysset calls; /* those in question; all sets are of calls known to libseccomp */
	struct sp_sysset required, implicit;
	uint32_t risk[SP_CALLS_MAX];
	uint32_t word_price;
};

/* Groups on each line; no group stands on two. */
struct sp_cover_state {
	uint64_t allow, deny, again;
};

/*
 * Ordered: the first unequal member decides. The last three break ties by name: the text with the
 * earlier group on the earlier line costs less, and no two states cost the same.
 */
struct sp_cover_cost {
	uint64_t price;
	uint64_t words;
	uint64_t again; /* groups on the third line where the first would do */
	uint64_t not_allow, not_deny, not_again;
};

/*
 * An allow-list for what is needed, and for headroom; the risk of the rest follows from what is
 * needed alone. 0 or -ENOMEM; sp_cover_problem_done() frees.
 */
int sp_cover_problem_allow(struct sp_cover_problem *p, const struct sp_groups *groups,
			   const struct sp_cover_terms *terms, const struct sp_sysset *needed);
/*
 * A deny-list that refuses these calls and no others, but those of either as it comes (NULL: of
 * none), with groups from among words alone.
 */
int sp_cover_problem_deny(struct sp_cover_problem *p, const struct sp_groups *groups,
			  const struct sp_cover_terms *terms, const struct sp_sysset *refused,
			  const struct sp_sysset *either, const struct sp_group *const *words,
			  size_t n_words);
void sp_cover_problem_done(struct sp_cover_problem *p);

struct sp_cover_cost sp_cover_cost_of(const struct sp_cover_problem *p,
				      const struct sp_cover_state *s);
/* What one atom adds to that; groups that do not hold it play no part. */
struct sp_cover_cost sp_cover_cost_of_atom(const struct sp_cover_problem *p,
					   const struct sp_cover_atom *atom,
					   const struct sp_cover_state *s);
/* What the word for the group itself adds. */
struct sp_cover_cost sp_cover_cost_of_group(const struct sp_cover_problem *p, size_t group,
					    enum sp_cover_line line);
void sp_cover_cost_add(struct sp_cover_cost *cost, const struct sp_cover_cost *more);

/* < 0 when a is cheaper than b; 0 for the same state alone. */
int sp_cover_cost_compare(const struct sp_cover_cost *a, const struct sp_cover_cost *b);

struct sp_cover_state sp_cover_with_group_on(struct sp_cover_state s, size_t group,
					     enum sp_cover_line line);

/* Writes a state down as words. *ret must be all zero. 0 or -ENOMEM. */
int sp_cover_render(const struct sp_cover_problem *p, const struct sp_cover_state *s,
		    struct sp_text *ret);

/*
 * For explicit_deny: adds to the text's second line the high-risk groups of which nothing is
 * needed, and takes off it what they refuse as well. 0 or -ENOMEM.
 */
int sp_cover_refuse_besides(const struct sp_groups *groups, const struct sp_cover_terms *terms,
			    const struct sp_sysset *needed, struct sp_text *text);

struct sp_cover_answer {
	struct sp_cover_state state;
	struct sp_cover_cost cost;
	uint64_t bound; /* no state has a lower price */
	uint64_t nodes;
};

/*
 * The cheapest state, where the bound equals its price; where nodes_max ends the search first, a
 * good one without a word that could go. 0 or -ENOMEM.
 */
int sp_cover_solve(const struct sp_cover_problem *p, uint64_t nodes_max,
		   struct sp_cover_answer *ret);

/* Makes a state cheaper by small steps until none of them helps. */
void sp_cover_improve(const struct sp_cover_problem *p, struct sp_cover_answer *answer);
