/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Local search, for problems that are too entangled to be solved. The neighbours of a state are
 * those in which one group, or two at once, stand on other lines. Where taking any one group away
 * is not cheaper, no word is redundant: a word without effect costs its price and brings nothing.
 */

#include "cover-private.h"

/* States looked at in pairs of moves, over all steps; single moves go on until none helps. */
enum { PAIRS_MAX = 1 << 15 };

struct descent {
	const struct sp_cover_problem *p;
	struct sp_cover_answer *at;
	unsigned pairs;
};

static bool consider(struct descent *d, const struct sp_cover_state *s)
{
	struct sp_cover_cost cost = sp_cover_cost_of(d->p, s);

	d->at->nodes++;
	if (sp_cover_cost_compare(&cost, &d->at->cost) >= 0)
		return false;
	d->at->state = *s;
	d->at->cost = cost;
	return true;
}

static bool move_group(struct descent *d, struct sp_cover_state from, size_t group)
{
	bool better = false;

	for (int line = 0; line < _SP_COVER_LINE_MAX; line++) {
		struct sp_cover_state s =
			sp_cover_with_group_on(from, group, (enum sp_cover_line)line);

		if (d->p->lines[group] >> line & 1)
			better |= consider(d, &s);
	}
	return better;
}

/* Moves to the best neighbour by one group; false when the state is as good as any of them. */
static bool step_one(struct descent *d)
{
	struct sp_cover_state from = d->at->state;
	bool better = false;

	for (size_t i = 0; i < d->p->n_groups; i++)
		better |= move_group(d, from, i);
	return better;
}

/*
 * Costs add up over atoms, so two groups without a common one gain nothing together that neither
 * gains alone: only overlapping ones are tried, once no single move helps.
 */
static bool step_two(struct descent *d)
{
	const struct sp_cover_problem *p = d->p;
	struct sp_cover_state from = d->at->state;
	bool better = false;

	for (size_t i = 0; i < p->n_groups; i++)
		for (int line = 0; line < _SP_COVER_LINE_MAX; line++) {
			struct sp_cover_state moved =
				sp_cover_with_group_on(from, i, (enum sp_cover_line)line);

			if (!(p->lines[i] >> line & 1))
				continue;
			for (size_t j = i + 1; j < p->n_groups; j++)
				if (p->overlaps[i] >> j & 1 && d->pairs++ < PAIRS_MAX)
					better |= move_group(d, moved, j);
		}
	return better;
}

/* Every step makes the state cheaper, so this ends. */
void sp_cover_improve(const struct sp_cover_problem *p, struct sp_cover_answer *answer)
{
	struct descent d = { p, answer, 0 };

	answer->cost = sp_cover_cost_of(p, &answer->state);
	while (step_one(&d) || step_two(&d))
		;
}
