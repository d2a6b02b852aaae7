/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cover-private.h"

#include <errno.h>

#include "sysprofile/risk.h"

/* More than any number of words costs: what must not be allowed. */
enum { RISK_FORBIDDEN = 1000000000 };

enum {
	ON_NONE = 1 << SP_COVER_LINE_NONE,
	ON_ALLOW = 1 << SP_COVER_LINE_ALLOW,
	ON_DENY = 1 << SP_COVER_LINE_DENY,
	ON_AGAIN = 1 << SP_COVER_LINE_AGAIN,
};

static void drop_unknown(struct sp_sysset *set)
{
	struct sp_sysset all = *set;

	sp_sysset_foreach (c, &all)
		if (!sp_call_is_known((sp_call)c))
			sp_sysset_remove(set, (sp_call)c);
}

static uint64_t groups_of(const struct sp_cover_problem *p, sp_call call)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < p->n_groups; i++)
		if (sp_sysset_contains(&p->groups[i]->set, call))
			mask |= UINT64_C(1) << i;
	return mask;
}

static void add_to_atoms(struct sp_cover_problem *p, sp_call call)
{
	struct sp_cover_atom atom = {
		.groups = groups_of(p, call),
		.required = sp_sysset_contains(&p->required, call),
		.implicit = sp_sysset_contains(&p->implicit, call),
		.n = 1,
		.risk = p->risk[call],
	};

	/* Allowed or not, nobody notices. */
	if (!atom.required && atom.risk == 0)
		return;
	/* A required call's risk is never asked for: one atom less where it differs. */
	if (atom.required)
		atom.risk = 0;
	for (size_t i = 0; i < p->n_atoms; i++) {
		struct sp_cover_atom *a = &p->atoms[i];

		if (a->groups == atom.groups && a->required == atom.required &&
		    a->implicit == atom.implicit && a->risk == atom.risk) {
			a->n++;
			return;
		}
	}
	p->atoms[p->n_atoms++] = atom;
}

static void find_overlaps(struct sp_cover_problem *p)
{
	for (size_t i = 0; i < p->n_groups; i++)
		for (size_t a = 0; a < p->n_atoms; a++)
			if (p->atoms[a].groups >> i & 1)
				p->overlaps[i] |= p->atoms[a].groups;
}

/*
 * Lines on which a group can do some good: where it allows what is required and nothing allows
 * yet, takes away what is not required, or gives back what is. Anywhere else it is a word that
 * could go.
 */
static uint8_t useful_lines(const struct sp_cover_problem *p, size_t group)
{
	uint8_t lines = ON_NONE;

	for (size_t i = 0; i < p->n_atoms; i++) {
		const struct sp_cover_atom *a = &p->atoms[i];

		if (!(a->groups >> group & 1))
			continue;
		if (!a->required)
			lines |= ON_DENY;
		else if (a->implicit)
			lines |= ON_AGAIN;
		else
			lines |= ON_ALLOW | ON_AGAIN;
	}
	return lines;
}

/* calls, required, implicit and risk are set; the rest follows. */
static int complete(struct sp_cover_problem *p)
{
	p->atoms = calloc(sp_sysset_count(&p->calls) + 1, sizeof(*p->atoms));
	if (!p->atoms)
		return -ENOMEM;
	sp_sysset_foreach (c, &p->calls)
		add_to_atoms(p, (sp_call)c);
	find_overlaps(p);
	for (size_t i = 0; i < p->n_groups; i++)
		p->lines[i] &= useful_lines(p, i);
	return 0;
}

static void add_group(struct sp_cover_problem *p, const struct sp_group *group, uint8_t lines)
{
	if (p->n_groups == SP_COVER_GROUPS_MAX)
		return;
	p->groups[p->n_groups] = group;
	p->lines[p->n_groups++] = lines;
}

/*
 * @known is every call there is, and on the next release more: no word for a list of what was
 * learned, unless all of it is wanted.
 */
static bool is_word(const struct sp_group *group, enum sp_style style)
{
	return style == SP_STYLE_EXACT || !sp_streq(group->name, "@known");
}

static void assess(struct sp_cover_problem *p, const struct sp_groups *groups,
		   const struct sp_cover_terms *terms)
{
	struct sp_risks risks;

	sp_risk_assess(groups, &p->required, terms->all_abis, &risks);
	for (size_t c = 0; c < SP_CALLS_MAX; c++) {
		uint8_t tier = risks.tier[c];

		if (terms->style == SP_STYLE_EXACT)
			p->risk[c] = tier == SP_RISK_NONE ? 0 : RISK_FORBIDDEN;
		else
			p->risk[c] = terms->tier_prices ? terms->tier_prices[tier]
							: sp_risk_table[tier].price;
	}
}

static uint32_t word_price(const struct sp_cover_terms *terms)
{
	return terms->word_price ? terms->word_price : SP_WORD_PRICE;
}

int sp_cover_problem_allow(struct sp_cover_problem *p, const struct sp_groups *groups,
			   const struct sp_cover_terms *terms, const struct sp_sysset *needed)
{
	const struct sp_group *implicit = sp_groups_find(groups, "@default");

	*p = (struct sp_cover_problem){ .required = *needed, .word_price = word_price(terms) };
	for (size_t i = 0; i < sp_groups_count(groups); i++)
		if (is_word(sp_groups_at(groups, i), terms->style))
			add_group(p, sp_groups_at(groups, i),
				  ON_NONE | ON_ALLOW | ON_DENY | ON_AGAIN);

	drop_unknown(&p->required);
	assess(p, groups, terms);
	if (terms->headroom)
		sp_sysset_unite(&p->required, terms->headroom);
	drop_unknown(&p->required);
	if (implicit) {
		p->implicit = implicit->set;
		drop_unknown(&p->implicit);
		/* A denied group must not take away what every program may rely on. */
		sp_sysset_unite(&p->required, &p->implicit);
	}
	p->calls = p->required;
	for (size_t i = 0; i < p->n_groups; i++)
		sp_sysset_unite(&p->calls, &p->groups[i]->set);
	drop_unknown(&p->calls);
	return complete(p);
}

int sp_cover_problem_deny(struct sp_cover_problem *p, const struct sp_groups *groups,
			  const struct sp_cover_terms *terms, const struct sp_sysset *refused,
			  const struct sp_sysset *either, const struct sp_group *const *words,
			  size_t n_words)
{
	*p = (struct sp_cover_problem){ .word_price = word_price(terms) };
	for (size_t i = 0; i < n_words; i++)
		add_group(p, words[i], ON_NONE | ON_DENY | ON_AGAIN);
	for (size_t i = 0; i < sp_groups_count(groups); i++)
		sp_sysset_unite(&p->calls, &sp_groups_at(groups, i)->set);
	sp_sysset_unite(&p->calls, refused);
	drop_unknown(&p->calls);
	if (either)
		sp_sysset_subtract(&p->calls, either);
	p->implicit = p->calls;
	p->required = p->calls;
	sp_sysset_subtract(&p->required, refused);
	for (size_t c = 0; c < SP_CALLS_MAX; c++)
		p->risk[c] = RISK_FORBIDDEN;
	return complete(p);
}

void sp_cover_problem_done(struct sp_cover_problem *p)
{
	free(p->atoms);
	p->atoms = NULL;
	p->n_atoms = 0;
}

/*
 * systemd has no reference counts: what the last line says of a call holds, so a denied call is
 * gone whatever allowed it, and only the third line brings it back.
 */
static bool is_in(const struct sp_cover_state *s, uint64_t groups, bool implicit)
{
	if (groups & s->again)
		return true;
	if (groups & s->deny)
		return false;
	return implicit || groups & s->allow;
}

struct sp_cover_cost sp_cover_cost_of_atom(const struct sp_cover_problem *p,
					   const struct sp_cover_atom *atom,
					   const struct sp_cover_state *s)
{
	struct sp_cover_cost cost = {};

	if (is_in(s, atom->groups, atom->implicit) == atom->required)
		return cost;
	/* A missing call is named; one too many is denied by name where that is cheaper. */
	if (atom->required || (atom->risk > p->word_price && !(atom->groups & s->again))) {
		cost.words = atom->n;
		cost.price = (uint64_t)atom->n * p->word_price;
	} else {
		cost.price = (uint64_t)atom->n * atom->risk;
	}
	return cost;
}

struct sp_cover_cost sp_cover_cost_of_group(const struct sp_cover_problem *p, size_t group,
					    enum sp_cover_line line)
{
	const uint64_t first = UINT64_C(1) << (63 - group);
	struct sp_cover_cost cost = {
		.not_allow = line == SP_COVER_LINE_ALLOW ? 0 : first,
		.not_deny = line == SP_COVER_LINE_DENY ? 0 : first,
		.not_again = line == SP_COVER_LINE_AGAIN ? 0 : first,
	};

	if (line == SP_COVER_LINE_NONE)
		return cost;
	cost.price = p->word_price;
	cost.words = 1;
	cost.again = line == SP_COVER_LINE_AGAIN;
	return cost;
}

static enum sp_cover_line line_of_group(const struct sp_cover_state *s, size_t group)
{
	if (s->allow >> group & 1)
		return SP_COVER_LINE_ALLOW;
	if (s->deny >> group & 1)
		return SP_COVER_LINE_DENY;
	return s->again >> group & 1 ? SP_COVER_LINE_AGAIN : SP_COVER_LINE_NONE;
}

struct sp_cover_cost sp_cover_cost_of(const struct sp_cover_problem *p,
				      const struct sp_cover_state *s)
{
	struct sp_cover_cost cost = {}, more;

	for (size_t i = 0; i < p->n_groups; i++) {
		more = sp_cover_cost_of_group(p, i, line_of_group(s, i));
		sp_cover_cost_add(&cost, &more);
	}
	for (size_t i = 0; i < p->n_atoms; i++) {
		more = sp_cover_cost_of_atom(p, &p->atoms[i], s);
		sp_cover_cost_add(&cost, &more);
	}
	return cost;
}

void sp_cover_cost_add(struct sp_cover_cost *cost, const struct sp_cover_cost *more)
{
	cost->price += more->price;
	cost->words += more->words;
	cost->again += more->again;
	cost->not_allow += more->not_allow;
	cost->not_deny += more->not_deny;
	cost->not_again += more->not_again;
}

static int compare(uint64_t a, uint64_t b)
{
	return a == b ? 0 : a < b ? -1 : 1;
}

int sp_cover_cost_compare(const struct sp_cover_cost *a, const struct sp_cover_cost *b)
{
	int r = compare(a->price, b->price);

	if (r == 0)
		r = compare(a->words, b->words);
	if (r == 0)
		r = compare(a->again, b->again);
	if (r == 0)
		r = compare(a->not_allow, b->not_allow);
	if (r == 0)
		r = compare(a->not_deny, b->not_deny);
	return r == 0 ? compare(a->not_again, b->not_again) : r;
}

struct sp_cover_state sp_cover_with_group_on(struct sp_cover_state s, size_t group,
					     enum sp_cover_line line)
{
	uint64_t bit = UINT64_C(1) << group;

	s.allow &= ~bit;
	s.deny &= ~bit;
	s.again &= ~bit;
	if (line == SP_COVER_LINE_ALLOW)
		s.allow |= bit;
	else if (line == SP_COVER_LINE_DENY)
		s.deny |= bit;
	else if (line == SP_COVER_LINE_AGAIN)
		s.again |= bit;
	return s;
}
