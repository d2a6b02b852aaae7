/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import-private.h"

enum { NS = 1000000000 };

#define DAY (INT64_C(86400) * NS)
/* No log has a gap of more than half a day and then a line that is out of order by as much. */
#define MIDNIGHT (DAY / 2)
/* No machine has been up for that long, which is what a kernel's log counts from. */
#define YEAR_2001 (INT64_C(1000000000) * NS)
/* Seconds of this many digits could not be told as ns in 64 bits. */
enum { SECONDS_DIGITS = 10 };

static int64_t since_first(struct sp_log_clock *clock, int64_t ns)
{
	if (!clock->started) {
		clock->started = true;
		clock->first = clock->last = ns;
	}
	if (ns > clock->last)
		clock->last = ns;
	/* Tasks of one run are in several files, and the first to begin may come second. */
	return ns > clock->first ? ns - clock->first : 0;
}

int64_t sp_log_clock_absolute(struct sp_log_clock *clock, int64_t ns)
{
	if (!clock->started)
		clock->since_epoch = ns >= YEAR_2001;
	return since_first(clock, ns);
}

int64_t sp_log_clock_start_usec(const struct sp_log_clock *clock)
{
	return clock->since_epoch ? clock->first / 1000 : 0;
}

int64_t sp_log_clock_of_day(struct sp_log_clock *clock, int64_t ns)
{
	if (clock->started && ns + MIDNIGHT < clock->in_day)
		clock->day += DAY;
	else if (clock->started && ns > clock->in_day + MIDNIGHT && clock->day >= DAY)
		clock->day -= DAY;
	clock->in_day = ns;
	return since_first(clock, clock->day + ns);
}

int64_t sp_log_clock_relative(struct sp_log_clock *clock, int64_t ns)
{
	/* The first line says how long ago nothing was. */
	if (clock->started && clock->relative <= INT64_MAX - ns)
		clock->relative += ns;
	return since_first(clock, clock->relative);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *parse_number(const char *p, int most, int64_t *ret)
{
	int64_t value = 0;
	int n = 0;

	for (; is_digit(p[n]) && n < most; n++)
		value = value * 10 + (p[n] - '0');
	if (n == 0 || is_digit(p[n]))
		return NULL;
	*ret = value;
	return p + n;
}

/* ".123", which may be missing. Of more than nine digits the rest says nothing more. */
static const char *parse_fraction(const char *p, int64_t *ret)
{
	int64_t unit = NS / 10;

	*ret = 0;
	if (*p != '.' || !is_digit(p[1]))
		return p;
	for (p++; is_digit(*p); p++, unit /= 10)
		*ret += (*p - '0') * unit;
	return p;
}

const char *sp_log_time_parse(const char *text, bool *ret_of_day, int64_t *ret_ns)
{
	int64_t first, minutes = 0, seconds = 0, fraction;
	const char *p = parse_number(text, SECONDS_DIGITS, &first);
	const bool of_day = p && *p == ':';

	if (of_day) {
		p = parse_number(p + 1, 2, &minutes);
		p = p && *p == ':' ? parse_number(p + 1, 2, &seconds) : NULL;
		/* A leap second is the sixtieth. */
		if (!p || first > 23 || minutes > 59 || seconds > 60)
			return NULL;
		first = first * 3600 + minutes * 60 + seconds;
	}
	if (!p)
		return NULL;
	p = parse_fraction(p, &fraction);
	/* 9999999999 s are more than 64 bits of ns hold. */
	if (first > INT64_MAX / NS - 1)
		return NULL;
	*ret_of_day = of_day;
	*ret_ns = first * NS + fraction;
	return p;
}
