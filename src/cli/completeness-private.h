/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The plot of calls known over time, for a run at its end and for runs of a profile. */

#include <stddef.h>
#include <stdint.h>

#include "sysprofile/timespan.h"

enum { SP_PLOT_COLUMNS = 50 };

/* A shorter run is its start; a curve of it says nothing. */
#define SP_PLOT_FROM_NS (10 * SP_NSEC_PER_SEC)

/* Where a time belongs in a run of that length. */
size_t sp_plot_column(int64_t at_ns, int64_t duration_ns);

/*
 * Prints the plot line by line. known: how many calls were known at the end of each column; the
 * last of them not 0.
 */
void sp_plot_print(const size_t known[static SP_PLOT_COLUMNS], int64_t duration_ns,
		   void (*line)(const char *text, void *userdata), void *userdata);
