/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cover-private.h"

#include <errno.h>

#include "sysprofile/risk.h"

/* More than any number of words costs: what the exact style must not allow. */
enum { RISK_FORBIDDEN = 1000000 };

/*
 * @default is implicit in every allow-list, so the word never adds anything; @known is every
 * call there is (systemd.exec(5)), which is no filter any more.
 */
static bool is_word(const struct sp_group *group)
{
	return !sp_streq(group->name, "@default") && !sp_streq(group->name, "@known");
}

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

static void assess(struct sp_cover_problem *p, const struct sp_groups *groups,
		   const struct sp_cover_terms *terms)
{
	struct sp_risks risks;

	p->word_price = terms->word_price ? terms->word_price : SP_WORD_PRICE;
	sp_risk_assess(groups, &p->required, &risks);
	for (size_t c = 0; c < SP_CALLS_MAX; c++) {
		uint8_t tier = risks.tier[c];

		if (terms->style == SP_STYLE_EXACT)
			p->risk[c] = RISK_FORBIDDEN;
		else
			p->risk[c] = terms->tier_prices ? terms->tier_prices[tier]
							: sp_risk_table[tier].price;
	}
}

int sp_cover_problem_init(struct sp_cover_problem *p, const struct sp_groups *groups,
			  const struct sp_cover_terms *terms, const struct sp_sysset *needed)
{
	const struct sp_group *implicit = sp_groups_find(groups, "@default");
	struct sp_sysset calls;

	*p = (struct sp_cover_problem){ .required = *needed };
	for (size_t i = 0; i < sp_groups_count(groups) && p->n_groups < SP_COVER_GROUPS_MAX; i++)
		if (is_word(sp_groups_at(groups, i)))
			p->groups[p->n_groups++] = sp_groups_at(groups, i);

	drop_unknown(&p->required);
	assess(p, groups, terms);
	if (implicit) {
		p->implicit = implicit->set;
		drop_unknown(&p->implicit);
		/* A denied group must not take away what every program may rely on. */
		sp_sysset_unite(&p->required, &p->implicit);
	}

	calls = p->required;
	for (size_t i = 0; i < p->n_groups; i++)
		sp_sysset_unite(&calls, &p->groups[i]->set);
	drop_unknown(&calls);
	p->atoms = calloc(sp_sysset_count(&calls) + 1, sizeof(*p->atoms));
	if (!p->atoms)
		return -ENOMEM;
	sp_sysset_foreach (c, &calls)
		add_to_atoms(p, (sp_call)c);
	find_overlaps(p);
	return 0;
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

struct sp_cover_cost sp_cover_cost_of(const struct sp_cover_problem *p,
				      const struct sp_cover_state *s)
{
	unsigned words = (unsigned)__builtin_popcountll(s->allow) +
			 (unsigned)__builtin_popcountll(s->deny) +
			 (unsigned)__builtin_popcountll(s->again);
	uint64_t risk = 0;

	for (size_t i = 0; i < p->n_atoms; i++) {
		const struct sp_cover_atom *a = &p->atoms[i];

		if (is_in(s, a->groups, a->implicit) == a->required)
			continue;
		/* A missing call is named; one too many is denied by name where that is cheaper. */
		if (a->required || (a->risk > p->word_price && !(a->groups & s->again)))
			words += a->n;
		else
			risk += (uint64_t)a->n * a->risk;
	}
	return (struct sp_cover_cost){
		.price = risk + (uint64_t)words * p->word_price,
		.words = words,
		.again = (unsigned)__builtin_popcountll(s->again),
	};
}

int sp_cover_cost_compare(const struct sp_cover_cost *a, const struct sp_cover_cost *b)
{
	if (a->price != b->price)
		return a->price < b->price ? -1 : 1;
	if (a->words != b->words)
		return a->words < b->words ? -1 : 1;
	if (a->again != b->again)
		return a->again < b->again ? -1 : 1;
	return 0;
}

static int add_groups(const struct sp_cover_problem *p, uint64_t mask, struct sp_words *words)
{
	for (size_t i = 0; i < p->n_groups; i++) {
		int r;

		if (!(mask >> i & 1))
			continue;
		r = sp_words_add(words, p->groups[i]->name);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The line on which this call has to be named; NULL: on none. */
static struct sp_words *line_of(const struct sp_cover_problem *p, const struct sp_cover_state *s,
				sp_call call, struct sp_text *text)
{
	uint64_t groups = groups_of(p, call);
	bool required = sp_sysset_contains(&p->required, call);

	if (is_in(s, groups, sp_sysset_contains(&p->implicit, call)) == required)
		return NULL;
	if (required)
		return groups & s->deny ? &text->again : &text->allow;
	if (p->risk[call] > p->word_price && !(groups & s->again))
		return &text->deny;
	return NULL;
}

static int add_names(const struct sp_cover_problem *p, const struct sp_cover_state *s,
		     struct sp_text *text)
{
	struct sp_sysset calls = p->required;

	for (size_t i = 0; i < p->n_groups; i++)
		if (s->allow >> i & 1)
			sp_sysset_unite(&calls, &p->groups[i]->set);
	drop_unknown(&calls);
	sp_sysset_foreach (c, &calls) {
		struct sp_words *line = line_of(p, s, (sp_call)c, text);
		int r = line ? sp_words_add(line, sp_call_name((sp_call)c)) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

int sp_cover_render(const struct sp_cover_problem *p, const struct sp_cover_state *s,
		    struct sp_text *ret)
{
	_cleanup_(sp_text_done) struct sp_text text = {};
	int r;

	r = add_groups(p, s->allow, &text.allow);
	if (r == 0)
		r = add_groups(p, s->deny, &text.deny);
	if (r == 0)
		r = add_groups(p, s->again, &text.again);
	if (r == 0)
		r = add_names(p, s, &text);
	if (r < 0)
		return r;

	sp_words_sort(&text.allow);
	sp_words_sort(&text.deny);
	sp_words_sort(&text.again);
	*ret = text;
	text = (struct sp_text){};
	return 0;
}
