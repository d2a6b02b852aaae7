/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The syntax of unit files (systemd.syntax(7)) as systemd's own parser takes it, with the
 * differences between its releases. Pure: bytes in, assignments and complaints out.
 */

#include <stddef.h>

/* The bytes that systemd trims from lines, keys and values, and that part words. */
#define SP_UNITFILE_WHITESPACE " \t\n\r"

/* "key = value" below [section]; every string is valid during the call only. */
struct sp_unitfile_assignment {
	const char *section;
	const char *key;
	const char *value; /* trimmed, continued lines joined; "" when empty */
	unsigned line;	   /* from 1; of a continued line the first */
};

struct sp_unitfile_reader {
	/* A negative return ends the parsing and is what sp_unitfile_parse() returns. */
	int (*assignment)(const struct sp_unitfile_assignment *assignment, void *userdata);
	/* What systemd logs about a line: one sentence without a dot. May be NULL. */
	void (*message)(unsigned line, const char *text, void *userdata);
};

/*
 * Any bytes are accepted. major is the release of systemd whose parser is meant. Assignments in
 * sections that no type of unit has are left out, as are those before any section.
 * 0; -ENOMEM; what assignment() returned; or -EBADMSG where systemd stops reading and refuses the
 * file (said through message() before; what came earlier in the file has been reported).
 */
int sp_unitfile_parse(const char *text, size_t len, unsigned major,
		      const struct sp_unitfile_reader *reader, void *userdata);
