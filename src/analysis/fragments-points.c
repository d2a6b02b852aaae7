/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every call of every ABI of the machine, and what the result says of it. */

#include <errno.h>
#include <stdlib.h>

#include "sysprofile/util.h"

#include "fragments-private.h"

struct sp_verdict sp_fragments_ask(const struct sp_filter *filter, const struct point *point)
{
	struct sp_verdict verdict;

	sp_filter_verdict_of_call(filter, point->abi, point->named ? &point->call : NULL, &verdict);
	return verdict;
}

static bool is_needed(const struct sp_result *result, const struct point *point, bool abi_seen)
{
	if (point->named)
		return abi_seen && sp_sysset_contains(&result->needed, point->call);
	for (size_t i = 0; i < sp_profile_n_calls(result->profile); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(result->profile, i);

		if (!call->named && call->abi == point->abi)
			return true;
	}
	return false;
}

static bool was_seen(const struct sp_result *result, sp_abi abi)
{
	sp_abi abis[SP_PROFILE_ABIS_MAX];
	size_t n = sp_profile_abis(result->profile, abis, SP_ARRAY_SIZE(abis));

	for (size_t i = 0; i < n && i < SP_ARRAY_SIZE(abis); i++)
		if (abis[i] == abi)
			return true;
	return false;
}

static void add_points(struct judging *j, sp_abi abi, const struct sp_numbered_call *calls,
		       size_t n)
{
	const bool seen = was_seen(j->result, abi);

	for (size_t i = 0; i <= n; i++) {
		struct point *point = &j->points[j->n_points++];

		*point = (struct point){ .abi = abi, .named = i < n };
		if (point->named)
			point->call = calls[i].call;
		point->needed = is_needed(j->result, point, seen);
		point->alone = sp_fragments_ask(j->alone, point);
	}
}

int sp_fragments_points(struct judging *j)
{
	struct sp_numbered_call calls[SP_CALLS_MAX];
	size_t n = 0;

	for (const sp_abi *abi = sp_abi_local(); *abi; abi++)
		n += sp_calls_of_abi(*abi, calls) + 1;
	j->points = calloc(n, sizeof(*j->points));
	if (!j->points)
		return -ENOMEM;
	for (const sp_abi *abi = sp_abi_local(); *abi; abi++)
		add_points(j, *abi, calls, sp_calls_of_abi(*abi, calls));
	return 0;
}
