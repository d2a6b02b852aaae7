/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/score.h"

#include "sets.h"
#include "sysprofile/risk.h"

static const struct sp_score_row *row_of(const struct sp_score_row *rows, const char *group)
{
	size_t i = 0;

	while (i < SP_SCORE_ROWS && !sp_streq(rows[i].group, group))
		i++;
	cr_assert_lt(i, SP_SCORE_ROWS, "no row %s", group);
	return &rows[i];
}

Test(score, rows_are_the_high_risk_groups)
{
	cr_assert_eq(sp_risk_n_groups, SP_SCORE_ROWS);
	for (size_t i = 0; i < SP_SCORE_ROWS; i++)
		cr_expect_str_eq(sp_score_groups[i], sp_risk_groups[i].name);
}

/* Measured with `systemd-analyze security --offline=true` of systemd 252.39. */
Test(score, system_service_loses_two_rows)
{
	struct sp_groups *groups = release("252.39");
	struct sp_score_row rows[SP_SCORE_ROWS];
	struct sp_sysset seen = set_of("setuid read");

	sp_score(groups, &sp_groups_find(groups, "@system-service")->set, &seen, rows);
	for (size_t i = 0; i < SP_SCORE_ROWS; i++)
		cr_expect_eq(rows[i].won,
			     !sp_streq(rows[i].group, "@privileged") &&
				     !sp_streq(rows[i].group, "@resources"),
			     "%s", rows[i].group);
	cr_expect_eq(sp_sysset_count(&row_of(rows, "@privileged")->observed), 1);
	cr_expect(sp_sysset_contains(&row_of(rows, "@privileged")->allowed, call_named("chown")));
	cr_expect(sp_sysset_is_empty(&row_of(rows, "@resources")->observed));
	sp_groups_free(groups);
}

Test(score, one_member_costs_the_row)
{
	struct sp_groups *groups = release("252.39");
	struct sp_score_row rows[SP_SCORE_ROWS];
	struct sp_sysset allowed = set_of("read ptrace"), none = {};

	sp_score(groups, &allowed, &none, rows);
	cr_expect_not(row_of(rows, "@debug")->won);
	cr_expect(row_of(rows, "@mount")->won);
	sp_groups_free(groups);
}

Test(score, foreign_members_cost_nothing)
{
	struct sp_groups *groups = release("252.39");
	struct sp_score_row rows[SP_SCORE_ROWS];
	struct sp_sysset allowed = set_of("chown32"), none = {};

	if (!sp_streq(sp_abi_name(sp_abi_native()), "x86-64"))
		cr_skip_test("chown32 is foreign on x86-64");
	sp_score(groups, &allowed, &none, rows);
	cr_expect(row_of(rows, "@privileged")->won);
	sp_groups_free(groups);
}

Test(score, a_group_that_the_release_lacks_is_won)
{
	struct sp_groups *groups = release("231");
	struct sp_score_row rows[SP_SCORE_ROWS];
	struct sp_sysset allowed = set_of("setpriority swapon"), none = {};

	sp_score(groups, &allowed, &none, rows);
	cr_expect(row_of(rows, "@resources")->won);
	cr_expect(row_of(rows, "@swap")->won);
	sp_groups_free(groups);
}
