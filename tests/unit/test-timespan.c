/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/timespan.h"

#include <criterion/criterion.h>
#include <errno.h>

#include "sysprofile/util.h"

#define S SP_NSEC_PER_SEC

/* The examples of systemd.time(7) among them. */
Test(timespan, reads_what_systemd_reads)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{ "90", 90 * S },
		{ "5min", 300 * S },
		{ "1h 30s", 3630 * S },
		{ "2 h", 7200 * S },
		{ "2hours", 7200 * S },
		{ "48hr", 172800 * S },
		{ "1y 12month", 63115200 * S },
		{ "55s500ms", 55 * S + 500000000 },
		{ "300ms20s 5day", 432020 * S + 300000000 },
		{ "1.5s", S + S / 2 },
		{ ".5", S / 2 },
		{ "1.", S },
		{ "0", 0 },
		{ "  3 \t", 3 * S },
		{ "1M", 2629800 * S },
		{ "1m", 60 * S },
		{ "7\xc2\xb5s", 7000 },
		{ "1ns", 1 },
		{ "0.0000000019", 1 },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		int64_t ns = -1;

		cr_expect_eq(sp_parse_timespan(cases[i].text, &ns), 0, "%s", cases[i].text);
		cr_expect_eq(ns, cases[i].ns, "%s: %lld", cases[i].text, (long long)ns);
	}
}

Test(timespan, refuses_the_rest_and_leaves_the_output_alone)
{
	static const struct {
		const char *text;
		int error;
	} cases[] = {
		{ "", -EINVAL },	  { "  ", -EINVAL },   { "soon", -EINVAL },
		{ "-1", -EINVAL },	  { "1x", -EINVAL },   { "5 min later", -EINVAL },
		{ ".", -EINVAL },	  { "1..2", -EINVAL }, { "1e3", -EINVAL },
		{ "s", -EINVAL },	  { "300y", -ERANGE }, { "99999999999999999999", -ERANGE },
		{ "200y 200y", -ERANGE },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		int64_t ns = 42;

		cr_expect_eq(sp_parse_timespan(cases[i].text, &ns), cases[i].error, "%s",
			     cases[i].text);
		cr_expect_eq(ns, 42);
	}
}

Test(timespan, is_shown_for_people)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{ 400000000, "0.4 s" },
		{ 12 * S, "12 s" },
		{ 303 * S, "5 min 3 s" },
		{ 7440 * S, "2 h 4 min" },
	};
	char buffer[SP_TIMESPAN_SIZE];

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++)
		cr_expect_str_eq(sp_format_timespan(cases[i].ns, buffer, sizeof(buffer)),
				 cases[i].text);
}
