/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/cover.h"

#include <errno.h>

#include "cover-private.h"
#include "sysprofile/risk.h"

static const char *const style_names[_SP_STYLE_MAX] = {
	[SP_STYLE_GROUPS] = "groups",
	[SP_STYLE_EXACT] = "exact",
	[SP_STYLE_DENY] = "deny",
};

const char *sp_style_name(enum sp_style style)
{
	return style_names[style];
}

int sp_style_from_name(const char *name)
{
	for (int i = 0; i < _SP_STYLE_MAX; i++)
		if (sp_streq(style_names[i], name))
			return i;
	return -EINVAL;
}

void sp_text_done(struct sp_text *text)
{
	sp_words_done(&text->allow);
	sp_words_done(&text->deny);
	sp_words_done(&text->again);
}

static void set_of_words(const struct sp_groups *groups, const struct sp_words *words,
			 struct sp_sysset *ret)
{
	*ret = (struct sp_sysset){};
	for (size_t i = 0; i < words->n; i++) {
		const struct sp_group *g = sp_groups_find(groups, words->v[i]);
		sp_call call;

		if (g)
			sp_sysset_unite(ret, &g->set);
		else if (sp_call_lookup(words->v[i], strlen(words->v[i]), &call) == 0)
			sp_sysset_add(ret, call);
	}
}

void sp_text_effect(const struct sp_groups *groups, enum sp_style style, const struct sp_text *text,
		    struct sp_sysset *ret)
{
	const struct sp_group *implicit = sp_groups_find(groups, "@default");
	struct sp_sysset allow, deny, again, effect = {};

	set_of_words(groups, &text->allow, &allow);
	set_of_words(groups, &text->deny, &deny);
	set_of_words(groups, &text->again, &again);
	if (style == SP_STYLE_DENY) {
		effect = deny;
		sp_sysset_subtract(&effect, &again);
	} else {
		if (implicit)
			effect = implicit->set;
		sp_sysset_unite(&effect, &allow);
		sp_sysset_subtract(&effect, &deny);
		sp_sysset_unite(&effect, &again);
	}

	*ret = effect;
	sp_sysset_foreach (c, &effect)
		if (!sp_call_is_known((sp_call)c))
			sp_sysset_remove(ret, (sp_call)c);
}

static int cover_allow(const struct sp_groups *groups, const struct sp_cover_terms *terms,
		       const struct sp_sysset *needed, struct sp_text *ret,
		       struct sp_cover_proof *ret_proof)
{
	_cleanup_(sp_cover_problem_done) struct sp_cover_problem problem = {};
	struct sp_cover_state state;
	int r;

	r = sp_cover_problem_init(&problem, groups, terms, needed);
	if (r < 0)
		return r;
	state = sp_cover_search(&problem);
	r = sp_cover_render(&problem, &state, ret);
	if (r == 0 && ret_proof)
		ret_proof->cost = sp_cover_cost_of(&problem, &state).price;
	return r;
}

/* What refusing g adds to what is refused already. */
static size_t gain_of(const struct sp_group *g, const struct sp_sysset *refused)
{
	struct sp_sysset rest = g->set;
	size_t n = 0;

	sp_sysset_subtract(&rest, refused);
	sp_sysset_foreach (c, &rest)
		n += sp_call_is_known((sp_call)c);
	return n;
}

/*
 * The group that refuses the most new calls; of equals the wider one, so that a group is never
 * chosen beside one that holds it.
 */
static const struct sp_group *best_to_deny(const struct sp_groups *groups,
					   const struct sp_sysset *needed,
					   const struct sp_sysset *refused)
{
	const struct sp_group *best = NULL;
	size_t best_gain = 0;

	for (size_t i = 0; i < sp_groups_count(groups); i++) {
		const struct sp_group *g = sp_groups_at(groups, i);
		size_t gain;

		if (sp_sysset_intersects(&g->set, needed))
			continue;
		gain = gain_of(g, refused);
		if (gain > best_gain || (gain > 0 && gain == best_gain &&
					 sp_sysset_count(&g->set) > sp_sysset_count(&best->set))) {
			best = g;
			best_gain = gain;
		}
	}
	return best;
}

/* Groups chosen early can be covered by later ones together: such words go again. */
static void drop_redundant(const struct sp_groups *groups, struct sp_text *text)
{
	struct sp_sysset all, rest;

	sp_text_effect(groups, SP_STYLE_DENY, text, &all);
	for (size_t i = text->deny.n; i-- > 0;) {
		char *word = text->deny.v[i];

		text->deny.v[i] = (char *)"";
		sp_text_effect(groups, SP_STYLE_DENY, text, &rest);
		text->deny.v[i] = word;
		if (sp_sysset_equal(&all, &rest))
			sp_words_remove(&text->deny, i);
	}
}

static int cover_deny(const struct sp_groups *groups, const struct sp_cover_terms *terms,
		      const struct sp_sysset *needed, struct sp_text *ret,
		      struct sp_cover_proof *ret_proof)
{
	_cleanup_(sp_text_done) struct sp_text text = {};
	struct sp_sysset refused = {};
	const struct sp_group *g;

	while ((g = best_to_deny(groups, needed, &refused))) {
		int r = sp_words_add(&text.deny, g->name);

		if (r < 0)
			return r;
		sp_sysset_unite(&refused, &g->set);
	}
	drop_redundant(groups, &text);
	sp_words_sort(&text.deny);
	if (ret_proof)
		ret_proof->cost = (uint64_t)text.deny.n *
				  (terms->word_price ? terms->word_price : SP_WORD_PRICE);
	*ret = text;
	text = (struct sp_text){};
	return 0;
}

int sp_cover_add_systemd_calls(struct sp_sysset *needed)
{
	static const char *const names[] = { "execve", "write" };
	sp_call calls[SP_ARRAY_SIZE(names)];

	for (size_t i = 0; i < SP_ARRAY_SIZE(names); i++) {
		int r = sp_call_intern(names[i], strlen(names[i]), &calls[i]);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < SP_ARRAY_SIZE(names); i++)
		sp_sysset_add(needed, calls[i]);
	return 0;
}

int sp_cover(const struct sp_groups *groups, const struct sp_cover_terms *terms,
	     const struct sp_sysset *needed, struct sp_text *ret, struct sp_cover_proof *ret_proof)
{
	struct sp_sysset all = *needed;
	int r = sp_cover_add_systemd_calls(&all);

	if (r < 0)
		return r;
	switch (terms->style) {
	case SP_STYLE_GROUPS:
	case SP_STYLE_EXACT:
		return cover_allow(groups, terms, &all, ret, ret_proof);
	case SP_STYLE_DENY:
		return cover_deny(groups, terms, &all, ret, ret_proof);
	case _SP_STYLE_MAX:
		break;
	}
	return -EINVAL;
}
