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
#include "unitfile-private.h"

struct parser {
	struct sp_unitfile_lines lines;
	const struct sp_unitfile_reader *reader;
	void *userdata;
	char *section; /* owned; NULL: none, or one that systemd does not know */
	bool section_ignored;
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

static char *strip(char *s)
{
	size_t n;

	s += strspn(s, SP_UNITFILE_WHITESPACE);
	n = strlen(s);
	while (n > 0 && sp_unitfile_is_blank(s[n - 1]))
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
	if (parser->lines.major < V_SAFE_SECTIONS)
		return true;
	for (const char *p = name; *p; p++)
		if ((*p > 0 && *p < ' ') || strchr("\"'\\\x7f", *p))
			return false;
	return parser->lines.major < V_SAFER_SECTIONS || (*name && !strpbrk(name, "*?["));
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
		say(parser, parser->lines.first,
		    "Invalid section header: systemd refuses the file");
		return -EBADMSG;
	}
	line[n - 1] = '\0';
	if (!is_safe_section(parser, name)) {
		say(parser, parser->lines.first,
		    "Bad characters in a section header: systemd refuses the file");
		return -EBADMSG;
	}
	free(SP_TAKE(parser->section));
	parser->section_ignored = !is_known_section(name);
	if (parser->section_ignored) {
		if (!sp_startswith(name, "X-"))
			say(parser, parser->lines.first, "Unknown section '%.64s', ignored", name);
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

	return parser->lines.major < V_NO_INCLUDE && rest && sp_unitfile_is_blank(*rest);
}

static int parse_assignment(struct parser *parser, char *line)
{
	struct sp_unitfile_assignment assignment = { .line = parser->lines.first };
	char *equals;

	if (!parser->section) {
		if (!parser->section_ignored)
			say(parser, parser->lines.first,
			    "An assignment outside of a section, ignored");
		return 0;
	}
	equals = strchr(line, '=');
	if (!equals && parser->lines.major < V_NO_EQUALS_IGNORED) {
		say(parser, parser->lines.first, "Missing '=': systemd refuses the file");
		return -EBADMSG;
	}
	if (!equals || equals == line) {
		say(parser, parser->lines.first, "Missing %s, ignored",
		    equals ? "key name before '='" : "'='");
		return 0;
	}
	*equals = '\0';
	assignment.section = parser->section;
	assignment.key = strip(line);
	assignment.value = strip(equals + 1);
	return parser->reader->assignment(&assignment, parser->userdata);
}

static int parse_line(struct parser *parser, char *line)
{
	line = strip(line);
	if (!*line || (parser->lines.major < V_COMMENTS_FIRST && sp_unitfile_is_comment(*line)))
		return 0;
	if (is_include(parser, line)) {
		say(parser, parser->lines.first, "What .include names is not read here");
		return 0;
	}
	/* systemd says that it ignores the assignment, but its parser returns the error. */
	if (parser->lines.major >= V_UTF8_CHECKED && !is_utf8(line)) {
		say(parser, parser->lines.first, "The line is not UTF-8: systemd refuses the file");
		return -EBADMSG;
	}
	if (*line == '[')
		return enter_section(parser, line);
	return parse_assignment(parser, line);
}

static int parse_lines(struct parser *parser)
{
	char *line;
	int r;

	while ((r = sp_unitfile_next_line(&parser->lines, &line)) > 0) {
		r = parse_line(parser, line);
		if (r < 0)
			return r;
	}
	if (parser->lines.what)
		say(parser, parser->lines.first, "%s", parser->lines.what);
	return r;
}

int sp_unitfile_parse(const char *text, size_t len, unsigned major,
		      const struct sp_unitfile_reader *reader, void *userdata)
{
	struct parser parser = {
		.lines = { .p = text, .end = text + len, .major = major },
		.reader = reader,
		.userdata = userdata,
	};
	int r;

	r = parse_lines(&parser);
	free(parser.lines.joined);
	free(parser.section);
	return r;
}
