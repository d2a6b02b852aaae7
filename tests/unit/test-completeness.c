/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/completeness.h"

#include <criterion/criterion.h>

#include "leak.h"
#include "sysprofile/util.h"

Test(completeness, the_checklist_tells_what_was_seen_and_what_was_not)
{
	static const struct {
		unsigned exercised;
		const char *words;
	} cases[] = {
		{ 0, "not seen: start, serving, reload (SIGHUP), rotation (SIGUSR1), stop" },
		{ SP_EXERCISE_START | SP_EXERCISE_STOP,
		  "seen: start, stop; not seen: serving, reload (SIGHUP), rotation (SIGUSR1)" },
		{ 31, "seen: start, serving, reload, rotation, stop" },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		char *text = sp_completeness_checklist(cases[i].exercised);

		cr_expect_str_eq(text, cases[i].words);
		free(text);
	}
	sp_assert_no_leak();
}
