/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every rule of the model must be needed: without it at least one case comes out wrong. */

#include <criterion/criterion.h>

#include "filter-cases.h"

Test(filter_rules, all_cases_hold_with_all_rules)
{
	for (size_t i = 0; i < SP_ARRAY_SIZE(filter_extra_cases); i++) {
		const char *broken = case_broken(&filter_extra_cases[i], _SP_RULE_MAX);

		cr_expect_null(broken, "%s: %s", filter_extra_cases[i].name, broken);
	}
}

static bool is_needed(enum sp_filter_rule rule)
{
	for (size_t i = 0; i < SP_ARRAY_SIZE(filter_vectors); i++)
		if (case_broken(&filter_vectors[i], rule))
			return true;
	for (size_t i = 0; i < SP_ARRAY_SIZE(filter_extra_cases); i++)
		if (case_broken(&filter_extra_cases[i], rule))
			return true;
	return false;
}

Test(filter_rules, no_rule_can_be_left_out, .timeout = 60)
{
	for (int rule = 0; rule < _SP_RULE_MAX; rule++)
		cr_expect(is_needed((enum sp_filter_rule)rule), "no case needs rule %d", rule);
}
