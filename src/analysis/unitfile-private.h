/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Unit files as logical lines: what unitfile-lines.c makes of the bytes for unitfile.c. */

#include <stdbool.h>
#include <stddef.h>

#include "sysprofile/unitfile.h"

/* Releases whose parser differs from the one before. */
enum {
	V_READ_LINE = 235,	    /* no more fgets(3) with a short buffer: long lines are whole */
	V_UTF8_CHECKED = 239,	    /* a line that is not UTF-8 refuses the file */
	V_LAST_CONTINUED = 239,	    /* a continued line at the end of the file counts */
	V_CR_ENDS_LINE = 240,	    /* \r, \n and NUL end lines, alone and combined */
	V_COMMENTS_FIRST = 240,	    /* comments are dropped before lines are joined */
	V_INDENTED_COMMENTS = 241,  /* ... indented ones too */
	V_BLANK_ENDS_JOINING = 243, /* v240 to v242 dropped blank lines with the comments */
	V_NO_EQUALS_IGNORED = 243,  /* a line without "=" no longer refuses the file */
	V_NO_INCLUDE = 246,	    /* .include is a line like any other */
	V_SAFE_SECTIONS = 251,	    /* quotes and control bytes in a header refuse the file */
	V_SAFER_SECTIONS = 261,	    /* so do an empty name and wildcards */
};

struct sp_unitfile_lines {
	const char *p, *end;
	unsigned major;
	unsigned line;	/* number of the physical line at hand */
	unsigned first; /* number of the first line of the logical one */
	bool bom_done;
	const char *what; /* a complaint about the line at hand, static; NULL when there is none */

	char *joined; /* owned: the logical line, terminated */
	size_t n_joined, size;
	unsigned n_pieces; /* physical lines in joined */
};

/*
 * 1: *ret is the next logical line, which may be changed in place and is valid until the next
 * call. 0: no more; a complaint may stand in what. -ENOMEM; -EBADMSG: systemd refuses the file,
 * and what says why.
 */
int sp_unitfile_next_line(struct sp_unitfile_lines *lines, char **ret);

static inline bool sp_unitfile_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline bool sp_unitfile_is_comment(char c)
{
	return c == '#' || c == ';';
}
