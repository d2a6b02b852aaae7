/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A filter beside the text that would be written for what a program needs. */

#include "explain-private.h"

#include <errno.h>

#include "emit-private.h"
#include "sysprofile/result.h"
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

/* What the filter does not let pass; of names that its release cannot say no list holds any. */
static int find_refused(const struct sp_explanation *explanation, struct sp_profile *profile,
			struct sp_words *ret)
{
	const struct sp_filter *filter = explanation->filter;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sp_profile_n_calls(profile); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(profile, i);
		const bool ignored = call->named && sp_filter_is_active(filter) &&
				     sp_filter_is_allow_list(filter) &&
				     !sp_groups_can_name(explanation->groups, call->call);
		char word[SP_CALL_WORD_SIZE];

		if (ignored || !sp_filter_passes(filter, call->abi, call->nr))
			r = sp_words_add(ret, sp_emit_call_word(call, word));
	}
	return r;
}

/* The text that a run which saw just this would write. */
static int find_text(const struct sp_explanation *explanation, struct sp_profile *profile,
		     const struct sp_policy *policy, struct sp_explain_needs *needs)
{
	_cleanup_(sp_result_done) struct sp_result result = {};
	const struct sp_run_facts facts = {};
	struct sp_refused refused = {};
	char word[SP_CALL_WORD_SIZE];
	int r = sp_result_make(profile, explanation->groups, policy, &facts, &result);

	if (r == 0)
		r = sp_result_check(&result, &refused, 1);
	if (r < 0)
		return r;
	if (r == 0) {
		needs->text = result.text;
		result.text = (struct sp_text){};
		return 0;
	}
	needs->why_none = refused.why;
	needs->none_for = strdup(refused.call ? sp_emit_call_word(refused.call, word) : "");
	return needs->none_for ? 0 : -ENOMEM;
}

static void measure(const struct sp_explanation *explanation, struct sp_explain_needs *needs)
{
	const bool allow_list = sp_filter_is_active(explanation->filter) &&
				sp_filter_is_allow_list(explanation->filter);
	struct sp_sysset effect, now, then;

	sp_text_effect(explanation->groups, SP_STYLE_GROUPS, &needs->text, &effect);
	native_calls(explanation->filter, &effect, &now, &then);
	needs->now.words = sp_explain_count_words(explanation);
	needs->now.calls = sp_sysset_count(&now);
	weigh(explanation, &now, allow_list, &needs->now.exposure);
	needs->then.words = needs->text.allow.n + needs->text.deny.n + needs->text.again.n;
	needs->then.calls = sp_sysset_count(&then);
	weigh(explanation, &then, true, &needs->then.exposure);
}

int sp_explain_set_needs(struct sp_explanation *explanation, struct sp_profile *profile,
			 const struct sp_sysset *assumed)
{
	const struct sp_policy policy = {
		.style = SP_STYLE_GROUPS,
		.refusal = SP_REFUSAL_ERRNO,
		.err = EPERM,
		.assumed = *assumed,
	};
	_cleanup_(sp_explain_needs_freep) struct sp_explain_needs *needs =
		calloc(1, sizeof(*needs));
	int r;

	if (!needs)
		return -ENOMEM;
	r = find_refused(explanation, profile, &needs->refused);
	if (r == 0)
		r = find_text(explanation, profile, &policy, needs);
	if (r < 0)
		return r;
	measure(explanation, needs);
	(void)sp_explain_needs_free(explanation->needs);
	explanation->needs = SP_TAKE(needs);
	return 0;
}

struct sp_explain_needs *sp_explain_needs_free(struct sp_explain_needs *needs)
{
	if (needs) {
		sp_words_done(&needs->refused);
		sp_text_done(&needs->text);
		free(needs->none_for);
	}
	free(needs);
	return NULL;
}
