/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where a filter is read from: a unit, or a fragment and drop-ins named one by one. */

#include "sysprofile/options.h"
#include "sysprofile/units.h"

struct sp_source {
	struct sp_unit unit; /* of files, the texts alone are filled */
	const char *word;    /* borrowed: what was asked for, or the first file */
};

void sp_source_done(struct sp_source *source);

/*
 * Reads the n words: a unit and files, which are read after its own, or files alone. A word with a
 * slash is a file, one that ends as units do is a unit; another is a file if there is one of that
 * name, else a unit; "-" is standard input. Says on stderr what went wrong.
 * SP_EXIT_OK, SP_EXIT_USAGE (no words that could mean anything) or SP_EXIT_FAILED.
 */
int sp_source_read(const struct sp_options *options, char *const *words, size_t n,
		   struct sp_source *ret);
