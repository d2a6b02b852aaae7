/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A load program is given seconds. It warms up for a fifth of them, says "begin\n", works, and says
 * "end OPERATIONS SECONDS\n": between the two lines lies what is measured. The clock is read
 * through the vDSO, which costs no system call.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline double meter_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void meter_die(const char *what)
{
	dprintf(2, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline double meter_seconds(const char *word)
{
	char *end;
	double seconds = strtod(word, &end);

	if (*end || !(seconds > 0)) {
		errno = EINVAL;
		meter_die(word);
	}
	return seconds;
}

static inline double meter_warmup(double seconds)
{
	return seconds / 5;
}

static inline double meter_begin(void)
{
	dprintf(1, "begin\n");
	return meter_now();
}

static inline void meter_end(unsigned long operations, double start)
{
	double seconds = meter_now() - start;

	dprintf(1, "end %lu %.9f\n", operations, seconds);
}
