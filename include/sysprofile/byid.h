/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A table of structs by the id of a task or process. The struct's first member is a struct
 * sp_by_id; the table makes it and frees it. A table
 * is a pointer, and NULL an empty one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sysprofile/hash.h"

struct sp_by_id {
	pid_t id;
	UT_hash_handle hh;
};

/* What has the id; NULL when there is none. Valid until it is removed. */
void *sp_by_id_find(const struct sp_by_id *table, pid_t id);

/* The same, or a new one of that size whose other bytes are zero; NULL without memory. */
void *sp_by_id_get(struct sp_by_id **table, pid_t id, size_t size);

/* Whether it was there. */
bool sp_by_id_remove(struct sp_by_id **table, pid_t id);

/* Empties it. */
void sp_by_id_clear(struct sp_by_id **table);
