/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Two texts line by line, as `diff -u` shows them. */

#include <stddef.h>
#include <stdio.h>

/*
 * Writes the unified diff from a to b to f; nothing when they are equal. Bytes that could disturb
 * a terminal are escaped. It is the shortest one, unless the texts are so long and so different
 * that finding it would take long. 0 or -ENOMEM.
 */
int sp_linediff(const char *name_a, const char *a, size_t len_a, const char *name_b, const char *b,
		size_t len_b, FILE *f);
