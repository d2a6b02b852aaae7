/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where the result goes. It is opened before the run, so that what would make it fail is found
 * then and not after an hour of load; and it is written whole or not at all.
 */

#include <stddef.h>

struct sp_output;

/* 0; -EBADF: stdout is closed or not open for writing. */
int sp_output_check_stdout(void);

/*
 * path: NULL for stdout. A regular file is replaced atomically at the end, or written in place
 * where the system does not let it be replaced (a bind mount); a device, pipe or socket is written
 * to. 0, or negative errno (-EBADF: stdout is closed or not open for writing).
 */
int sp_output_open(const char *path, struct sp_output **ret);
struct sp_output *sp_output_free(struct sp_output *output);
static inline void sp_output_freep(struct sp_output **p)
{
	if (*p)
		(void)sp_output_free(*p);
}

/*
 * Writes all of it. Negative errno: a regular file that could be replaced is as it was; -EINTR: a
 * signal came while nobody read.
 */
int sp_output_write(struct sp_output *output, const char *text, size_t len);

/*
 * For when that failed at the end of a run: a new file in $TMPDIR, else in /tmp. *ret_path is the
 * caller's. Nothing that was recorded is lost because a pipe or a terminal went away. Negative
 * errno: no such file was left.
 */
int sp_output_rescue(const char *text, size_t len, char **ret_path);
