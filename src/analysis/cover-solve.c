/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The cheapest state, by eliminating one group after the other (Dechter: bucket elimination).
 *
 * The cost is a sum over atoms, and an atom looks only at the groups that hold it. So the best
 * line for a group depends on nothing but the lines of the groups that share an atom with it, and
 * can be written down for each of their combinations; that table then stands in for the group and
 * everything it touched, as one more term between those that are left. systemd's groups nest and
 * hardly overlap: with the least entangled group always the next one, no table of any release
 * looks at more than three groups, and what would be 4^28 states is a thousand entries.
 *
 * A listing may be more entangled than that. Where a table would become too large its terms are
 * put into several smaller tables, each of which then chooses the line for itself: their sum is a
 * lower bound (mini-buckets), and what they choose is where a local search begins.
 */

#include "cover-private.h"

#include <errno.h>

/* 2 bits a group in the index of a table. */
_Static_assert(_SP_COVER_LINE_MAX == 4, "two bits tell the line");
enum { SCOPE_MAX = 10 };

/* For every combination of lines of the groups in scope, what the rest costs at least. */
struct table {
	uint64_t scope;		 /* groups it looks at */
	struct sp_cover_cost *v; /* owned; lowest group in the lowest bits */
	int bucket;		 /* the group that was eliminated with it; -1: not yet */
	unsigned part;		 /* of the bucket */
};

struct solver {
	const struct sp_cover_problem *p;
	struct table *tables; /* owned, as is the next */
	struct table *chosen; /* copies of those of one part; they own nothing */
	size_t n_tables;
	size_t scope_max;
	uint64_t left; /* groups to eliminate */
	uint8_t order[SP_COVER_GROUPS_MAX];
	struct sp_cover_cost total;
	uint64_t nodes;
	bool exact;
};

static void solver_done(struct solver *s)
{
	for (size_t i = 0; i < s->n_tables; i++)
		free(s->tables[i].v);
	free(s->tables);
	free(s->chosen);
}

static size_t size_of(uint64_t scope)
{
	return (size_t)1 << (2 * __builtin_popcountll(scope));
}

static bool holds(uint64_t scope, size_t group)
{
	return scope >> group & 1;
}

static size_t index_of(uint64_t scope, const uint8_t *lines)
{
	size_t index = 0, at = 0;

	for (uint64_t rest = scope; rest; rest &= rest - 1, at += 2)
		index |= (size_t)lines[__builtin_ctzll(rest)] << at;
	return index;
}

/* The lines that an index stands for; false when a group cannot stand there. */
static bool lines_of(const struct solver *s, uint64_t scope, size_t index, uint8_t *lines)
{
	for (uint64_t rest = scope; rest; rest &= rest - 1, index >>= 2) {
		int group = __builtin_ctzll(rest);

		lines[group] = index & 3;
		if (!(s->p->lines[group] >> lines[group] & 1))
			return false;
	}
	return true;
}

static struct table *add_table(struct solver *s, uint64_t scope)
{
	struct table *tables = reallocarray(s->tables, s->n_tables + 1, sizeof(*tables));
	struct sp_cover_cost *v = calloc(size_of(scope), sizeof(*v));

	if (tables)
		s->tables = tables;
	if (!tables || !v) {
		free(v);
		return NULL;
	}
	tables[s->n_tables] = (struct table){ scope, v, -1, 0 };
	return &tables[s->n_tables++];
}

static struct sp_cover_state state_of(uint64_t scope, const uint8_t *lines)
{
	struct sp_cover_state state = {};

	for (uint64_t rest = scope; rest; rest &= rest - 1) {
		int group = __builtin_ctzll(rest);

		state = sp_cover_with_group_on(state, (size_t)group,
					       (enum sp_cover_line)lines[group]);
	}
	return state;
}

static int add_atom(struct solver *s, const struct sp_cover_atom *atom)
{
	uint8_t lines[SP_COVER_GROUPS_MAX];
	struct table *t;

	/* Left out, it costs nothing, which keeps the bound a bound. */
	if ((size_t)__builtin_popcountll(atom->groups) > s->scope_max) {
		s->exact = false;
		return 0;
	}
	t = add_table(s, atom->groups);
	if (!t)
		return -ENOMEM;
	for (size_t i = 0; i < size_of(t->scope); i++) {
		struct sp_cover_state state;

		if (!lines_of(s, t->scope, i, lines))
			continue;
		state = state_of(t->scope, lines);
		t->v[i] = sp_cover_cost_of_atom(s->p, atom, &state);
		s->nodes++;
	}
	return 0;
}

/* Everything that looks at the group and has not been eliminated. */
static uint64_t reach_of(const struct solver *s, size_t group)
{
	uint64_t reach = UINT64_C(1) << group;

	for (size_t i = 0; i < s->n_tables; i++)
		if (s->tables[i].bucket < 0 && holds(s->tables[i].scope, group))
			reach |= s->tables[i].scope;
	return reach;
}

/* The least entangled group; the first of several, so that equal input has equal order. */
static size_t next_group(const struct solver *s)
{
	size_t best = 0;
	int best_reach = SP_COVER_GROUPS_MAX + 1;

	for (size_t i = 0; i < s->p->n_groups; i++) {
		int reach;

		if (!holds(s->left, i))
			continue;
		reach = __builtin_popcountll(reach_of(s, i));
		if (reach < best_reach) {
			best = i;
			best_reach = reach;
		}
	}
	return best;
}

/* Tables which choose the line of a group together. */
struct part {
	uint64_t scope;
	const struct table *tables; /* borrowed */
	size_t n;
	bool with_word; /* and the word for the group itself */
};

static struct sp_cover_cost cost_in(const struct solver *s, const struct part *part, size_t group,
				    const uint8_t *lines)
{
	struct sp_cover_cost cost = {};

	if (part->with_word)
		cost = sp_cover_cost_of_group(s->p, group, (enum sp_cover_line)lines[group]);
	for (size_t i = 0; i < part->n; i++) {
		const struct table *t = &part->tables[i];

		sp_cover_cost_add(&cost, &t->v[index_of(t->scope, lines)]);
	}
	return cost;
}

/* The best line, given those of the other groups; the cost of it, and in lines the line itself. */
static struct sp_cover_cost best_line(struct solver *s, const struct part *part, size_t group,
				      uint8_t *lines)
{
	struct sp_cover_cost best = {};
	int best_line = -1;

	for (int line = 0; line < _SP_COVER_LINE_MAX; line++) {
		struct sp_cover_cost cost;

		if (!(s->p->lines[group] >> line & 1))
			continue;
		lines[group] = (uint8_t)line;
		cost = cost_in(s, part, group, lines);
		s->nodes++;
		if (best_line < 0 || sp_cover_cost_compare(&cost, &best) < 0) {
			best = cost;
			best_line = line;
		}
	}
	lines[group] = (uint8_t)best_line;
	return best;
}

static int eliminate_part(struct solver *s, const struct part *part, size_t group)
{
	uint64_t others = part->scope & ~(UINT64_C(1) << group);
	uint8_t lines[SP_COVER_GROUPS_MAX];
	struct table *t;

	if (!others) {
		const struct sp_cover_cost cost = best_line(s, part, group, lines);

		sp_cover_cost_add(&s->total, &cost);
		return 0;
	}
	t = add_table(s, others);
	if (!t)
		return -ENOMEM;
	for (size_t i = 0; i < size_of(others); i++)
		if (lines_of(s, others, i, lines))
			t->v[i] = best_line(s, part, group, lines);
	return 0;
}

/*
 * Puts what looks at the group into parts, as few as may be: one, if that is not too large.
 * Returns how many.
 */
static unsigned deal_out(struct solver *s, size_t group)
{
	uint64_t scope = UINT64_C(1) << group;
	unsigned part = 0;

	for (size_t i = 0; i < s->n_tables; i++) {
		struct table *t = &s->tables[i];

		if (t->bucket >= 0 || !holds(t->scope, group))
			continue;
		if ((size_t)__builtin_popcountll(scope | t->scope) > s->scope_max) {
			s->exact = false;
			scope = UINT64_C(1) << group;
			part++;
		}
		scope |= t->scope;
		t->bucket = (int)group;
		t->part = part;
	}
	return part + 1;
}

/* All parts of the bucket for part < 0. The word counts with the first. */
static int choose(struct solver *s, size_t group, int part, struct part *ret)
{
	struct table *chosen = reallocarray(s->chosen, s->n_tables + 1, sizeof(*chosen));

	if (!chosen)
		return -ENOMEM;
	s->chosen = chosen;
	*ret = (struct part){ .tables = chosen, .with_word = part <= 0 };
	ret->scope = UINT64_C(1) << group;
	for (size_t i = 0; i < s->n_tables; i++) {
		const struct table *t = &s->tables[i];

		if (t->bucket != (int)group || (part >= 0 && t->part != (unsigned)part))
			continue;
		ret->scope |= t->scope;
		chosen[ret->n++] = *t;
	}
	return 0;
}

static int eliminate(struct solver *s, size_t group)
{
	unsigned parts = deal_out(s, group);

	for (unsigned i = 0; i < parts; i++) {
		struct part part;
		int r = choose(s, group, (int)i, &part);

		if (r == 0)
			r = eliminate_part(s, &part, group);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Backwards, so that each group finds the lines of those that its bucket looks at. */
static int read_state(struct solver *s, struct sp_cover_state *ret)
{
	uint8_t lines[SP_COVER_GROUPS_MAX] = {};

	for (size_t i = s->p->n_groups; i-- > 0;) {
		struct part part;
		int r = choose(s, s->order[i], -1, &part);

		if (r < 0)
			return r;
		(void)best_line(s, &part, s->order[i], lines);
	}
	*ret = state_of(~UINT64_C(0) >> (64 - s->p->n_groups), lines);
	return 0;
}

/* An equal share of the nodes for each group. */
static size_t scope_for(uint64_t nodes_max, size_t n_groups)
{
	size_t scope = 1;

	while (scope < SCOPE_MAX && (UINT64_C(1) << (2 * (scope + 1))) <= nodes_max / n_groups)
		scope++;
	return scope;
}

static int solve(struct solver *s, struct sp_cover_answer *ret)
{
	const struct sp_cover_problem *p = s->p;
	int r = 0;

	for (size_t i = 0; i < p->n_atoms && r == 0; i++) {
		if (p->atoms[i].groups) {
			r = add_atom(s, &p->atoms[i]);
		} else {
			const struct sp_cover_state none = {};
			const struct sp_cover_cost cost =
				sp_cover_cost_of_atom(p, &p->atoms[i], &none);

			sp_cover_cost_add(&s->total, &cost);
		}
	}
	for (size_t i = 0; i < p->n_groups && r == 0; i++) {
		s->order[i] = (uint8_t)next_group(s);
		s->left &= ~(UINT64_C(1) << s->order[i]);
		r = eliminate(s, s->order[i]);
	}
	return r < 0 ? r : read_state(s, &ret->state);
}

/* From what the parts chose, and from nothing. */
static void search_on(const struct sp_cover_problem *p, struct sp_cover_answer *answer)
{
	struct sp_cover_answer other = {};

	sp_cover_improve(p, answer);
	sp_cover_improve(p, &other);
	if (sp_cover_cost_compare(&other.cost, &answer->cost) < 0) {
		answer->state = other.state;
		answer->cost = other.cost;
	}
	answer->nodes += other.nodes;
}

int sp_cover_solve(const struct sp_cover_problem *p, uint64_t nodes_max,
		   struct sp_cover_answer *ret)
{
	_cleanup_(solver_done) struct solver s = { .p = p, .exact = true };
	struct sp_cover_answer answer = {};
	int r;

	if (p->n_groups > 0) {
		s.left = ~UINT64_C(0) >> (64 - p->n_groups);
		s.scope_max = scope_for(nodes_max, p->n_groups);
		r = solve(&s, &answer);
		if (r < 0)
			return r;
	}
	answer.cost = sp_cover_cost_of(p, &answer.state);
	answer.nodes = s.nodes;
	answer.bound = p->n_groups > 0 ? s.total.price : answer.cost.price;
	if (!s.exact)
		search_on(p, &answer);
	*ret = answer;
	return 0;
}
