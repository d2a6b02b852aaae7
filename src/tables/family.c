/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/family.h"

#include <assert.h>
#include <errno.h>

#include "sysprofile/risk.h"
#include "sysprofile/util.h"

static const struct sp_family families[] = {
#define SP_FAMILY(name, reason, evidence) { name, reason, evidence },
#include "syscall-families.h"
};

static const struct rule {
	uint8_t family;
	unsigned first, last; /* major releases of systemd */
	const char *when;     /* NULL: one of calls */
	const char *calls;
} rules[] = {
#define SP_FAMILY_RULE(family, first, last, when, calls) { family, first, last, when, calls },
#include "syscall-families.h"
};

static_assert(SP_ARRAY_SIZE(families) <= SP_HEADROOM_STARTUP, "a family's index must fit a rule");

size_t sp_family_count(void)
{
	return SP_ARRAY_SIZE(families);
}

const struct sp_family *sp_family_at(size_t i)
{
	return &families[i];
}

static bool can_be_made(sp_call call, const sp_abi *abis, size_t n_abis)
{
	uint32_t nr;

	for (size_t i = 0; i < n_abis; i++)
		if (sp_call_number(call, abis[i], &nr) == 0)
			return true;
	return false;
}

/* Every name that the release itself knows of. */
static void known_calls(const struct sp_groups *groups, struct sp_sysset *ret)
{
	*ret = (struct sp_sysset){};
	for (size_t i = 0; i < sp_groups_count(groups); i++)
		sp_sysset_unite(ret, &sp_groups_at(groups, i)->set);
}

/* Whether the calls seen lead to the rule, and then what it adds. 1, 0 or negative errno. */
static int match_rule(const struct rule *rule, unsigned major, const struct sp_sysset *seen,
		      struct sp_sysset *ret)
{
	struct sp_sysset calls = {}, triggers = {};
	int r;

	if (major < rule->first || major > rule->last)
		return 0;
	r = sp_sysset_add_names(&calls, rule->calls);
	if (r < 0)
		return r;
	if (!rule->when || !sp_streq(rule->when, "always")) {
		if (rule->when)
			r = sp_sysset_add_names(&triggers, rule->when);
		else
			triggers = calls;
		if (r < 0)
			return r;
		if (!sp_sysset_intersects(&triggers, seen))
			return 0;
	}
	*ret = calls;
	return 1;
}

int sp_family_headroom(const struct sp_groups *groups, const struct sp_sysset *seen,
		       const sp_abi *abis, size_t n_abis, struct sp_headroom *ret)
{
	struct sp_headroom found = {};
	struct sp_sysset high, known;

	sp_risk_high(groups, &high);
	known_calls(groups, &known);
	for (size_t i = 0; i < SP_ARRAY_SIZE(rules); i++) {
		struct sp_sysset calls;
		int r = match_rule(&rules[i], sp_groups_major(groups), seen, &calls);

		if (r < 0)
			return r == -ENOSPC ? -ENOMEM : r;
		if (r == 0)
			continue;
		sp_sysset_subtract(&calls, seen);
		sp_sysset_subtract(&calls, &high);
		sp_sysset_intersect(&calls, &known);
		sp_sysset_subtract(&calls, &found.calls);
		sp_sysset_foreach (call, &calls) {
			if (!can_be_made((sp_call)call, abis, n_abis) ||
			    !sp_groups_can_name(groups, (sp_call)call))
				continue;
			sp_sysset_add(&found.calls, (sp_call)call);
			found.family[call] = rules[i].family;
		}
	}
	*ret = found;
	return 0;
}
