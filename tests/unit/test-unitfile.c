/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sysprofile/unitfile.h"
#include "sysprofile/util.h"

/* What was read, as one text: "section.key=value@line\n", and "!line\n" for each message. */
struct record {
	char text[2048];
	size_t n;
	int answer; /* what the reader returns for an assignment */
};

static int on_assignment(const struct sp_unitfile_assignment *a, void *userdata)
{
	struct record *record = userdata;

	record->n += (size_t)snprintf(record->text + record->n, sizeof(record->text) - record->n,
				      "%s.%s=%s@%u\n", a->section, a->key, a->value, a->line);
	cr_assert_lt(record->n, sizeof(record->text));
	return record->answer;
}

static void on_message(unsigned line, const char *text, void *userdata)
{
	struct record *record = userdata;

	cr_expect_gt(strlen(text), 0);
	cr_expect_neq(text[strlen(text) - 1], '.');
	record->n += (size_t)snprintf(record->text + record->n, sizeof(record->text) - record->n,
				      "!%u\n", line);
	cr_assert_lt(record->n, sizeof(record->text));
}

static const struct sp_unitfile_reader reader = { on_assignment, on_message };

struct unitfile_case {
	const char *name;
	const char *text;
	size_t len;	/* 0: strlen() */
	unsigned major; /* 0: 252 */
	const char *expected;
	int result;
};

/* Those without a major were tried on systemd 252; the others follow its sources. */
static const struct unitfile_case cases[] = {
	{ "nothing", "", .expected = "" },
	{ "an assignment", "[Service]\nA=b\n", .expected = "Service.A=b@2\n" },
	{ "no newline at the end", "[Service]\nA=b", .expected = "Service.A=b@2\n" },
	{ "blanks are trimmed", " \t[Service] \n\t A \t=\t b c\t \n",
	  .expected = "Service.A=b c@2\n" },
	{ "only the first = parts", "[Service]\nA==b=c\n", .expected = "Service.A==b=c@2\n" },
	{ "an empty value", "[Service]\nA=\nB= \n", .expected = "Service.A=@2\nService.B=@3\n" },
	{ "comments", "# x\n;y\n[Service]\n  # A=b\n\t;A=b\nA=#b\n",
	  .expected = "Service.A=#b@6\n" },
	{ "outside of a section", "A=b\n[Service]\n", .expected = "!1\n" },
	{ "an unknown section", "[What]\nA=b\n[Service]\nC=d\n",
	  .expected = "!1\nService.C=d@4\n" },
	{ "a section of one's own", "[X-What]\nA=b\n", .expected = "" },
	{ "sections are case-sensitive", "[service]\nA=b\n", .expected = "!1\n" },
	{ "several sections", "[Unit]\nA=b\n[Socket]\nA=c\n[Unit]\nA=d\n",
	  .expected = "Unit.A=b@2\nSocket.A=c@4\nUnit.A=d@6\n" },
	{ "without =", "[Service]\nAb\nA=b\n", .expected = "!2\nService.A=b@3\n" },
	{ "without = in v242", "[Service]\nAb\nA=b\n", .major = 242, .expected = "!2\n",
	  .result = -EBADMSG },
	{ "without a key", "[Service]\n=b\nA=b\n", .expected = "!2\nService.A=b@3\n" },
	{ "a header without an end", "[Service]\nA=b\n[Unit\nC=d\n",
	  .expected = "Service.A=b@2\n!3\n", .result = -EBADMSG },
	{ "a lone bracket", "[\n", .expected = "!1\n", .result = -EBADMSG },
	{ "an empty header", "[]\n[Service]\nA=b\n", .expected = "!1\nService.A=b@3\n" },
	{ "an empty header in v261", "[]\n[Service]\nA=b\n", .major = 261, .expected = "!1\n",
	  .result = -EBADMSG },
	{ "a quote in a header", "[Ser'vice]\n", .expected = "!1\n", .result = -EBADMSG },
	{ "a quote in a header in v250", "[Ser'vice]\n[Unit]\nA=b\n", .major = 250,
	  .expected = "!1\nUnit.A=b@3\n" },
	{ "a wildcard in a header in v261", "[X-*]\n", .major = 261, .expected = "!1\n",
	  .result = -EBADMSG },
	{ "a continued line", "[Service]\nA=b\\\nc\nD=e\n",
	  .expected = "Service.A=b c@2\nService.D=e@4\n" },
	{ "a line continued twice", "[Service]\nA=b\\\n  c \\\n\td\n",
	  .expected = "Service.A=b   c  \td@2\n" },
	{ "two backslashes do not continue", "[Service]\nA=b\\\\\nC=d\n",
	  .expected = "Service.A=b\\\\@2\nService.C=d@3\n" },
	{ "three do", "[Service]\nA=b\\\\\\\nC=d\n", .expected = "Service.A=b\\\\ C=d@2\n" },
	{ "nor does one before a blank", "[Service]\nA=b\\ \nC=d\n",
	  .expected = "Service.A=b\\@2\nService.C=d@3\n" },
	{ "comments inside a continued line", "[Service]\nA=b\\\n# x\\\n ;y\nc\n",
	  .expected = "Service.A=b c@2\n" },
	{ "comments inside a continued line in v239", "[Service]\nA=b\\\n# x\nC=d\n", .major = 239,
	  .expected = "Service.A=b # x@2\nService.C=d@4\n" },
	{ "an indented comment in v240", "[Service]\n # x=y\nA=b\\\n # c\n", .major = 240,
	  .expected = "Service.# x=y@2\nService.A=b  # c@3\n" },
	{ "a continued comment in v239", "[Service]\n# x\\\nA=b\nC=d\n", .major = 239,
	  .expected = "Service.C=d@4\n" },
	{ "a blank line ends a continued one", "[Service]\nA=b\\\n\nC=d\n",
	  .expected = "Service.A=b@2\nService.C=d@4\n" },
	{ "a blank line does not in v242", "[Service]\nA=b\\\n\nC=d\n", .major = 242,
	  .expected = "Service.A=b C=d@2\n" },
	{ "continued at the end", "[Service]\nA=b\\", .expected = "Service.A=b@2\n" },
	{ "continued at the end in v238", "[Service]\nA=b\\", .major = 238, .expected = "!2\n" },
	{ "a continued header", "[Ser\\\nvice]\n", .expected = "!1\n" },
	{ "CR LF", "[Service]\r\nA=b\r\nC=d\\\r\ne\r\n",
	  .expected = "Service.A=b@2\nService.C=d e@3\n" },
	{ "CR", "[Service]\rA=b\rC=d", .expected = "Service.A=b@2\nService.C=d@3\n" },
	{ "CR in v239", "[Service]\r\nA=b\rC=d\r\nE=f\\\r\n", .major = 239,
	  .expected = "Service.A=b\rC=d@2\nService.E=f\\@3\n" },
	{ "LF CR is one end", "[Service]\n\rA=b\n\r\n\rC=d\n",
	  .expected = "Service.A=b@2\nService.C=d@4\n" },
	{ "NUL ends a line", "[Service]\0A=b\n\0C=d\r\n\0\0E=f\0", 26,
	  .expected = "Service.A=b@2\nService.C=d@3\nService.E=f@5\n" },
	{ "NUL cuts a line in v234", "[Service]\nA=b\0c\nD=e\n", 20, 234,
	  .expected = "Service.A=b@2\nService.D=e@3\n" },
	{ "a byte order mark", "\xef\xbb\xbf[Service]\nA=b\n", .expected = "Service.A=b@2\n" },
	{ "a late byte order mark",
	  "[Service]\n\xef\xbb\xbf"
	  "A=b\n\xef\xbb\xbf"
	  "C=d\n",
	  .expected = "Service.A=b@2\nService.\xef\xbb\xbf"
		      "C=d@3\n" },
	{ "a late byte order mark in v234",
	  "[Service]\n\xef\xbb\xbf"
	  "A=b\n",
	  .major = 234,
	  .expected = "Service.\xef\xbb\xbf"
		      "A=b@2\n" },
	{ "a byte order mark before a comment", "\xef\xbb\xbf#x\n[Service]\nA=b\n",
	  .expected = "!1\nService.A=b@3\n" },
	{ "UTF-8", "[Service]\nA=\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n",
	  .expected = "Service.A=\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80@2\n" },
	{ "no UTF-8", "[Service]\nA=b\nC=\xff\nD=e\n", .expected = "Service.A=b@2\n!3\n",
	  .result = -EBADMSG },
	{ "no UTF-8 in a comment", "#\xff\n[Service]\nA=b\n", .expected = "Service.A=b@3\n" },
	{ "no UTF-8 in v238", "[Service]\nC=\xff\n", .major = 238,
	  .expected = "Service.C=\xff@2\n" },
	{ "an overlong form", "[Service]\nA=\xc0\x80\n", .expected = "!2\n", .result = -EBADMSG },
	{ "a surrogate", "[Service]\nA=\xed\xa0\x80\n", .expected = "!2\n", .result = -EBADMSG },
	{ "a noncharacter", "[Service]\nA=\xef\xb7\x90\n", .expected = "!2\n", .result = -EBADMSG },
	{ "beyond Unicode", "[Service]\nA=\xf4\x90\x80\x80\n", .expected = "!2\n",
	  .result = -EBADMSG },
	{ "a character cut short", "[Service]\nA=\xe2\x82", .expected = "!2\n",
	  .result = -EBADMSG },
	{ ".include in v245", "[Service]\n.include /x=y\nA=b\n", .major = 245,
	  .expected = "!2\nService.A=b@3\n" },
	{ ".include in v246", "[Service]\n.include /x=y\n", .major = 246,
	  .expected = "Service..include /x=y@2\n" },
};

Test(unitfile, reads_what_systemd_reads)
{
	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		const struct unitfile_case *c = &cases[i];
		struct record record = {};
		int r;

		r = sp_unitfile_parse(c->text, c->len ? c->len : strlen(c->text),
				      c->major ? c->major : 252, &reader, &record);
		cr_expect_eq(r, c->result, "%s: %d", c->name, r);
		cr_expect_str_eq(record.text, c->expected, "%s: %s", c->name, record.text);
	}
}

Test(unitfile, stops_when_the_reader_wants_no_more)
{
	struct record record = { .answer = -EINTR };
	const char *text = "[Service]\nA=b\nC=d\n";

	cr_expect_eq(sp_unitfile_parse(text, strlen(text), 252, &reader, &record), -EINTR);
	cr_expect_str_eq(record.text, "Service.A=b@2\n");
}

Test(unitfile, needs_no_listener_for_messages)
{
	static const struct sp_unitfile_reader quiet = { on_assignment, NULL };
	struct record record = {};
	const char *text = "A=b\n[Service]\nC=d\n";

	cr_expect_eq(sp_unitfile_parse(text, strlen(text), 252, &quiet, &record), 0);
	cr_expect_str_eq(record.text, "Service.C=d@3\n");
}

struct lengths {
	size_t longest;
	unsigned n;
};

static int measure(const struct sp_unitfile_assignment *a, void *userdata)
{
	struct lengths *lengths = userdata;

	if (strlen(a->value) > lengths->longest)
		lengths->longest = strlen(a->value);
	lengths->n++;
	return 0;
}

static const struct sp_unitfile_reader measurer = { measure, NULL };

/* "[Service]\nA=", then n bytes in lines of at most per bytes that continue, then "\n". */
static char *long_line(size_t n, size_t per, size_t *ret)
{
	static const char head[] = "[Service]\nA=";
	char *text = malloc(sizeof(head) + 3 * n + 2), *p = text;

	cr_assert_not_null(text);
	p = stpcpy(p, head);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && i % per == 0)
			p = stpcpy(p, "\\\n");
		*p++ = 'x';
	}
	p = stpcpy(p, "\n");
	*ret = (size_t)(p - text);
	return text;
}

static int parse_long_line(size_t n, size_t per, unsigned major, struct lengths *ret)
{
	size_t len;
	char *text = long_line(n, per, &len);
	int r = sp_unitfile_parse(text, len, major, &measurer, ret);

	free(text);
	return r;
}

enum { MIB = 1024 * 1024 };

Test(unitfile, refuses_a_file_with_a_line_of_a_mebibyte, .timeout = 60)
{
	struct lengths lengths = {};

	/* "A=" counts too, and systemd gives up at the limit itself. */
	cr_expect_eq(parse_long_line(MIB - 3, MIB, 252, &lengths), 0);
	cr_expect_eq(lengths.longest, MIB - 3);
	lengths = (struct lengths){};
	cr_expect_eq(parse_long_line(MIB - 2, MIB, 252, &lengths), -EBADMSG);
	cr_expect_eq(lengths.n, 0);
}

Test(unitfile, refuses_a_continued_line_that_grows_beyond_a_mebibyte, .timeout = 60)
{
	struct lengths lengths = {};

	cr_expect_eq(parse_long_line(MIB / 2, 1024, 252, &lengths), 0);
	cr_expect_eq(lengths.longest, MIB / 2 + 511);
	cr_expect_eq(parse_long_line(2 * MIB, 1024, 252, &lengths), -EBADMSG);
}

/* A parser that looks at the whole line again for each piece would take hours for this one. */
Test(unitfile, is_not_slowed_down_by_many_pieces, .timeout = 20)
{
	struct lengths lengths = {};

	cr_expect_eq(parse_long_line(MIB / 2 - 3, 1, 252, &lengths), 0);
	cr_expect_eq(lengths.longest, MIB - 7);
}

Test(unitfile, cuts_long_lines_to_pieces_before_v235)
{
	struct lengths lengths = {};

	/* The second piece is no assignment, which refused the file then. */
	cr_expect_eq(parse_long_line(3000, MIB, 234, &lengths), -EBADMSG);
	cr_expect_eq(lengths.longest, 2047 - 2);
}

Test(unitfile, survives_every_single_byte_and_every_cut)
{
	const char *text = "\xef\xbb\xbf[Service]\r\nA=b\\\n#c\nd\\\\\n=\n[X-a]\nE=\xe2\x82\xac\n[";
	char copy[128];
	struct record record;

	for (size_t i = 0; i < strlen(text); i++)
		for (unsigned byte = 0; byte < 256; byte++)
			for (unsigned major = 231; major <= 261; major += 6) {
				size_t n = strlen(text);
				int r;

				record = (struct record){};
				memcpy(copy, text, n);
				copy[i] = (char)byte;
				r = sp_unitfile_parse(copy, n, major, &reader, &record);
				cr_assert(r == 0 || r == -EBADMSG);
				record = (struct record){};
				r = sp_unitfile_parse(copy, i, major, &reader, &record);
				cr_assert(r == 0 || r == -EBADMSG);
			}
}
