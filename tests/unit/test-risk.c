/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/risk.h"

#include "sets.h"

/* Of x86-64, whose numbers decide what is a foreign call. */
struct tier_case {
	const char *needed;
	const char *call;
	enum sp_risk_tier tier;
};

static void check_tier(const struct sp_groups *groups, const struct tier_case *c)
{
	struct sp_sysset needed = set_of(c->needed);
	struct sp_risks risks;

	sp_risk_assess(groups, &needed, false, &risks);
	cr_expect_eq(risks.tier[call_named(c->call)], c->tier, "%s when %s are needed: %s, not %s",
		     c->call, c->needed, sp_risk_table[risks.tier[call_named(c->call)]].name,
		     sp_risk_table[c->tier].name);
}

Test(risk, tier_follows_the_smallest_group_of_a_call)
{
	static const struct tier_case cases[] = {
		{ "read", "write", SP_RISK_SIBLING },
		/* close stands in @basic-io and in the wider @file-system. */
		{ "read", "close", SP_RISK_SIBLING },
		{ "openat", "close", SP_RISK_PLAIN },
		{ "read", "io_submit", SP_RISK_PLAIN },
		{ "io_submit", "io_setup", SP_RISK_SIBLING },
		{ "setuid", "setgid", SP_RISK_SIBLING },
		{ "read", "setgid", SP_RISK_PLAIN },
		/* Everyday calls that are in @system-service alone. */
		{ "read", "ioctl", SP_RISK_EVERYDAY },
		{ "read", "madvise", SP_RISK_EVERYDAY },
		/* And those that flush files, where nothing of theirs was seen. */
		{ "read", "fdatasync", SP_RISK_EVERYDAY },
		{ "fsync", "fdatasync", SP_RISK_SIBLING },
		/* A pipe says nothing of what else is in @ipc. */
		{ "pipe2", "shmat", SP_RISK_PLAIN },
		{ "shmget", "shmat", SP_RISK_SIBLING },
		/* Everyday calls of the high-risk group that was touched, and no others of it. */
		{ "setuid", "setreuid", SP_RISK_HIGH_SIBLING },
		{ "setuid", "chown", SP_RISK_HIGH_SIBLING },
		{ "setuid", "pivot_root", SP_RISK_HIGH },
		{ "setuid", "bpf", SP_RISK_HIGH },
		{ "setuid", "swapon", SP_RISK_HIGH },
		{ "swapon", "chown", SP_RISK_HIGH },
		{ "read", "mount", SP_RISK_HIGH },
		{ "umount2", "mount", SP_RISK_HIGH },
		{ "read", "sched_setaffinity", SP_RISK_HIGH },
		{ "sched_setparam", "sched_setaffinity", SP_RISK_HIGH_SIBLING },
	};
	struct sp_groups *groups = release("252.39");

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++)
		check_tier(groups, &cases[i]);
	sp_groups_free(groups);
}

Test(risk, foreign_calls_cost_only_when_a_foreign_call_is_needed)
{
	static const struct tier_case cases[] = {
		{ "read", "chown32", SP_RISK_NONE },
		{ "socketcall", "chown32", SP_RISK_HIGH },
		{ "read", "socketcall", SP_RISK_NONE },
		{ "stat64", "socketcall", SP_RISK_PLAIN },
	};
	struct sp_groups *groups;

	if (!sp_streq(sp_abi_name(sp_abi_native()), "x86-64"))
		cr_skip_test("the foreign calls named here are foreign on x86-64");
	groups = release("252.39");
	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++)
		check_tier(groups, &cases[i]);
	sp_groups_free(groups);
}

Test(risk, foreign_calls_count_where_nothing_keeps_them_out)
{
	struct sp_groups *groups = release("252.39");
	struct sp_sysset needed = set_of("read");
	struct sp_risks risks;

	if (!sp_streq(sp_abi_name(sp_abi_native()), "x86-64"))
		cr_skip_test("the foreign calls named here are foreign on x86-64");
	sp_risk_assess(groups, &needed, true, &risks);
	cr_expect_eq(risks.tier[call_named("chown32")], SP_RISK_HIGH);
	sp_groups_free(groups);
}

Test(risk, every_high_risk_group_has_a_reason_and_exists)
{
	struct sp_groups *groups = release("252.39");

	for (unsigned i = 0; i < sp_risk_n_groups; i++) {
		cr_expect_not_null(sp_groups_find(groups, sp_risk_groups[i].name));
		cr_expect_gt(strlen(sp_risk_groups[i].why), 10);
	}
	sp_groups_free(groups);
}

Test(risk, old_releases_have_fewer_high_risk_calls)
{
	struct sp_groups *old = release("231"), *new = release("252.39");
	struct sp_sysset high_old, high_new;

	sp_risk_high(old, &high_old);
	sp_risk_high(new, &high_new);
	/* @resources came with v232. */
	cr_expect_not(sp_sysset_contains(&high_old, call_named("setpriority")));
	cr_expect(sp_sysset_contains(&high_new, call_named("setpriority")));
	cr_expect(sp_sysset_contains(&high_old, call_named("mount")));
	sp_groups_free(old);
	sp_groups_free(new);
}

Test(risk, tiers_rise_in_price_and_each_has_a_name_and_a_reason)
{
	for (int i = 0; i < _SP_RISK_MAX; i++) {
		cr_expect_eq(sp_risk_tier_from_name(sp_risk_table[i].name), i);
		cr_expect_gt(strlen(sp_risk_table[i].why), 10);
		cr_expect(i == 0 || sp_risk_table[i].price >= sp_risk_table[i - 1].price);
	}
	cr_expect_lt(sp_risk_tier_from_name("harmless"), 0);
}
