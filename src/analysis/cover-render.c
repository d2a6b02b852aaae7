/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From a choice of groups to words. */

#include "cover-private.h"

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

/* What the groups alone make of a call. */
struct standing {
	bool allow, deny, again;
};

static struct standing standing_of(const struct sp_cover_problem *p, const struct sp_cover_state *s,
				   sp_call call)
{
	struct standing standing = {};

	for (size_t i = 0; i < p->n_groups; i++) {
		if (!sp_sysset_contains(&p->groups[i]->set, call))
			continue;
		standing.allow |= s->allow >> i & 1;
		standing.deny |= s->deny >> i & 1;
		standing.again |= s->again >> i & 1;
	}
	return standing;
}

/* The line on which this call has to be named; NULL: on none. */
static struct sp_words *line_of(const struct sp_cover_problem *p, const struct sp_cover_state *s,
				sp_call call, struct sp_text *text)
{
	const struct standing standing = standing_of(p, s, call);
	bool allowed = standing.allow || sp_sysset_contains(&p->implicit, call);

	allowed = standing.again || (allowed && !standing.deny);
	if (sp_sysset_contains(&p->required, call)) {
		if (allowed)
			return NULL;
		return standing.deny ? &text->again : &text->allow;
	}
	return allowed && !standing.again && p->risk[call] > p->word_price ? &text->deny : NULL;
}

static int add_names(const struct sp_cover_problem *p, const struct sp_cover_state *s,
		     struct sp_text *text)
{
	sp_sysset_foreach (c, &p->calls) {
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
