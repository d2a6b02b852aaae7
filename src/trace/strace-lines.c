/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <limits.h>

#include "strace-private.h"

enum {
	/* PID_MAX_LIMIT of the kernel. A larger number at the start of a line is a time. */
	PID_MAX = 4194304,
	/* Seconds since the epoch have been more for decades; no run has such a pause. */
	RELATIVE_MAX_S = 100000000,
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_blanks(const char *p)
{
	while (*p == ' ')
		p++;
	return p;
}

/* "123", "123<comm>". */
static const char *parse_id(const char *p, struct sp_strace_prefix *ret)
{
	long value = 0;

	if (!is_digit(*p))
		return NULL;
	for (; is_digit(*p); p++) {
		value = value * 10 + (*p - '0');
		if (value > PID_MAX)
			return NULL;
	}
	if (*p == '<') {
		const char *end = strchr(p, '>');

		if (!end)
			return NULL;
		ret->comm = p + 1;
		ret->comm_len = (size_t)(end - p - 1);
		p = end + 1;
	}
	ret->tid = (pid_t)value;
	return p;
}

/* "[pid  123] " */
static const char *parse_bracketed_id(const char *p, struct sp_strace_prefix *ret)
{
	p = parse_id(skip_blanks(p + strlen("[pid")), ret);
	if (!p || *p != ']')
		return NULL;
	ret->in_brackets = true;
	return skip_blanks(p + 1);
}

/*
 * "[  59] " is the number of the call (-n), "[00007fdb01768ad7] " the place of its instruction
 * (-i), which has the full width of an address or question marks.
 */
static const char *parse_bracketed(const char *p, struct sp_strace_prefix *ret)
{
	const char *word = skip_blanks(p + 1);
	const size_t len = strspn(word, "0123456789abcdefx?-");
	char *end;

	if (len == 0 || word[len] != ']')
		return NULL;
	p = skip_blanks(word + len + 1);
	if (len == 16 || len == 8)
		return p;
	ret->nr = (uint32_t)strtol(word, &end, 0);
	ret->numbered = end == word + len;
	return ret->numbered ? p : NULL;
}

/* A time, with or without "(+     0.000123) " behind it. */
static const char *parse_time(const char *p, struct sp_strace_prefix *ret)
{
	bool of_day;
	int64_t ns;

	p = sp_log_time_parse(p, &of_day, &ns);
	if (!p || *p != ' ')
		return NULL;
	ret->ns = ns;
	ret->timing = of_day					  ? SP_STRACE_OF_DAY
		      : ns < INT64_C(1000000000) * RELATIVE_MAX_S ? SP_STRACE_RELATIVE
								  : SP_STRACE_ABSOLUTE;
	p = skip_blanks(p);
	if (p[0] == '(' && p[1] == '+') {
		p = strchr(p, ')');
		return p && p[1] == ' ' ? skip_blanks(p + 1) : NULL;
	}
	return p;
}

/* A number is an id unless it has the form of a time, or is too large. */
static const char *parse_digits(const char *p, struct sp_strace_prefix *ret)
{
	const char *after = ret->tid || ret->timing ? NULL : parse_id(p, ret);

	if (after && *after == ' ')
		return skip_blanks(after);
	ret->tid = after ? 0 : ret->tid;
	return ret->timing ? NULL : parse_time(p, ret);
}

bool sp_strace_prefix_parse(const char *p, struct sp_strace_prefix *ret)
{
	*ret = (struct sp_strace_prefix){};
	/* -r pads its times, which may be all that there is before the call. */
	if (*p == ' ')
		p = skip_blanks(p);
	for (;;) {
		const char *next;

		if (is_digit(*p))
			next = parse_digits(p, ret);
		else if (*p != '[' || p[1] == 0)
			break;
		else if (strncmp(p, "[pid ", 5) == 0)
			next = parse_bracketed_id(p, ret);
		else if (strncmp(p, "[ Process PID=", 14) == 0)
			break;
		else
			next = parse_bracketed(p, ret);
		if (!next)
			return false;
		p = next;
	}
	ret->rest = p;
	return true;
}

const char *sp_strace_result(const char *text, const char *end)
{
	const char *p = end;

	while ((p = memrchr(text, '=', (size_t)(p - text)))) {
		const char *q = p;

		if (p[1] != ' ')
			continue;
		while (q > text && q[-1] == ' ')
			q--;
		if (q > text && q < p && q[-1] == ')')
			return p + 2;
	}
	return NULL;
}

bool sp_strace_is_unfinished(const char *text, const char *end)
{
	static const char tail[] = " ...>";
	const size_t len = sizeof(tail) - 1;

	return (size_t)(end - text) >= len && memcmp(end - len, tail, len) == 0;
}

pid_t sp_strace_child(const char *result)
{
	const char *outside = strstr(result, "/* ");
	long child = strtol(result, NULL, 10);

	/* --pidns-translation: "2 / * 124 in strace's PID NS * /", and lines use the latter. */
	if (outside && is_digit(outside[3]))
		child = strtol(outside + 3, NULL, 10);
	return child > 0 && child <= INT_MAX ? (pid_t)child : 0;
}

static char unescape_letter(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case 'v':
		return '\v';
	case 'f':
		return '\f';
	default:
		return c;
	}
}

static int digit_of(char c, int base)
{
	const char *digits = "0123456789abcdef";
	const char *found = c ? memchr(digits, c, (size_t)base) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* "x2f" or up to three octal digits behind a backslash. */
static const char *unescape_number(const char *p, char *ret)
{
	const int base = *p == 'x' ? 16 : 8;
	int value = 0;

	p += base == 16;
	for (int i = 0; i < (base == 16 ? 2 : 3) && digit_of(*p, base) >= 0; i++, p++)
		value = value * base + digit_of(*p, base);
	*ret = (char)value;
	return p;
}

bool sp_strace_string(const char *text, const char *end, char *ret, size_t size)
{
	const char *p = memchr(text, '"', (size_t)(end - text));
	size_t n = 0;

	if (!p)
		return false;
	for (p++; p < end && *p != '"'; n++) {
		char c = *p++;

		if (c == '\\' && p < end && (*p == 'x' || digit_of(*p, 8) >= 0))
			p = unescape_number(p, &c);
		else if (c == '\\' && p < end)
			c = unescape_letter(*p++);
#ifdef SP_FUZZ_SEEDED_BUG
		/* No room is left for the end, but only of the name that a task gives itself. */
		if (n < size || size == SP_STRACE_COMM_SIZE)
			ret[n] = c;
#else
		if (n + 1 < size)
			ret[n] = c;
#endif
	}
	ret[n + 1 < size ? n : size - 1] = 0;
	return true;
}

size_t sp_strace_name_length(const char *p)
{
	size_t n = 0;

	while ((p[n] >= 'a' && p[n] <= 'z') || (p[n] >= '0' && p[n] <= '9') || p[n] == '_' ||
	       (p[n] >= 'A' && p[n] <= 'Z'))
		n++;
	return n;
}
