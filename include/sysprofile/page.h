/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Text for people in lines of at most 80 columns, with colour on a terminal. */

#include <stdbool.h>
#include <stdio.h>

#include "sysprofile/options.h"
#include "sysprofile/sysset.h"

struct sp_page {
	FILE *f;
	bool color;
	unsigned column; /* of what is written next */
	unsigned indent; /* where a line goes on that was too long */
	bool fresh;	 /* nothing stands on the line, or in the column, yet */
};

enum sp_paint { SP_PAINT_NONE, SP_PAINT_HEADING, SP_PAINT_GOOD, SP_PAINT_BAD };

/* For stdout, coloured as --color= says. */
struct sp_page sp_page_of_stdout(const struct sp_options *options);

/* Begins a new line, unless one has just begun, that goes on at column indent when too long. */
void sp_page_line(struct sp_page *page, unsigned begin, unsigned indent);

/* An empty line, and a heading on a line of its own. */
void sp_page_heading(struct sp_page *page, const char *text);

/* Text without a blank in front, or a newline; control bytes are escaped. Not broken. */
void sp_page_put(struct sp_page *page, enum sp_paint paint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Words, parted by blanks, each behind a blank or on a new line. */
void sp_page_words(struct sp_page *page, enum sp_paint paint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The names of a set, sorted, in the same way. */
void sp_page_names(struct sp_page *page, enum sp_paint paint, const struct sp_sysset *set);

/* Ends the last line. */
void sp_page_end(struct sp_page *page);

/* Moves to a column, or by one blank when it is behind already. */
void sp_page_tab(struct sp_page *page, unsigned column);
