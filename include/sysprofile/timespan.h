/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Time spans as systemd writes them (systemd.time(7)); libsystemd exports no parser for them. And
 * the clock that they are measured with.
 */

#include <stddef.h>
#include <stdint.h>

#define SP_NSEC_PER_SEC INT64_C(1000000000)

/*
 * "90" (seconds), "5min", "1h 30s", "1.5s", "2 days". Result in nanoseconds, 0 to about 292 years.
 * -EINVAL: not a time span; -ERANGE: too long.
 */
int sp_parse_timespan(const char *text, int64_t *ret_ns);

/*
 * For people: "0.4 s", "12 s", "5 min 3 s", "2 h 4 min". Writes at most size bytes, returns buffer.
 */
char *sp_format_timespan(int64_t ns, char *buffer, size_t size);
#define SP_TIMESPAN_SIZE 32

/* CLOCK_MONOTONIC. */
int64_t sp_monotonic_ns(void);
