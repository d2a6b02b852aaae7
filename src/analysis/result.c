/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/result.h"

#include <errno.h>

#include "sysprofile/emit.h"
#include "sysprofile/filter.h"

/* The first release with SystemCallLog= (systemd.exec(5)). */
enum { MAJOR_WITH_LOG = 247 };

static const char *const headroom_names[_SP_HEADROOM_MAX] = {
	[SP_HEADROOM_NONE] = "none",
	[SP_HEADROOM_FAMILY] = "family",
};

const char *sp_headroom_name(enum sp_headroom_kind kind)
{
	return headroom_names[kind];
}

int sp_headroom_from_name(const char *name)
{
	for (int i = 0; i < _SP_HEADROOM_MAX; i++)
		if (sp_streq(headroom_names[i], name))
			return i;
	return -EINVAL;
}

void sp_result_headroom(const struct sp_result *result, struct sp_sysset *ret)
{
	const struct sp_group *implicit = sp_groups_find(result->groups, "@default");
	struct sp_sysset calls = result->headroom.calls;

	if (implicit)
		sp_sysset_subtract(&calls, &implicit->set);
	*ret = calls;
}

/*
 * execve and write with every release. 256 and 256.1 report the start of a service by a datagram,
 * too, and do not add sendto to the unit's list, as 256.2 does with write; without it these two
 * start nothing, and which point release will read the text nobody knows.
 */
static int add_systemd_calls(const struct sp_groups *groups, struct sp_sysset *calls)
{
	sp_call sendto_call;
	int r;

	r = sp_cover_add_systemd_calls(calls);
	if (r < 0 || sp_groups_major(groups) != 256)
		return r;
	r = sp_call_intern("sendto", strlen("sendto"), &sendto_call);
	if (r == 0)
		sp_sysset_add(calls, sendto_call);
	return r;
}

/* What the release cannot name no text of it can hold. */
static void add_startup(struct sp_result *result)
{
	struct sp_headroom *headroom = &result->headroom;
	struct sp_sysset calls = result->policy.startup;

	sp_sysset_subtract(&calls, &result->needed);
	/* Measured is more than guessed: those that families have, too, are told as of the start.
	 */
	sp_sysset_foreach (call, &calls) {
		if (!sp_groups_can_name(result->groups, (sp_call)call))
			continue;
		sp_sysset_add(&headroom->calls, (sp_call)call);
		headroom->family[call] = SP_HEADROOM_STARTUP;
	}
}

static int find_families(struct sp_result *result)
{
	sp_abi abis[SP_PROFILE_ABIS_MAX];
	size_t n = sp_profile_abis(result->profile, abis, SP_ARRAY_SIZE(abis));

	if (n > SP_ARRAY_SIZE(abis))
		n = SP_ARRAY_SIZE(abis);
	switch (result->policy.headroom) {
	case SP_HEADROOM_NONE:
		return 0;
	case SP_HEADROOM_FAMILY:
		return sp_family_headroom(result->groups, &result->needed, abis, n,
					  &result->headroom);
	case _SP_HEADROOM_MAX:
		break;
	}
	return -EINVAL;
}

int sp_result_make(struct sp_profile *profile, const struct sp_groups *groups,
		   const struct sp_policy *policy, const struct sp_run_facts *facts,
		   struct sp_result *ret)
{
	struct sp_result result = {
		.profile = profile,
		.groups = groups,
		.policy = *policy,
		.facts = *facts,
	};
	const struct sp_cover_terms terms = {
		.style = policy->style,
		.word_price = policy->word_price,
		.explicit_deny = policy->explicit_deny,
		.headroom = &result.headroom.calls,
		/* To log and refuse nothing is to go without SystemCallArchitectures=. */
		.all_abis = policy->refusal == SP_REFUSAL_LOG,
	};
	int r;

	if (policy->refusal == SP_REFUSAL_LOG && sp_groups_major(groups) < MAJOR_WITH_LOG)
		return -EOPNOTSUPP;
	sp_profile_names(profile, &result.needed);
	sp_sysset_unite(&result.needed, &policy->assumed);
	r = find_families(&result);
	if (r < 0)
		return r;
	add_startup(&result);
	r = add_systemd_calls(groups, &result.needed);
	if (r < 0)
		return r;
	sp_sysset_subtract(&result.headroom.calls, &result.needed);
	r = sp_cover(groups, &terms, &result.needed, &result.text, &result.proof);
	if (r < 0)
		return r;
	*ret = result;
	return 0;
}

void sp_result_done(struct sp_result *result)
{
	sp_text_done(&result->text);
}

/* Reads the very bytes that would be written. */
static int model_of_dropin(const struct sp_result *result, struct sp_filter **ret)
{
	_cleanup_(sp_filter_freep) struct sp_filter *filter = NULL;
	_cleanup_(sp_freep) char *text = NULL;
	size_t len = 0;
	FILE *f;
	int r;

	f = open_memstream(&text, &len);
	if (!f)
		return -ENOMEM;
	r = sp_emit_dropin(result, f);
	if (ferror(f) && r == 0)
		r = -ENOMEM;
	if (fclose(f) != 0 && r == 0)
		r = -ENOMEM;
	if (r < 0)
		return r;
	r = sp_filter_new(result->groups, &filter);
	if (r < 0)
		return r;
	r = sp_filter_parse(filter, "drop-in", text, len, NULL, NULL);
	if (r < 0)
		return r;
	*ret = SP_TAKE(filter);
	return 0;
}

static bool is_local(sp_abi abi)
{
	for (const sp_abi *local = sp_abi_local(); *local; local++)
		if (*local == abi)
			return true;
	return false;
}

static const char *why_refused(const struct sp_result *result, const struct sp_profile_call *call)
{
	if (call->named && !sp_groups_can_name(result->groups, call->call))
		return "the libseccomp of that release has no name for it";
	if (!is_local(call->abi))
		return "systemd builds no filter for its architecture";
	/* Numbers from x32's bit on are a foreign architecture's to the filters that systemd makes.
	 */
	if (!call->named && call->nr >= 0x40000000)
		return "SystemCallArchitectures= refuses numbers as large as that";
	if (!call->named)
		return "libseccomp has no name for it";
	return "the text does not allow it";
}

/* The model knows what libseccomp knows here; that of the release may know less. */
static bool is_ignored(const struct sp_result *result, const struct sp_filter *filter,
		       const struct sp_profile_call *call)
{
	return call->named && sp_filter_is_allow_list(filter) &&
	       !sp_groups_can_name(result->groups, call->call);
}

struct refusals {
	struct sp_refused *v;
	size_t n, max;
};

static void add_refusal(struct refusals *refusals, const struct sp_profile_call *call,
			const char *why)
{
	if (refusals->n < refusals->max)
		refusals->v[refusals->n] = (struct sp_refused){ .call = call, .why = why };
	refusals->n++;
}

static bool was_seen(const struct sp_result *result, sp_abi abi, uint32_t nr)
{
	for (size_t i = 0; i < sp_profile_n_calls(result->profile); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(result->profile, i);

		if (call->abi == abi && call->nr == nr)
			return true;
	}
	return false;
}

static void check_unseen_on(const struct sp_result *result, const struct sp_filter *filter,
			    const struct sp_sysset *calls, sp_abi abi, struct refusals *refusals)
{
	sp_sysset_foreach (call, calls) {
		uint32_t nr;

		if (sp_call_number((sp_call)call, abi, &nr) < 0 || was_seen(result, abi, nr) ||
		    sp_filter_passes(filter, abi, nr))
			continue;
		add_refusal(refusals, NULL,
			    "the text would refuse what systemd needs, what was assumed or "
			    "headroom");
	}
}

/* Those that the profile lacks; the others have been asked about with it. */
static int check_unseen(const struct sp_result *result, const struct sp_filter *filter,
			struct refusals *refusals)
{
	struct sp_sysset calls = result->policy.assumed;
	sp_abi abis[SP_PROFILE_ABIS_MAX];
	size_t n = sp_profile_abis(result->profile, abis, SP_ARRAY_SIZE(abis));
	int r = add_systemd_calls(result->groups, &calls);

	if (r < 0)
		return r;
	sp_sysset_unite(&calls, &result->headroom.calls);
	for (size_t i = 0; i < n && i < SP_ARRAY_SIZE(abis); i++)
		if (is_local(abis[i]))
			check_unseen_on(result, filter, &calls, abis[i], refusals);
	return 0;
}

int sp_result_check(const struct sp_result *result, struct sp_refused *refused, size_t max)
{
	_cleanup_(sp_filter_freep) struct sp_filter *filter = NULL;
	struct refusals refusals = { .v = refused, .max = max };
	int r;

	r = model_of_dropin(result, &filter);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sp_profile_n_calls(result->profile); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(result->profile, i);

		if (!sp_filter_passes(filter, call->abi, call->nr) ||
		    is_ignored(result, filter, call))
			add_refusal(&refusals, call, why_refused(result, call));
	}
	/* What was not kept cannot be asked about, and only a deny-list lets it pass. */
	if (sp_profile_unnamed_lost(result->profile) && sp_filter_is_allow_list(filter))
		add_refusal(&refusals, NULL,
			    "more calls without a name were made than could be kept");
	r = check_unseen(result, filter, &refusals);
	return r < 0 ? r : (int)refusals.n;
}

bool sp_result_lacks_start(const struct sp_result *result)
{
	return result->facts.start_missing && !result->policy.with_startup &&
	       result->policy.style != SP_STYLE_DENY && result->policy.refusal != SP_REFUSAL_LOG;
}
