/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files: reading them whole, and writing them so that a reader sees the old or the new. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * Reads a whole file of at most max bytes; *ret gets a 0 byte behind the last one and is the
 * caller's. -EFBIG when there is more; else negative errno. /proc files (which say size 0) and
 * pipes are read to their end too.
 */
int sp_read_file(const char *path, size_t max, char **ret, size_t *ret_len);

/*
 * A file that appears under its name only when it is complete. It is opened before a long run, so
 * that what would make it fail is found then and not afterwards.
 */
struct sp_atomic_file;

/*
 * Makes a temporary file beside path. -EISDIR when path is a directory, -EINVAL when it is
 * another thing that rename(2) would replace (a device, a socket): those are for
 * sp_is_plain_target() to tell apart. mode is as in open(2), the umask applies.
 */
int sp_atomic_file_open(const char *path, mode_t mode, struct sp_atomic_file **ret);

/* Where to write; owned by the file. */
FILE *sp_atomic_file_stream(struct sp_atomic_file *file);

/*
 * Flushes, syncs and renames into place; the file is closed and freed whatever happens. Negative
 * errno: the name still holds what it held before.
 */
int sp_atomic_file_commit(struct sp_atomic_file *file);

/* The same for a name that nobody has yet: -EEXIST when somebody has it by now. */
int sp_atomic_file_commit_new(struct sp_atomic_file *file);

/* Closes and removes an uncommitted file. Takes NULL, returns NULL. */
struct sp_atomic_file *sp_atomic_file_abandon(struct sp_atomic_file *file);
static inline void sp_atomic_file_abandonp(struct sp_atomic_file **p)
{
	if (*p)
		(void)sp_atomic_file_abandon(*p);
}

/* Whether path is absent or a regular file, that is, whether replacing it by rename(2) is right. */
bool sp_is_plain_target(const char *path);
