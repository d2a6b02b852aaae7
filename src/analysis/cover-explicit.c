/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is refused besides, as defence in depth: groups that no word of the text allows. */

#include "cover-private.h"

#include "sysprofile/risk.h"

/* The high-risk groups of which nothing is needed, by programs or by all. Returns how many. */
static size_t untouched_groups(const struct sp_groups *groups, const struct sp_sysset *needed,
			       const struct sp_group **out)
{
	const struct sp_group *implicit = sp_groups_find(groups, "@default");
	struct sp_sysset kept = *needed;
	size_t n = 0;

	if (implicit)
		sp_sysset_unite(&kept, &implicit->set);
	for (size_t i = 0; i < sp_risk_n_groups; i++) {
		const struct sp_group *g = sp_groups_find(groups, sp_risk_groups[i].name);

		if (g && !sp_sysset_intersects(&g->set, &kept))
			out[n++] = g;
	}
	return n;
}

static int add_words(struct sp_words *to, const struct sp_words *from)
{
	int r = 0;

	for (size_t i = 0; i < from->n && r == 0; i++)
		r = sp_words_add(to, from->v[i]);
	return r;
}

/* Words that the others on the line refuse already; the last ones of the alphabet go first. */
static void drop_covered(const struct sp_groups *groups, struct sp_words *deny)
{
	for (size_t i = deny->n; i-- > 0;) {
		struct sp_text text = { .deny = *deny };
		struct sp_sysset all, rest;
		char *word = deny->v[i];

		sp_text_effect(groups, SP_STYLE_DENY, &text, &all);
		deny->v[i] = (char *)"";
		sp_text_effect(groups, SP_STYLE_DENY, &text, &rest);
		deny->v[i] = word;
		if (sp_sysset_equal(&all, &rest))
			sp_words_remove(deny, i);
	}
}

int sp_cover_refuse_besides(const struct sp_groups *groups, const struct sp_cover_terms *terms,
			    const struct sp_sysset *needed, struct sp_text *text)
{
	_cleanup_(sp_cover_problem_done) struct sp_cover_problem problem = {};
	_cleanup_(sp_text_done) struct sp_text more = {};
	const struct sp_group *words[SP_COVER_GROUPS_MAX];
	const struct sp_text refused = { .deny = text->deny };
	struct sp_sysset wanted = {}, already;
	struct sp_cover_answer answer;
	size_t n = untouched_groups(groups, needed, words);
	int r;

	for (size_t i = 0; i < n; i++)
		sp_sysset_unite(&wanted, &words[i]->set);
	sp_text_effect(groups, SP_STYLE_DENY, &refused, &already);
	sp_sysset_subtract(&wanted, &already);
	/* What is refused already may be refused again: it is no call in question. */
	r = sp_cover_problem_deny(&problem, groups, terms, &wanted, &already, words, n);
	if (r == 0)
		r = sp_cover_solve(&problem, SP_COVER_NODES_MAX, &answer);
	if (r == 0)
		r = sp_cover_render(&problem, &answer.state, &more);
	if (r == 0)
		r = add_words(&text->deny, &more.deny);
	if (r < 0)
		return r;
	drop_covered(groups, &text->deny);
	sp_words_sort(&text->deny);
	return 0;
}
