/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cover-private.h"

/*
 * Local search from a few starts. The neighbours of a state are those in which one group, or two
 * at once, stand on other lines. Where taking any one group away is not cheaper, no word is
 * redundant: a word without effect costs its price and brings nothing.
 */

enum line { LINE_NONE, LINE_ALLOW, LINE_DENY, LINE_AGAIN, N_LINES };

static struct sp_cover_state with_group_on(struct sp_cover_state s, size_t group, int line)
{
	uint64_t bit = UINT64_C(1) << group;

	s.allow &= ~bit;
	s.deny &= ~bit;
	s.again &= ~bit;
	if (line == LINE_ALLOW)
		s.allow |= bit;
	else if (line == LINE_DENY)
		s.deny |= bit;
	else if (line == LINE_AGAIN)
		s.again |= bit;
	return s;
}

struct candidate {
	struct sp_cover_state state;
	struct sp_cover_cost cost;
};

static bool improve(const struct sp_cover_problem *p, const struct sp_cover_state *s,
		    struct candidate *best)
{
	struct sp_cover_cost cost = sp_cover_cost_of(p, s);

	if (sp_cover_cost_compare(&cost, &best->cost) >= 0)
		return false;
	*best = (struct candidate){ *s, cost };
	return true;
}

/* Moves to the best neighbour by one group; false when the state is as good as any of them. */
static bool step_one(const struct sp_cover_problem *p, struct candidate *at)
{
	struct sp_cover_state from = at->state;
	bool better = false;

	for (size_t i = 0; i < p->n_groups; i++)
		for (int line = 0; line < N_LINES; line++) {
			struct sp_cover_state s = with_group_on(from, i, line);

			better |= improve(p, &s, at);
		}
	return better;
}

static void move_second(const struct sp_cover_problem *p, struct sp_cover_state from, size_t second,
			struct candidate *best)
{
	for (int line = 0; line < N_LINES; line++) {
		struct sp_cover_state s = with_group_on(from, second, line);

		improve(p, &s, best);
	}
}

/*
 * Costs add up over atoms, so two groups without a common one gain nothing together that neither
 * gains alone: only overlapping ones are tried, once no single move helps.
 */
static bool step_two(const struct sp_cover_problem *p, struct candidate *at)
{
	struct candidate best = *at;

	for (size_t i = 0; i < p->n_groups; i++)
		for (int line = 0; line < N_LINES; line++) {
			struct sp_cover_state moved = with_group_on(at->state, i, line);

			for (size_t j = i + 1; j < p->n_groups; j++)
				if (p->overlaps[i] >> j & 1)
					move_second(p, moved, j, &best);
		}
	if (sp_cover_cost_compare(&best.cost, &at->cost) >= 0)
		return false;
	*at = best;
	return true;
}

/* Every step makes the state cheaper, so this ends. */
static struct candidate descend(const struct sp_cover_problem *p, struct sp_cover_state from)
{
	struct candidate at = { from, sp_cover_cost_of(p, &from) };

	while (step_one(p, &at) || step_two(p, &at))
		;
	return at;
}

/* Ties break by name: the text with the earlier group on the earlier line wins. */
static bool reads_first(const struct sp_cover_state *a, const struct sp_cover_state *b)
{
	const uint64_t lines[][2] = {
		{ a->allow, b->allow },
		{ a->deny, b->deny },
		{ a->again, b->again },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(lines); i++) {
		uint64_t differ = lines[i][0] ^ lines[i][1];

		if (differ)
			return lines[i][0] >> __builtin_ctzll(differ) & 1;
	}
	return false;
}

static void try_start(const struct sp_cover_problem *p, struct sp_cover_state start,
		      struct candidate *best)
{
	struct candidate c = descend(p, start);
	int r = sp_cover_cost_compare(&c.cost, &best->cost);

	if (r < 0 || (r == 0 && reads_first(&c.state, &best->state)))
		*best = c;
}

/* The groups of which something beyond @default is needed. */
static uint64_t touched_groups(const struct sp_cover_problem *p)
{
	uint64_t touched = 0;

	for (size_t i = 0; i < p->n_atoms; i++)
		if (p->atoms[i].required && !p->atoms[i].implicit)
			touched |= p->atoms[i].groups;
	return touched;
}

/* The widest group of all, which systemd offers as the place to begin; 0 where there is none. */
static uint64_t service_group(const struct sp_cover_problem *p)
{
	for (size_t i = 0; i < p->n_groups; i++)
		if (sp_streq(p->groups[i]->name, "@system-service"))
			return UINT64_C(1) << i;
	return 0;
}

struct sp_cover_state sp_cover_search(const struct sp_cover_problem *p)
{
	uint64_t touched = touched_groups(p), service = service_group(p);
	uint64_t all = p->n_groups == 64 ? ~UINT64_C(0) : (UINT64_C(1) << p->n_groups) - 1;
	struct candidate best = descend(p, (struct sp_cover_state){});

	try_start(p, (struct sp_cover_state){ .allow = service }, &best);
	try_start(p, (struct sp_cover_state){ .allow = service, .deny = all & ~touched & ~service },
		  &best);
	try_start(p, (struct sp_cover_state){ .allow = touched & ~service }, &best);
	return best.state;
}
