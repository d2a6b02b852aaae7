/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Configuration of others: put in its place at once, with its directories, and lasting. */

#include <stddef.h>
#include <sys/types.h>

/*
 * Makes path and what it lies in, 0755 whatever the umask, as far as they are missing. *ret_made,
 * which is the caller's, is the first one that had to be made, or NULL. 0 or negative errno; then
 * nothing of it is left.
 */
int sp_make_directories(const char *path, char **ret_made);

/* Removes path and what it lies in up to made, as far as they are empty. made may be NULL. */
void sp_unmake_directories(const char *path, const char *made);

/*
 * Puts a file with that text and exactly that mode at path. Whoever looks finds the old one or
 * the new one, also after a loss of power. A link at path is replaced and not followed. Negative
 * errno: what was there is there still, and nothing beside it.
 */
int sp_replace_file(const char *path, mode_t mode, const char *text, size_t len);

/*
 * Whether sp_replace_file() would find a place for a new file in the directory, by making one;
 * of one that does not exist the nearest that does. 0 or negative errno.
 */
int sp_try_directory(const char *path);
