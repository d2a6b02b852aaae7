/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/timespan.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sysprofile/util.h"

struct unit {
	const char *name;
	int64_t ns;
};

/* The table of systemd.time(7); M is the month, m the minute. */
static const struct unit units[] = {
	{ "seconds", SP_NSEC_PER_SEC },
	{ "second", SP_NSEC_PER_SEC },
	{ "sec", SP_NSEC_PER_SEC },
	{ "s", SP_NSEC_PER_SEC },
	{ "minutes", 60 * SP_NSEC_PER_SEC },
	{ "minute", 60 * SP_NSEC_PER_SEC },
	{ "min", 60 * SP_NSEC_PER_SEC },
	{ "m", 60 * SP_NSEC_PER_SEC },
	{ "months", 2629800 * SP_NSEC_PER_SEC },
	{ "month", 2629800 * SP_NSEC_PER_SEC },
	{ "M", 2629800 * SP_NSEC_PER_SEC },
	{ "msec", 1000000 },
	{ "ms", 1000000 },
	{ "hours", 3600 * SP_NSEC_PER_SEC },
	{ "hour", 3600 * SP_NSEC_PER_SEC },
	{ "hr", 3600 * SP_NSEC_PER_SEC },
	{ "h", 3600 * SP_NSEC_PER_SEC },
	{ "days", 86400 * SP_NSEC_PER_SEC },
	{ "day", 86400 * SP_NSEC_PER_SEC },
	{ "d", 86400 * SP_NSEC_PER_SEC },
	{ "weeks", 604800 * SP_NSEC_PER_SEC },
	{ "week", 604800 * SP_NSEC_PER_SEC },
	{ "w", 604800 * SP_NSEC_PER_SEC },
	{ "years", 31557600 * SP_NSEC_PER_SEC },
	{ "year", 31557600 * SP_NSEC_PER_SEC },
	{ "y", 31557600 * SP_NSEC_PER_SEC },
	{ "usec", 1000 },
	{ "us", 1000 },
	{ "\xc2\xb5s", 1000 }, /* MICRO SIGN */
	{ "\xce\xbcs", 1000 }, /* GREEK SMALL LETTER MU */
	{ "nsec", 1 },
	{ "ns", 1 },
};

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t\n\r");
}

/* A unit's name ends where the next number or a blank begins. */
static int parse_unit(const char **p, int64_t *ret_ns)
{
	size_t len = strcspn(*p, " \t\n\r0123456789.");

	if (len == 0) {
		if (**p == '.')
			return -EINVAL;
		*ret_ns = SP_NSEC_PER_SEC;
		return 0;
	}
	for (size_t i = 0; i < SP_ARRAY_SIZE(units); i++)
		if (strlen(units[i].name) == len && strncmp(units[i].name, *p, len) == 0) {
			*p += len;
			*ret_ns = units[i].ns;
			return 0;
		}
	return -EINVAL;
}

/* digits: where "12.5" begins. Adds value times unit to *total. */
static int add_number(const char *digits, const char *end, int64_t unit, int64_t *total)
{
	int64_t whole = 0, ns, scale = unit;
	const char *p = digits;

	for (; p < end && isdigit((unsigned char)*p); p++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, *p - '0', &whole))
			return -ERANGE;
	if (__builtin_mul_overflow(whole, unit, &ns) || __builtin_add_overflow(*total, ns, total))
		return -ERANGE;
	if (p < end && *p == '.')
		for (p++; p < end && scale > 0; p++) {
			scale /= 10;
			if (__builtin_add_overflow(*total, (*p - '0') * scale, total))
				return -ERANGE;
		}
	return 0;
}

int sp_parse_timespan(const char *text, int64_t *ret_ns)
{
	const char *p = skip_blanks(text);
	int64_t total = 0;

	if (!*p)
		return -EINVAL;
	while (*p) {
		const char *number = p, *end;
		int64_t unit;
		int r;

		p += strspn(p, "0123456789");
		if (*p == '.')
			p += 1 + strspn(p + 1, "0123456789");
		end = p;
		if (end == number || (end == number + 1 && *number == '.'))
			return -EINVAL;
		p = skip_blanks(p);
		r = parse_unit(&p, &unit);
		if (r < 0)
			return r;
		r = add_number(number, end, unit, &total);
		if (r < 0)
			return r;
		p = skip_blanks(p);
	}
	*ret_ns = total;
	return 0;
}

char *sp_format_timespan(int64_t ns, char *buffer, size_t size)
{
	int64_t s = ns / SP_NSEC_PER_SEC;

	if (s < 10)
		snprintf(buffer, size, "%.1f s", (double)ns / (double)SP_NSEC_PER_SEC);
	else if (s < 60)
		snprintf(buffer, size, "%d s", (int)s);
	else if (s < 3600)
		snprintf(buffer, size, "%d min %d s", (int)(s / 60), (int)(s % 60));
	else
		snprintf(buffer, size, "%lld h %d min", (long long)(s / 3600),
			 (int)(s % 3600 / 60));
	return buffer;
}

int64_t sp_monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SP_NSEC_PER_SEC + now.tv_nsec;
}
