/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Profile files: sysprofile-profile(5). */

#include <stdio.h>

#include "sysprofile/history.h"

/* What this version writes, and the newest that it reads. */
#define SP_PROFILE_VERSION 1

/* Larger files are refused. */
#define SP_PROFILE_SIZE_MAX (256u << 20)

struct sp_profile_error {
	unsigned line, column; /* from 1 on; 0: it is no matter of a place in the text */
	char text[256];	       /* what is wrong, in words */
};

/*
 * Reads a text. -EBADMSG: it is no profile; -EPROTO: of a newer version; *error says more of both.
 * -ENOMEM.
 */
int sp_profile_parse(const char *text, size_t len, struct sp_history **ret,
		     struct sp_profile_error *error);

/* Reads a file; "-" is standard input. As above, -EFBIG, or what open(2) and read(2) say. */
int sp_profile_read(const char *path, struct sp_history **ret, struct sp_profile_error *error);

/*
 * Equal histories give equal bytes. Errors of f are left to the caller (ferror(3)); 0 or -ENOMEM.
 */
int sp_profile_write(struct sp_history *history, FILE *f);

/*
 * The same with a member "result", a JSON value as text, or NULL for none: what was made of the
 * profile. A reader drops it.
 */
int sp_profile_write_with(struct sp_history *history, const char *result, FILE *f);

/* "FILE:LINE:COLUMN: what is wrong", or "cannot read FILE: ..."; the caller's. NULL: no memory. */
char *sp_profile_error_sentence(const char *path, int r, const struct sp_profile_error *error);
