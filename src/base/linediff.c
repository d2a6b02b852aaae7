/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/linediff.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "sysprofile/util.h"

enum {
	CONTEXT = 3,
	CELLS_MAX = 4 << 20, /* of the table; beyond it, all of a goes and all of b comes */
};

struct line {
	const char *text;
	size_t len; /* with its newline, if it has one */
};

struct lines {
	struct line *v; /* owned */
	size_t n;
};

static void lines_done(struct lines *lines)
{
	free(lines->v);
}

static int split(const char *text, size_t len, struct lines *lines)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	lines->v = calloc(n, sizeof(*lines->v));
	if (!lines->v)
		return -ENOMEM;
	for (size_t at = 0; at < len; at += lines->v[lines->n++].len) {
		const char *newline = memchr(text + at, '\n', len - at);

		lines->v[lines->n].text = text + at;
		lines->v[lines->n].len = newline ? (size_t)(newline - text) + 1 - at : len - at;
	}
	return 0;
}

static bool same(const struct line *a, const struct line *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* ' ' both have it, '-' only a, '+' only b. */
struct script {
	char *ops; /* owned */
	size_t n;
};

static void script_done(struct script *script)
{
	free(script->ops);
}

static void add(struct script *script, char op, size_t times)
{
	memset(script->ops + script->n, op, times);
	script->n += times;
}

/* Where the lengths of the longest common rest lead: table[i][j] is that of a from i, b from j. */
static void follow(const struct line *a, size_t n, const struct line *b, size_t m,
		   const uint32_t *table, struct script *script)
{
	size_t i = 0, j = 0;

	while (i < n && j < m) {
		if (same(&a[i], &b[j])) {
			add(script, ' ', 1);
			i++;
			j++;
		} else if (table[(i + 1) * (m + 1) + j] >= table[i * (m + 1) + j + 1]) {
			add(script, '-', 1);
			i++;
		} else {
			add(script, '+', 1);
			j++;
		}
	}
	add(script, '-', n - i);
	add(script, '+', m - j);
}

static int compare_middle(const struct line *a, size_t n, const struct line *b, size_t m,
			  struct script *script)
{
	_cleanup_(sp_freep) uint32_t *table = NULL;

	if (n == 0 || m == 0 || n + 1 > CELLS_MAX / (m + 1)) {
		add(script, '-', n);
		add(script, '+', m);
		return 0;
	}
	table = calloc((n + 1) * (m + 1), sizeof(*table));
	if (!table)
		return -ENOMEM;
	for (size_t i = n; i-- > 0;)
		for (size_t j = m; j-- > 0;) {
			uint32_t *cell = &table[i * (m + 1) + j];
			const uint32_t down = cell[m + 1], right = cell[1];

			*cell = same(&a[i], &b[j]) ? cell[m + 2] + 1 : down > right ? down : right;
		}
	follow(a, n, b, m, table, script);
	return 0;
}

static int compare(const struct lines *a, const struct lines *b, struct script *script)
{
	size_t head = 0, tail = 0;
	int r;

	script->ops = malloc(a->n + b->n + 1);
	if (!script->ops)
		return -ENOMEM;
	while (head < a->n && head < b->n && same(&a->v[head], &b->v[head]))
		head++;
	while (head + tail < a->n && head + tail < b->n &&
	       same(&a->v[a->n - 1 - tail], &b->v[b->n - 1 - tail]))
		tail++;
	add(script, ' ', head);
	r = compare_middle(a->v + head, a->n - head - tail, b->v + head, b->n - head - tail,
			   script);
	add(script, ' ', tail);
	return r;
}

static void print_line(char op, const struct line *line, FILE *f)
{
	const bool whole = line->text[line->len - 1] == '\n';

	putc(op, f);
	for (size_t i = 0; i < line->len - whole; i++) {
		const unsigned char c = (unsigned char)line->text[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			fprintf(f, "\\x%02x", c);
		else
			putc(c, f);
	}
	fputs(whole ? "\n" : "\n\\ No newline at end of file\n", f);
}

/* A range of no lines is told by the line before it. */
static void print_range(char sign, size_t first, size_t n, FILE *f)
{
	fprintf(f, "%c%zu", sign, n ? first + 1 : first);
	if (n != 1)
		fprintf(f, ",%zu", n);
}

/* The end of the hunk that begins with a change at from: no other one follows closely. */
static size_t end_of_hunk(const struct script *script, size_t from)
{
	size_t end = from;

	for (size_t i = from; i < script->n && i <= end + 2 * CONTEXT + 1; i++)
		if (script->ops[i] != ' ')
			end = i;
	return end + CONTEXT < script->n ? end + CONTEXT + 1 : script->n;
}

static void print_hunk(const struct lines *a, size_t i, const struct lines *b, size_t j,
		       const char *ops, size_t n, FILE *f)
{
	size_t of_a = 0, of_b = 0;

	for (size_t k = 0; k < n; k++) {
		of_a += ops[k] != '+';
		of_b += ops[k] != '-';
	}
	fputs("@@ ", f);
	print_range('-', i, of_a, f);
	putc(' ', f);
	print_range('+', j, of_b, f);
	fputs(" @@\n", f);
	for (size_t k = 0; k < n; k++) {
		print_line(ops[k], ops[k] == '+' ? &b->v[j] : &a->v[i], f);
		i += ops[k] != '+';
		j += ops[k] != '-';
	}
}

static void print(const struct lines *a, const struct lines *b, const struct script *script,
		  FILE *f)
{
	size_t at = 0, i = 0, j = 0;

	while (at < script->n) {
		size_t change = at, end;

		while (change < script->n && script->ops[change] == ' ')
			change++;
		if (change == script->n)
			return;
		if (change - at > CONTEXT) {
			const size_t skipped = change - at - CONTEXT;

			at += skipped;
			i += skipped;
			j += skipped;
		}
		end = end_of_hunk(script, change);
		print_hunk(a, i, b, j, script->ops + at, end - at, f);
		for (; at < end; at++) {
			i += script->ops[at] != '+';
			j += script->ops[at] != '-';
		}
	}
}

int sp_linediff(const char *name_a, const char *a, size_t len_a, const char *name_b, const char *b,
		size_t len_b, FILE *f)
{
	_cleanup_(lines_done) struct lines lines_a = {}, lines_b = {};
	_cleanup_(script_done) struct script script = {};
	int r;

	if (len_a == len_b && memcmp(a, b, len_a) == 0)
		return 0;
	r = split(a, len_a, &lines_a);
	if (r == 0)
		r = split(b, len_b, &lines_b);
	if (r == 0)
		r = compare(&lines_a, &lines_b, &script);
	if (r < 0)
		return r;
	fputs("--- ", f);
	sp_fputs_escaped(name_a, f);
	fputs("\n+++ ", f);
	sp_fputs_escaped(name_b, f);
	putc('\n', f);
	print(&lines_a, &lines_b, &script, f);
	return 0;
}
