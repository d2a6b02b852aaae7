/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain-private.h"

#include <string.h>

#include "sysprofile/util.h"

/* One filter on one ABI. */
struct side {
	const struct sp_explanation *e;
	sp_abi abi;
	struct sp_effect effects[SP_EFFECTS_MAX];
	size_t n_effects;
};

static struct side side_of(const struct sp_explanation *e, sp_abi abi)
{
	struct side side = { .e = e, .abi = abi };

	side.n_effects = sp_directives_effects(e->directives, e->filter, abi, side.effects);
	return side;
}

static struct sp_verdict answer(const struct side *side, const sp_call *call)
{
	struct sp_verdict verdict;

	sp_filter_verdict_of_call(side->e->filter, side->abi, call, &verdict);
	if (call)
		(void)sp_effects_apply(side->effects, side->n_effects, *call, &verdict);
	return verdict;
}

static bool same_answer(const struct sp_verdict *a, const struct sp_verdict *b)
{
	return a->action == b->action && a->err == b->err;
}

/* What is refused whatever the arguments needs no look at them. */
static struct sp_sysset calls_that_matter(const struct side *side, const struct sp_effect *effect)
{
	struct sp_sysset calls = effect->calls;

	sp_sysset_foreach (c, &effect->calls) {
		const sp_call call = (sp_call)c;

		if (answer(side, &call).action >= SP_ACTION_ERRNO)
			sp_sysset_remove(&calls, call);
	}
	return calls;
}

static bool has_effect(const struct side *side, const struct sp_effect *wanted,
		       const struct sp_sysset *calls)
{
	for (size_t i = 0; i < side->n_effects; i++) {
		const struct sp_effect *effect = &side->effects[i];

		if (effect->condition && sp_streq(effect->condition, wanted->condition) &&
		    effect->err == wanted->err && sp_streq(effect->directive, wanted->directive) &&
		    sp_streq(effect->value, wanted->value) &&
		    sp_sysset_is_subset(calls, &effect->calls))
			return true;
	}
	return false;
}

static uint32_t effects_only_of(const struct side *side, const struct side *other)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < side->n_effects; i++) {
		struct sp_sysset calls;

		if (!side->effects[i].condition)
			continue;
		calls = calls_that_matter(side, &side->effects[i]);
		if (!sp_sysset_is_empty(&calls) && !has_effect(other, &side->effects[i], &calls))
			bits |= UINT32_C(1) << i;
	}
	return bits;
}
_Static_assert(SP_EFFECTS_MAX <= 32, "a bit for each effect");

static void compare_own_abi(const struct sp_explanation *a, const struct sp_explanation *b,
			    struct sp_explain_difference *ret)
{
	for (size_t i = 0; i < a->n_calls; i++) {
		const sp_call call = a->calls[i].id.call;
		const bool by_a = sp_sysset_contains(&a->allowed, call);
		const bool by_b = sp_sysset_contains(&b->allowed, call);

		if (by_a && !by_b)
			sp_sysset_add(&ret->only_a, call);
		else if (by_b && !by_a)
			sp_sysset_add(&ret->only_b, call);
		else if (!same_answer(&a->calls[i].effective, &b->calls[i].effective))
			sp_sysset_add(&ret->answers, call);
	}
}

static size_t count_differences(const struct side *a, const struct side *b)
{
	struct sp_numbered_call calls[SP_CALLS_MAX];
	const size_t n = sp_calls_of_abi(a->abi, calls);
	size_t differences = 0;

	for (size_t i = 0; i < n; i++) {
		const struct sp_verdict of_a = answer(a, &calls[i].call);
		const struct sp_verdict of_b = answer(b, &calls[i].call);

		differences += !same_answer(&of_a, &of_b);
	}
	return differences;
}

void sp_explain_diff(const struct sp_explanation *a, const struct sp_explanation *b,
		     struct sp_explain_difference *ret)
{
	struct sp_explain_difference d = {};

	compare_own_abi(a, b, &d);
	for (const sp_abi *abi = sp_abi_local(); *abi; abi++) {
		const struct side side_a = side_of(a, *abi), side_b = side_of(b, *abi);
		const struct sp_verdict of_a = answer(&side_a, NULL), of_b = answer(&side_b, NULL);
		const uint32_t only_a = effects_only_of(&side_a, &side_b);
		const uint32_t only_b = effects_only_of(&side_b, &side_a);

		d.unnamed |= !same_answer(&of_a, &of_b);
		d.any |= only_a || only_b;
		if (*abi == a->abi) {
			d.effects_a = only_a;
			d.effects_b = only_b;
		} else {
			d.elsewhere += count_differences(&side_a, &side_b);
		}
	}
	d.any |= d.unnamed || d.elsewhere > 0 || !sp_sysset_is_empty(&d.only_a) ||
		 !sp_sysset_is_empty(&d.only_b) || !sp_sysset_is_empty(&d.answers);
	*ret = d;
}

static size_t largest_group(const struct sp_explanation *e, const struct sp_sysset *set,
			    const struct sp_sysset *rest, struct sp_sysset *ret)
{
	size_t best = sp_groups_count(e->groups), best_n = 0;

	for (size_t i = 0; i < sp_groups_count(e->groups); i++) {
		struct sp_sysset members = sp_groups_at(e->groups, i)->set, news;
		size_t n;

		if (sp_streq(sp_groups_at(e->groups, i)->name, "@known"))
			continue;
		sp_sysset_intersect(&members, &e->all);
		news = members;
		sp_sysset_intersect(&news, rest);
		n = sp_sysset_count(&news);
		if (n <= best_n || !sp_sysset_is_subset(&members, set))
			continue;
		best = i;
		best_n = n;
		*ret = members;
	}
	return best;
}

size_t sp_explain_whole_groups(const struct sp_explanation *e, const struct sp_sysset *set,
			       const struct sp_group **out, struct sp_sysset *rest)
{
	struct sp_sysset left = *set, members;
	size_t n = 0, i;

	sp_sysset_intersect(&left, &e->all);
	while ((i = largest_group(e, set, &left, &members)) < sp_groups_count(e->groups)) {
		out[n++] = sp_groups_at(e->groups, i);
		sp_sysset_subtract(&left, &members);
	}
	*rest = left;
	return n;
}
