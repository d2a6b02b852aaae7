/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/cover.h"

#include <errno.h>

#include "cover-private.h"

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

static int solve(const struct sp_cover_problem *p, const struct sp_cover_terms *terms,
		 struct sp_text *ret, struct sp_cover_proof *ret_proof)
{
	struct sp_cover_answer answer;
	int r = sp_cover_solve(p, terms->nodes_max ? terms->nodes_max : SP_COVER_NODES_MAX,
			       &answer);

	if (r == 0)
		r = sp_cover_render(p, &answer.state, ret);
	if (r == 0)
		*ret_proof =
			(struct sp_cover_proof){ answer.cost.price, answer.bound, answer.nodes };
	return r;
}

static int cover_allow(const struct sp_groups *groups, const struct sp_cover_terms *terms,
		       const struct sp_sysset *needed, struct sp_text *ret,
		       struct sp_cover_proof *ret_proof)
{
	_cleanup_(sp_cover_problem_done) struct sp_cover_problem problem = {};
	int r = sp_cover_problem_allow(&problem, groups, terms, needed);

	if (r == 0)
		r = solve(&problem, terms, ret, ret_proof);
	if (r == 0 && terms->explicit_deny) {
		struct sp_sysset all = *needed;

		if (terms->headroom)
			sp_sysset_unite(&all, terms->headroom);
		r = sp_cover_refuse_besides(groups, terms, &all, ret);
	}
	return r;
}

static int cover_deny(const struct sp_groups *groups, const struct sp_cover_terms *terms,
		      const struct sp_sysset *needed, struct sp_text *ret,
		      struct sp_cover_proof *ret_proof)
{
	_cleanup_(sp_cover_problem_done) struct sp_cover_problem problem = {};
	const struct sp_group *untouched[SP_COVER_GROUPS_MAX];
	struct sp_sysset refused = {};
	size_t n = 0;
	int r;

	for (size_t i = 0; i < sp_groups_count(groups) && n < SP_ARRAY_SIZE(untouched); i++) {
		const struct sp_group *g = sp_groups_at(groups, i);

		if (sp_sysset_intersects(&g->set, needed))
			continue;
		untouched[n++] = g;
		sp_sysset_unite(&refused, &g->set);
	}
	/* A group is untouched all the same, and its word stays; that line takes the call back. */
	if (terms->headroom)
		sp_sysset_subtract(&refused, terms->headroom);
	r = sp_cover_problem_deny(&problem, groups, terms, &refused, NULL, untouched, n);
	return r < 0 ? r : solve(&problem, terms, ret, ret_proof);
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
	struct sp_cover_proof unasked, *proof = ret_proof ? ret_proof : &unasked;
	struct sp_sysset all = *needed;
	int r = sp_cover_add_systemd_calls(&all);

	if (r < 0)
		return r;
	switch (terms->style) {
	case SP_STYLE_GROUPS:
	case SP_STYLE_EXACT:
		return cover_allow(groups, terms, &all, ret, proof);
	case SP_STYLE_DENY:
		return cover_deny(groups, terms, &all, ret, proof);
	case _SP_STYLE_MAX:
		break;
	}
	return -EINVAL;
}
