/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/util.h"

#include <errno.h>

#include "leak.h"

static void fill(struct sp_words *words, const char *text)
{
	for (const char *p = text; *p; p++)
		cr_assert_eq(sp_words_add_n(words, p, 1), 0);
}

static void expect(const struct sp_words *words, const char *text)
{
	cr_assert_eq(words->n, strlen(text));
	for (size_t i = 0; i < words->n; i++)
		cr_expect_eq(words->v[i][0], text[i]);
}

Test(util, words_keep_order_and_sort_by_bytes)
{
	struct sp_words words = {};

	fill(&words, "zBa_A");
	expect(&words, "zBa_A");
	sp_words_sort(&words);
	expect(&words, "AB_az");
	cr_expect(sp_words_contains(&words, "_"));
	cr_expect_not(sp_words_contains(&words, "q"));
	sp_words_done(&words);
	cr_expect_eq(words.n, 0);
	sp_assert_no_leak();
}

/* The capacity is derived from the count: every mix of growing and shrinking must stay inside it.
 */
Test(util, words_survive_removing_and_adding_around_powers_of_two)
{
	struct sp_words words = {};
	unsigned seed = 1;

	for (int i = 0; i < 20000; i++) {
		seed = seed * 1103515245 + 12345;
		if ((seed >> 16) % 40 < words.n)
			sp_words_remove(&words, (seed >> 16) % words.n);
		else
			cr_assert_eq(sp_words_add(&words, "word"), 0);
	}
	sp_words_done(&words);
	sp_assert_no_leak();
}

Test(util, removing_keeps_the_order_of_the_rest)
{
	struct sp_words words = {};

	fill(&words, "abcd");
	sp_words_remove(&words, 1);
	expect(&words, "acd");
	sp_words_remove(&words, 2);
	expect(&words, "ac");
	sp_words_done(&words);
}

Test(util, errno_names_go_both_ways)
{
	static const int numbers[] = { EPERM, ENOSYS, EAGAIN, ENOTSUP };

	for (size_t i = 0; i < SP_ARRAY_SIZE(numbers); i++)
		cr_expect_eq(sp_errno_from_name(sp_errno_name(numbers[i])), numbers[i]);
	cr_expect_eq(sp_errno_from_name("EWOULDBLOCK"), EAGAIN);
	cr_expect_eq(sp_errno_from_name("EOPNOTSUPP"), EOPNOTSUPP);
	cr_expect_eq(sp_errno_from_name("ENOTSUP"), ENOTSUP);
	cr_expect_eq(sp_errno_from_name("EDEADLOCK"), EDEADLOCK);
	cr_expect_eq(sp_errno_from_name("eperm"), -EINVAL);
	cr_expect_eq(sp_errno_from_name(""), -EINVAL);
	cr_expect_null(sp_errno_name(4000));
}

Test(util, control_bytes_are_escaped)
{
	char buffer[64] = "";
	FILE *f = fmemopen(buffer, sizeof(buffer), "w");

	sp_fputs_escaped("a\nb\x1b[m\x7f\xc3\xa9", f);
	fclose(f);
	cr_expect_str_eq(buffer, "a\\x0ab\\x1b[m\\x7f\xc3\xa9");
}

Test(util, startswith_gives_the_rest)
{
	cr_expect_str_eq(sp_startswith("SIGTERM", "SIG"), "TERM");
	cr_expect_null(sp_startswith("SI", "SIG"));
}
