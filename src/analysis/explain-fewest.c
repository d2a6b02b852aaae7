/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a filter can be said in fewer words. */

#include "explain-private.h"

#include <errno.h>

#include "sysprofile/util.h"

/*
 * What the list lets pass or refuses, less what words say of the answer: in an allow-list a call
 * with an errno of its own is one that is refused (systemd.exec(5), SystemCallFilter=).
 */
static bool drop_errnos(const struct sp_filter *filter, struct sp_sysset *ret)
{
	bool any = false;

	*ret = filter->calls.listed;
	sp_sysset_foreach (c, &filter->calls.listed) {
		if (filter->calls.err[c] == SP_FILTER_NO_ERRNO)
			continue;
		any = true;
		if (filter->calls.allow_list)
			sp_sysset_remove(ret, (sp_call)c);
	}
	return any;
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
	struct sp_sysset listed;
	int r;

	fewest->now = sp_explain_count_words(explanation);
	if (explanation->words_cut || !sp_filter_is_active(filter))
		return 0;
	fewest->errnos_lost = drop_errnos(filter, &listed);
	r = sp_cover_reword(explanation->groups, filter->calls.allow_list, &listed,
			    has_foreign(filter), &fewest->text, &proof);
	if (r < 0)
		return r;
	/* One word there has to be to make it an allow-list. */
	if (r > 0 && filter->calls.allow_list && fewest->text.allow.n + fewest->text.again.n == 0 &&
	    sp_words_add(&fewest->text.allow, "@default") < 0)
		return -ENOMEM;
	fewest->n = fewest->text.allow.n + fewest->text.deny.n + fewest->text.again.n;
	fewest->proven = proof.cost == proof.bound;
	/* No word at all is no filter at all, and an allow-list may lack what all begin with. */
	fewest->known = r > 0 && fewest->n > 0;
	return 0;
}
