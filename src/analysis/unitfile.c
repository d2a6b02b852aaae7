/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/unitfile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sysprofile/util.h"

/* Releases whose parser differs from the one before. */
enum {
	V_READ_LINE = 235,	    /* no more fgets(3) with a short buffer: long lines are whole */
	V_UTF8_CHECKED = 239,	    /* a line that is not UTF-8 refuses the file */
	V_LAST_CONTINUED = 239,	    /* a continued line at the end of the file counts */
	V_CR_ENDS_LINE = 240,	    /* \r, \n and NUL end lines, alone and combined */
	V_COMMENTS_FIRST = 240,	    /* comments are dropped before lines are joined */
	V_INDENTED_COMMENTS = 241,  /* ... indented ones too */
	V_BLANK_ENDS_JOINING = 243, /* v240 to v242 dropped blank lines with the comments */
	V_NO_EQUALS_IGNORED = 243,  /* a line without "=" no longer refuses the file */
	V_NO_INCLUDE = 246,	    /* .include is a line like any other */
	V_SAFE_SECTIONS = 251,	    /* quotes and control bytes in a header refuse the file */
	V_SAFER_SECTIONS = 261,	    /* so do an empty name and wildcards */
};

/* LONG_LINE_MAX and, before v235, LINE_MAX of systemd: without and with the final NUL. */
enum { LONG_LINE_MAX = 1024 * 1024, SHORT_LINE_MAX = 2048 };

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct parser {
	const char *p, *end;
	unsigned major;
	const struct sp_unitfile_reader *reader;
	void *userdata;

	unsigned line;	/* number of the physical line at hand */
	unsigned first; /* number of the first line of the logical one */
	bool bom_done;

	char *joined; /* owned: the logical line, terminated */
	size_t n_joined, size;
	unsigned n_pieces; /* physical lines in joined */

	char *section; /* owned; NULL: none, or one that systemd does not know */
	bool section_ignored;
};

struct span {
	const char *p;
	size_t n;
};

static void __attribute__((format(printf, 3, 4)))
say(const struct parser *parser, unsigned line, const char *format, ...)
{
	char text[160];
	va_list ap;

	if (!parser->reader->message)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	parser->reader->message(line, text, parser->userdata);
}

static bool is_blank(char c)
{
	return c && strchr(SP_UNITFILE_WHITESPACE, c);
}

static bool is_comment(char c)
{
	return c == '#' || c == ';';
}

/* v231 to v234: fgets(3) into a buffer of 2048 bytes, so that longer lines fall into pieces. */
static struct span read_short_line(struct parser *parser)
{
	size_t left = (size_t)(parser->end - parser->p), n;
	const char *newline;
	struct span line = { .p = parser->p };

	if (left > SHORT_LINE_MAX - 1)
		left = SHORT_LINE_MAX - 1;
	newline = memchr(parser->p, '\n', left);
	n = newline ? (size_t)(newline - parser->p) + 1 : left;
	parser->p += n;
	/* What follows a NUL is lost to C strings, what follows \r to truncate_nl(). */
	while (line.n < n && line.p[line.n] && !strchr("\n\r", line.p[line.n]))
		line.n++;
	return line;
}

/*
 * The three bytes that end a line, each as its own bit; 0 for the rest. They may be combined
 * ("\r\n", "\n\r", and a NUL after either), but each comes once, and NUL comes last.
 */
static unsigned line_end(const struct parser *parser, char c)
{
	switch (c) {
	case '\n':
		return 1;
	case '\0':
		return 2;
	case '\r':
		return parser->major >= V_CR_ENDS_LINE ? 4 : 0;
	default:
		return 0;
	}
}

static void skip_line_end(struct parser *parser)
{
	unsigned seen = 0;

	while (parser->p < parser->end) {
		unsigned bit = line_end(parser, *parser->p);

		if (!bit || (seen & (bit | 2)))
			return;
		seen |= bit;
		parser->p++;
		if (parser->major < V_CR_ENDS_LINE)
			return;
	}
}

/* 1: *ret is a line without its end; 0: no more. */
static int read_line(struct parser *parser, struct span *ret)
{
	struct span line = { .p = parser->p };

	if (parser->p == parser->end)
		return 0;
	parser->line++;
	if (parser->major < V_READ_LINE) {
		*ret = read_short_line(parser);
		return 1;
	}
	while (parser->p < parser->end && !line_end(parser, *parser->p)) {
		/* systemd looks at the room before it looks at the next byte. */
		if (++line.n >= LONG_LINE_MAX) {
			say(parser, parser->line, "The line is too long: systemd refuses the file");
			return -EBADMSG;
		}
		parser->p++;
	}
	skip_line_end(parser);
	*ret = line;
	return 1;
}

/* Whether the physical line is dropped before it can be joined to another one. */
static bool is_dropped(const struct parser *parser, const struct span *line)
{
	size_t i = 0;

	if (parser->major < V_COMMENTS_FIRST)
		return false;
	if (parser->major >= V_INDENTED_COMMENTS)
		while (i < line->n && is_blank(line->p[i]))
			i++;
	if (i == line->n)
		return parser->major < V_BLANK_ENDS_JOINING;
	return is_comment(line->p[i]);
}

/* systemd strips the mark from the first line that has one, which need not be the first line. */
static void strip_byte_order_mark(struct parser *parser, struct span *line)
{
	size_t n = strlen(BYTE_ORDER_MARK);

	if (parser->bom_done)
		return;
	if (line->n >= n && memcmp(line->p, BYTE_ORDER_MARK, n) == 0) {
		line->p += n;
		line->n -= n;
		parser->bom_done = true;
	}
	if (parser->major < V_READ_LINE)
		parser->bom_done = true;
}

static int reserve(struct parser *parser, size_t needed)
{
	size_t size = parser->size ? parser->size : 256;
	char *joined;

	if (needed <= parser->size)
		return 0;
	while (size < needed)
		size *= 2;
#ifdef SP_FUZZ_SEEDED_BUG
	/* One byte too few, but only when a third piece makes the line grow. */
	if (parser->n_pieces == 2)
		size = needed - 1;
#endif
	joined = realloc(parser->joined, size);
	if (!joined)
		return -ENOMEM;
	parser->joined = joined;
	parser->size = size;
	return 0;
}

static int join(struct parser *parser, const struct span *line)
{
	int r;

	if (parser->major >= V_READ_LINE && parser->n_pieces > 0 &&
	    parser->n_joined + line->n > LONG_LINE_MAX) {
		say(parser, parser->line,
		    "The continued line is too long: systemd refuses the file");
		return -EBADMSG;
	}
	r = reserve(parser, parser->n_joined + line->n + 1);
	if (r < 0)
		return r;
	if (parser->n_pieces++ == 0)
		parser->first = parser->line;
	memcpy(parser->joined + parser->n_joined, line->p, line->n);
	parser->n_joined += line->n;
	parser->joined[parser->n_joined] = '\0';
	return 0;
}

/* An odd number of backslashes at the end continues the line; the last one becomes a space. */
static bool is_continued(struct parser *parser, const struct span *line)
{
	size_t n = 0;

	while (n < line->n && line->p[line->n - 1 - n] == '\\')
		n++;
	if (n % 2 == 0)
		return false;
	parser->joined[parser->n_joined - 1] = ' ';
	return true;
}

static char *strip(char *s)
{
	size_t n;

	s += strspn(s, SP_UNITFILE_WHITESPACE);
	n = strlen(s);
	while (n > 0 && is_blank(s[n - 1]))
		n--;
	s[n] = '\0';
	return s;
}

/* The length of the character at p, 0 when it is none; systemd takes no noncharacter either. */
static size_t utf8_length(const unsigned char *p)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *p < 0x80   ? 1
		   : *p < 0xc0 ? 0
		   : *p < 0xe0 ? 2
		   : *p < 0xf0 ? 3
		   : *p < 0xf8 ? 4
			       : 0;
	uint32_t c;

	if (n < 2)
		return n;
	c = *p & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c & 0xfffff800) == 0xd800 ||
	    (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe)
		return 0;
	return n;
}

static bool is_utf8(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	while (*p) {
		size_t n = utf8_length(p);

		if (n == 0)
			return false;
		p += n;
	}
	return true;
}

static bool is_safe_section(const struct parser *parser, const char *name)
{
	if (parser->major < V_SAFE_SECTIONS)
		return true;
	for (const char *p = name; *p; p++)
		if ((*p > 0 && *p < ' ') || strchr("\"'\\\x7f", *p))
			return false;
	return parser->major < V_SAFER_SECTIONS || (*name && !strpbrk(name, "*?["));
}

static bool is_known_section(const char *name)
{
	static const char *const known[] = {
		"Automount", "Device", "Install", "Mount",  "Path",  "Scope", "Service",
		"Slice",     "Socket", "Swap",	  "Target", "Timer", "Unit",
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(known); i++)
		if (sp_streq(known[i], name))
			return true;
	return false;
}

static int enter_section(struct parser *parser, char *line)
{
	size_t n = strlen(line);
	char *name = line + 1, *copy;

	if (line[n - 1] != ']') {
		say(parser, parser->first, "Invalid section header: systemd refuses the file");
		return -EBADMSG;
	}
	line[n - 1] = '\0';
	if (!is_safe_section(parser, name)) {
		say(parser, parser->first,
		    "Bad characters in a section header: systemd refuses the file");
		return -EBADMSG;
	}
	free(SP_TAKE(parser->section));
	parser->section_ignored = !is_known_section(name);
	if (parser->section_ignored) {
		if (!sp_startswith(name, "X-"))
			say(parser, parser->first, "Unknown section '%.64s', ignored", name);
		return 0;
	}
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	parser->section = copy;
	return 0;
}

/* The value of a line that v245 and older take as a directive to read another file. */
static bool is_include(const struct parser *parser, const char *line)
{
	const char *rest = sp_startswith(line, ".include");

	return parser->major < V_NO_INCLUDE && rest && is_blank(*rest);
}

static int parse_assignment(struct parser *parser, char *line)
{
	struct sp_unitfile_assignment assignment = { .line = parser->first };
	char *equals;

	if (!parser->section) {
		if (!parser->section_ignored)
			say(parser, parser->first, "An assignment outside of a section, ignored");
		return 0;
	}
	equals = strchr(line, '=');
	if (!equals && parser->major < V_NO_EQUALS_IGNORED) {
		say(parser, parser->first, "Missing '=': systemd refuses the file");
		return -EBADMSG;
	}
	if (!equals || equals == line) {
		say(parser, parser->first, "Missing %s, ignored",
		    equals ? "key name before '='" : "'='");
		return 0;
	}
	*equals = '\0';
	assignment.section = parser->section;
	assignment.key = strip(line);
	assignment.value = strip(equals + 1);
	return parser->reader->assignment(&assignment, parser->userdata);
}

static int parse_joined(struct parser *parser)
{
	char *line = strip(parser->joined);

	parser->n_joined = 0;
	parser->n_pieces = 0;
	if (!*line || (parser->major < V_COMMENTS_FIRST && is_comment(*line)))
		return 0;
	if (is_include(parser, line)) {
		say(parser, parser->first, "What .include names is not read here");
		return 0;
	}
	/* systemd says that it ignores the assignment, but its parser returns the error. */
	if (parser->major >= V_UTF8_CHECKED && !is_utf8(line)) {
		say(parser, parser->first, "The line is not UTF-8: systemd refuses the file");
		return -EBADMSG;
	}
	if (*line == '[')
		return enter_section(parser, line);
	return parse_assignment(parser, line);
}

static int parse_lines(struct parser *parser)
{
	struct span line;
	int r;

	while ((r = read_line(parser, &line)) > 0) {
		if (is_dropped(parser, &line))
			continue;
		strip_byte_order_mark(parser, &line);
		r = join(parser, &line);
		if (r < 0)
			return r;
		if (is_continued(parser, &line))
			continue;
		r = parse_joined(parser);
		if (r < 0)
			return r;
	}
	if (r < 0 || parser->n_pieces == 0)
		return r;
	if (parser->major < V_LAST_CONTINUED) {
		say(parser, parser->first, "The last line is to be continued, ignored");
		return 0;
	}
	return parse_joined(parser);
}

int sp_unitfile_parse(const char *text, size_t len, unsigned major,
		      const struct sp_unitfile_reader *reader, void *userdata)
{
	struct parser parser = {
		.p = text,
		.end = text + len,
		.major = major,
		.reader = reader,
		.userdata = userdata,
	};
	int r;

	r = parse_lines(&parser);
	free(parser.joined);
	free(parser.section);
	return r;
}
