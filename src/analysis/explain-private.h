/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the explanation share. */

#include "sysprofile/explain.h"

#include "filter-private.h"

/* Reads texts into the explanation's filter, which has none yet, and fills its words. */
int sp_explain_words(struct sp_explanation *explanation, const struct sp_unit_texts *texts,
		     sp_filter_message_fn message, void *userdata);

/* Words of SystemCallFilter= that no empty assignment has forgotten. */
size_t sp_explain_count_words(const struct sp_explanation *explanation);

struct sp_explain_needs *sp_explain_needs_free(struct sp_explain_needs *needs);
static inline void sp_explain_needs_freep(struct sp_explain_needs **p)
{
	if (*p)
		(void)sp_explain_needs_free(*p);
}

/* Finds the fewest words for it, if it is but a list of calls. */
int sp_explain_find_fewest(struct sp_explanation *explanation);

/* Marks the words without which nothing would change, if that can be told in reasonable time. */
int sp_explain_redundancy(struct sp_explanation *explanation, const struct sp_unit_texts *texts);
