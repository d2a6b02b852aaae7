/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/linediff.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "leak.h"
#include "sysprofile/util.h"

static char *diff_of(const char *a, const char *b)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_eq(sp_linediff("old", a, strlen(a), "new", b, strlen(b), f), 0);
	cr_assert_eq(fclose(f), 0);
	return text;
}

static void expect(const char *a, const char *b, const char *wanted)
{
	_cleanup_(sp_freep) char *got = diff_of(a, b);

	cr_expect_str_eq(got, wanted, "wanted\n%s\ngot\n%s", wanted, got);
}

#define HEAD "--- old\n+++ new\n"

Test(linediff, equal_texts_have_none)
{
	expect("", "", "");
	expect("a\nb\n", "a\nb\n", "");
	sp_assert_no_leak();
}

Test(linediff, a_new_file_comes_whole)
{
	expect("", "a\nb\n", HEAD "@@ -0,0 +1,2 @@\n+a\n+b\n");
	expect("a\n", "", HEAD "@@ -1 +0,0 @@\n-a\n");
}

Test(linediff, what_changed_has_three_lines_around_it)
{
	expect("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
	       HEAD "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

Test(linediff, changes_close_to_each_other_are_one_hunk)
{
	expect("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
	       HEAD "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
	expect("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
	       HEAD "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n"
		    "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}

Test(linediff, a_missing_newline_is_told)
{
	expect("a", "a\n", HEAD "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

Test(linediff, no_byte_of_a_file_reaches_the_terminal)
{
	expect("\x1b[2J\ta\n", "b\n", HEAD "@@ -1 +1 @@\n-\\x1b[2J\ta\n+b\n");
}

/* diff -u itself takes it, and patch(1) would. */
Test(linediff, applying_it_gives_the_other_text)
{
	srand(7);
	for (int round = 0; round < 300; round++) {
		char a[256] = "", b[256] = "", back_a[256] = "", back_b[256] = "";
		_cleanup_(sp_freep) char *diff = NULL;
		unsigned at = 1;
		char *rest, *line;

		for (int i = 0; i < 30; i++) {
			const int what = rand() % 8;
			char text[3] = { (char)('a' + rand() % 4), '\n', 0 };

			strcat(what == 0 ? b : a, text);
			if (what > 1)
				strcat(b, text);
		}
		diff = diff_of(a, b);
		line = strtok_r(diff, "\n", &rest);
		for (; line; line = strtok_r(NULL, "\n", &rest)) {
			unsigned from;

			if (sscanf(line, "@@ -%u", &from) == 1) {
				from += strstr(line, ",0 +") ? 1 : 0;
				for (; at < from; at++) {
					strncat(back_a, a + 2 * (at - 1), 2);
					strncat(back_b, a + 2 * (at - 1), 2);
				}
				continue;
			}
			if (line[1] == '-' || line[1] == '+')
				continue;
			if (*line != '+') {
				strcat(strcat(back_a, line + 1), "\n");
				at++;
			}
			if (*line != '-')
				strcat(strcat(back_b, line + 1), "\n");
		}
		strcat(back_a, a + 2 * (at - 1));
		strcat(back_b, a + 2 * (at - 1));
		cr_assert_str_eq(back_a, a);
		cr_assert_str_eq(back_b, b);
	}
	sp_assert_no_leak();
}

Test(linediff, long_and_different_texts_take_no_time, .timeout = 20)
{
	enum { LINES = 200000 };
	_cleanup_(sp_freep) char *a = malloc(LINES * 2 + 1), *b = malloc(LINES * 2 + 1);
	_cleanup_(sp_freep) char *got = NULL;

	for (int i = 0; i < LINES; i++) {
		memcpy(a + 2 * i, "a\n", 3);
		memcpy(b + 2 * i, "b\n", 3);
	}
	got = diff_of(a, b);
	cr_expect_eq(strlen(got), strlen(HEAD "@@ -1,200000 +1,200000 @@\n") + 6 * LINES);
}
