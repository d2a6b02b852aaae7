/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A filter beside the text that would be written for what a program needs. */

#include "explain-private.h"

#include <errno.h>

#include "sysprofile/util.h"

/* The native calls that the filter lets pass, and those of another set. */
static void native_calls(const struct sp_filter *filter, const struct sp_sysset *effect,
			 struct sp_sysset *ret_filter, struct sp_sysset *ret_effect)
{
	struct sp_numbered_call ids[SP_CALLS_MAX];
	const sp_abi native = sp_abi_native();
	const size_t n = sp_calls_of_abi(native, ids);

	*ret_filter = *ret_effect = (struct sp_sysset){};
	for (size_t i = 0; i < n; i++) {
		struct sp_verdict verdict;

		sp_filter_verdict_of_call(filter, native, &ids[i].call, &verdict);
		if (verdict.action < SP_ACTION_ERRNO)
			sp_sysset_add(ret_filter, ids[i].call);
		if (sp_sysset_contains(effect, ids[i].call))
			sp_sysset_add(ret_effect, ids[i].call);
	}
}

static void weigh(const struct sp_explanation *explanation, const struct sp_sysset *allowed,
		  bool allow_list, double *ret)
{
	struct sp_score_row rows[SP_SCORE_ROWS];
	const struct sp_sysset none = {};

	sp_score(explanation->groups, allowed, &none, rows);
	*ret = sp_score_cost(rows, allow_list);
}

int sp_explain_set_needs(struct sp_explanation *explanation, const struct sp_sysset *needed)
{
	const struct sp_cover_terms terms = { .style = SP_STYLE_GROUPS };
	const bool allow_list = sp_filter_is_active(explanation->filter) &&
				sp_filter_is_allow_list(explanation->filter);
	struct sp_explain_needs *needs = calloc(1, sizeof(*needs));
	struct sp_sysset effect, now, then;
	int r;

	if (!needs)
		return -ENOMEM;
	r = sp_cover(explanation->groups, &terms, needed, &needs->text, NULL);
	if (r < 0) {
		free(needs);
		return r;
	}
	sp_text_effect(explanation->groups, terms.style, &needs->text, &effect);
	native_calls(explanation->filter, &effect, &now, &then);
	needs->refused = then;
	sp_sysset_intersect(&needs->refused, needed);
	sp_sysset_subtract(&needs->refused, &now);
	needs->now.words = sp_explain_count_words(explanation);
	needs->now.calls = sp_sysset_count(&now);
	weigh(explanation, &now, allow_list, &needs->now.exposure);
	needs->then.words = needs->text.allow.n + needs->text.deny.n + needs->text.again.n;
	needs->then.calls = sp_sysset_count(&then);
	weigh(explanation, &then, true, &needs->then.exposure);
	(void)sp_explain_needs_free(explanation->needs);
	explanation->needs = needs;
	return 0;
}

struct sp_explain_needs *sp_explain_needs_free(struct sp_explain_needs *needs)
{
	if (needs)
		sp_text_done(&needs->text);
	free(needs);
	return NULL;
}
