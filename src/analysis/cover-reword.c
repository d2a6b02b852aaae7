/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The same set of calls in the fewest words. */

#include "cover-private.h"

static void leave_out_foreign(struct sp_sysset *set)
{
	struct sp_sysset all = *set;
	uint32_t nr;

	sp_sysset_foreach (c, &all)
		if (sp_call_number((sp_call)c, sp_abi_native(), &nr) < 0)
			sp_sysset_remove(set, (sp_call)c);
}

static void leave_out_unknown(struct sp_sysset *set)
{
	struct sp_sysset all = *set;

	sp_sysset_foreach (c, &all)
		if (!sp_call_is_known((sp_call)c))
			sp_sysset_remove(set, (sp_call)c);
}

/* Calls of foreign ABIs, which none but they can make. */
static void foreign_members(const struct sp_groups *groups, struct sp_sysset *ret)
{
	struct sp_sysset native;

	*ret = (struct sp_sysset){};
	for (size_t i = 0; i < sp_groups_count(groups); i++)
		sp_sysset_unite(ret, &sp_groups_at(groups, i)->set);
	native = *ret;
	leave_out_foreign(&native);
	sp_sysset_subtract(ret, &native);
}

static int pose(struct sp_cover_problem *problem, const struct sp_groups *groups,
		const struct sp_cover_terms *terms, const struct sp_sysset *listed)
{
	const struct sp_group *words[SP_COVER_GROUPS_MAX];
	struct sp_sysset foreign;
	size_t n = 0;

	if (terms->style != SP_STYLE_DENY)
		return sp_cover_problem_allow(problem, groups, terms, listed);
	for (; n < sp_groups_count(groups) && n < SP_ARRAY_SIZE(words); n++)
		words[n] = sp_groups_at(groups, n);
	foreign_members(groups, &foreign);
	return sp_cover_problem_deny(problem, groups, terms, listed,
				     terms->all_abis ? NULL : &foreign, words, n);
}

/* Whether the text says just that. */
static bool says(const struct sp_groups *groups, const struct sp_cover_terms *terms,
		 const struct sp_text *text, const struct sp_sysset *listed)
{
	struct sp_sysset wanted = *listed, effect;

	sp_text_effect(groups, terms->style, text, &effect);
	leave_out_unknown(&wanted);
	if (!terms->all_abis) {
		leave_out_foreign(&wanted);
		leave_out_foreign(&effect);
	}
	return sp_sysset_equal(&effect, &wanted);
}

int sp_cover_reword(const struct sp_groups *groups, bool allow_list, const struct sp_sysset *listed,
		    bool all_abis, struct sp_text *ret, struct sp_cover_proof *ret_proof)
{
	_cleanup_(sp_cover_problem_done) struct sp_cover_problem problem = {};
	_cleanup_(sp_text_done) struct sp_text text = {};
	const struct sp_cover_terms terms = {
		.style = allow_list ? SP_STYLE_EXACT : SP_STYLE_DENY,
		.all_abis = all_abis,
	};
	struct sp_cover_answer answer = {};
	int r = pose(&problem, groups, &terms, listed);

	if (r == 0)
		r = sp_cover_solve(&problem, SP_COVER_NODES_MAX, &answer);
	if (r == 0)
		r = sp_cover_render(&problem, &answer.state, &text);
	if (r < 0 || !says(groups, &terms, &text, listed))
		return r;
	*ret_proof = (struct sp_cover_proof){ answer.cost.price, answer.bound, answer.nodes };
	*ret = text;
	text = (struct sp_text){};
	return 1;
}
