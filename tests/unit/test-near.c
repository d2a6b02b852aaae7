/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/near.h"

#include <criterion/criterion.h>

static void check(const char *word, const char *first, const char *second)
{
	static const char *const names[] = {
		"apache2.service", "apache-htcacheclean.service", "nginx.service", "ssh.service",
		"sshd.service",	   "systemd-timesyncd.service",	  "cron.service",
	};
	struct sp_words all = {}, near = {};

	for (size_t i = 0; i < SP_ARRAY_SIZE(names); i++)
		cr_assert_eq(sp_words_add(&all, names[i]), 0);
	cr_assert_eq(sp_nearest(&all, word, &near), 0);
	cr_assert_leq(near.n, SP_NEAREST_MAX);
	if (!first)
		cr_expect_eq(near.n, 0, "%s: found %s", word, near.n ? near.v[0] : "");
	else
		cr_expect(near.n > 0 && sp_streq(near.v[0], first), "%s: not %s", word, first);
	if (second)
		cr_expect(near.n > 1 && sp_streq(near.v[1], second), "%s: not then %s", word,
			  second);
	sp_words_done(&all);
	sp_words_done(&near);
}

Test(near, letters_apart)
{
	check("apache", "apache2.service", "apache-htcacheclean.service");
	check("apahce2", "apache2.service", NULL);
	check("ngnix.service", "nginx.service", NULL);
	check("sshd", "ssh.service", NULL);
	check("crond", "cron.service", NULL);
}

Test(near, a_part_of_the_name)
{
	check("timesync", "systemd-timesyncd.service", NULL);
}

Test(near, nothing_is_better_than_anything)
{
	check("postgresql", NULL, NULL);
	check("", NULL, NULL);
	check("x", NULL, NULL);
	check("a-name-that-is-longer-than-any-name-that-a-person-would-ever-type-in-here", NULL,
	      NULL);
}

Test(near, itself_is_not_near)
{
	check("nginx.service", NULL, NULL);
}
