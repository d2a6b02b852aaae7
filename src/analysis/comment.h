/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Comments of a unit file, wrapped between words, into which no string can bring a line of its own.
 */

#include <stddef.h>
#include <stdio.h>

struct sp_comment {
	FILE *f;       /* borrowed */
	size_t column; /* 0: at the start of a line */
};

void sp_comment_word(struct sp_comment *c, const char *word);
/* Word by word; what is longer than a line is cut. */
void sp_comment_sentence(struct sp_comment *c, const char *text);
void sp_comment_end(struct sp_comment *c);

/* Old systemd refuses files with lines over 2048 bytes (LINE_MAX), escapes included. */
enum { SP_COMMENT_OUTSIDE_MAX = 400, SP_COMMENT_OUTSIDE_SIZE = SP_COMMENT_OUTSIDE_MAX + 8 };

/* A string that a tracee or a host chose: bounded, and all but printable ASCII as \xNN. */
void sp_comment_escape(const char *text, char ret[static SP_COMMENT_OUTSIDE_SIZE]);
void sp_comment_outside(const char *text, FILE *f);
