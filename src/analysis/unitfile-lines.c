/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unitfile-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* LONG_LINE_MAX and, before v235, LINE_MAX of systemd: without and with the final NUL. */
enum { LONG_LINE_MAX = 1024 * 1024, SHORT_LINE_MAX = 2048 };

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* A physical line without its end. */
struct span {
	const char *p;
	size_t n;
};

/* v231 to v234: fgets(3) into a buffer of 2048 bytes, so that longer lines fall into pieces. */
static struct span read_short_line(struct sp_unitfile_lines *lines)
{
	size_t left = (size_t)(lines->end - lines->p), n;
	const char *newline;
	struct span line = { .p = lines->p };

	if (left > SHORT_LINE_MAX - 1)
		left = SHORT_LINE_MAX - 1;
	newline = memchr(lines->p, '\n', left);
	n = newline ? (size_t)(newline - lines->p) + 1 : left;
	lines->p += n;
	/* What follows a NUL is lost to C strings, what follows \r to truncate_nl(). */
	while (line.n < n && line.p[line.n] && !strchr("\n\r", line.p[line.n]))
		line.n++;
	return line;
}

/*
 * The three bytes that end a line, each as its own bit; 0 for the rest. They may be combined
 * ("\r\n", "\n\r", and a NUL after either), but each comes once, and NUL comes last.
 */
static unsigned line_end(const struct sp_unitfile_lines *lines, char c)
{
	switch (c) {
	case '\n':
		return 1;
	case '\0':
		return 2;
	case '\r':
		return lines->major >= V_CR_ENDS_LINE ? 4 : 0;
	default:
		return 0;
	}
}

static void skip_line_end(struct sp_unitfile_lines *lines)
{
	unsigned seen = 0;

	while (lines->p < lines->end) {
		unsigned bit = line_end(lines, *lines->p);

		if (!bit || (seen & (bit | 2)))
			return;
		seen |= bit;
		lines->p++;
		if (lines->major < V_CR_ENDS_LINE)
			return;
	}
}

/* 1: *ret is a line without its end; 0: no more. */
static int read_line(struct sp_unitfile_lines *lines, struct span *ret)
{
	struct span line = { .p = lines->p };

	if (lines->p == lines->end)
		return 0;
	lines->line++;
	if (lines->major < V_READ_LINE) {
		*ret = read_short_line(lines);
		return 1;
	}
	while (lines->p < lines->end && !line_end(lines, *lines->p)) {
		/* systemd looks at the room before it looks at the next byte. */
		if (++line.n >= LONG_LINE_MAX) {
			lines->first = lines->line;
			lines->what = "The line is too long: systemd refuses the file";
			return -EBADMSG;
		}
		lines->p++;
	}
	skip_line_end(lines);
	*ret = line;
	return 1;
}

/* Whether the physical line is dropped before it can be joined to another one. */
static bool is_dropped(const struct sp_unitfile_lines *lines, const struct span *line)
{
	size_t i = 0;

	if (lines->major < V_COMMENTS_FIRST)
		return false;
	if (lines->major >= V_INDENTED_COMMENTS)
		while (i < line->n && sp_unitfile_is_blank(line->p[i]))
			i++;
	if (i == line->n)
		return lines->major < V_BLANK_ENDS_JOINING;
	return sp_unitfile_is_comment(line->p[i]);
}

/* systemd strips the mark from the first line that has one, which need not be the first line. */
static void strip_byte_order_mark(struct sp_unitfile_lines *lines, struct span *line)
{
	size_t n = strlen(BYTE_ORDER_MARK);

	if (lines->bom_done)
		return;
	if (line->n >= n && memcmp(line->p, BYTE_ORDER_MARK, n) == 0) {
		line->p += n;
		line->n -= n;
		lines->bom_done = true;
	}
	if (lines->major < V_READ_LINE)
		lines->bom_done = true;
}

static int reserve(struct sp_unitfile_lines *lines, size_t needed)
{
	size_t size = lines->size ? lines->size : 64;
	char *joined;

	if (needed <= lines->size)
		return 0;
	while (size < needed)
		size *= 2;
#ifdef SP_FUZZ_SEEDED_BUG
	/* One byte too few, but only when a third piece makes the line grow. */
	if (lines->n_pieces == 2)
		size = needed - 1;
#endif
	joined = realloc(lines->joined, size);
	if (!joined)
		return -ENOMEM;
	lines->joined = joined;
	lines->size = size;
	return 0;
}

static int join(struct sp_unitfile_lines *lines, const struct span *line)
{
	int r;

	if (lines->major >= V_READ_LINE && lines->n_pieces > 0 &&
	    lines->n_joined + line->n > LONG_LINE_MAX) {
		lines->what = "The continued line is too long: systemd refuses the file";
		return -EBADMSG;
	}
	r = reserve(lines, lines->n_joined + line->n + 1);
	if (r < 0)
		return r;
	if (lines->n_pieces++ == 0)
		lines->first = lines->line;
	memcpy(lines->joined + lines->n_joined, line->p, line->n);
	lines->n_joined += line->n;
	lines->joined[lines->n_joined] = '\0';
	return 0;
}

/* An odd number of backslashes at the end continues the line; the last one becomes a space. */
static bool is_continued(struct sp_unitfile_lines *lines, const struct span *line)
{
	size_t n = 0;

	while (n < line->n && line->p[line->n - 1 - n] == '\\')
		n++;
	if (n % 2 == 0)
		return false;
	lines->joined[lines->n_joined - 1] = ' ';
	return true;
}

int sp_unitfile_next_line(struct sp_unitfile_lines *lines, char **ret)
{
	struct span line;
	int r;

	lines->n_joined = 0;
	lines->n_pieces = 0;
	lines->what = NULL;
	while ((r = read_line(lines, &line)) > 0) {
		if (is_dropped(lines, &line))
			continue;
		strip_byte_order_mark(lines, &line);
		r = join(lines, &line);
		if (r < 0)
			return r;
		if (is_continued(lines, &line))
			continue;
		*ret = lines->joined;
		return 1;
	}
	if (r < 0 || lines->n_pieces == 0)
		return r;
	if (lines->major < V_LAST_CONTINUED) {
		lines->what = "The last line is to be continued, ignored";
		return 0;
	}
	*ret = lines->joined;
	return 1;
}
