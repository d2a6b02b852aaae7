/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a filter can be said in fewer words. */

#include "explain-private.h"

#include "sysprofile/util.h"

/* A word with an errno of its own says more than that a call is in the list. */
static bool is_plain(const struct sp_filter *filter)
{
	for (unsigned call = 0; call < SP_CALLS_MAX; call++)
		if (sp_sysset_contains(&filter->calls.listed, (sp_call)call) &&
		    filter->calls.err[call] != SP_FILTER_NO_ERRNO)
			return false;
	return true;
}

/* Whether calls of other ABIs come as far as the filter. */
static bool has_foreign(const struct sp_filter *filter)
{
	for (const sp_abi *abi = sp_abi_local(); *abi; abi++)
		if (*abi != sp_abi_native() && !sp_filter_blocks_abi(filter, *abi))
			return true;
	return false;
}

size_t sp_explain_count_words(const struct sp_explanation *explanation)
{
	size_t n = 0;

	for (size_t i = 0; i < explanation->n_words; i++)
		n += !explanation->words[i].is_log && !explanation->words[i].forgotten_at;
	return n;
}

int sp_explain_find_fewest(struct sp_explanation *explanation)
{
	const struct sp_filter *filter = explanation->filter;
	struct sp_explain_fewest *fewest = &explanation->fewest;
	struct sp_cover_proof proof = {};
	int r;

	if (explanation->words_cut || !sp_filter_is_active(filter) || !is_plain(filter))
		return 0;
	r = sp_cover_reword(explanation->groups, filter->calls.allow_list, &filter->calls.listed,
			    has_foreign(filter), &fewest->text, &proof);
	if (r < 0)
		return r;
	fewest->now = sp_explain_count_words(explanation);
	fewest->n = fewest->text.allow.n + fewest->text.deny.n + fewest->text.again.n;
	fewest->proven = proof.cost == proof.bound;
	/* No word at all would be no filter at all, and an allow-list may lack what all begin with.
	 */
	fewest->known = r > 0 && fewest->n > 0;
	return 0;
}
