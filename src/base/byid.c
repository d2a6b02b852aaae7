/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/byid.h"

#include <stdlib.h>

void *sp_by_id_find(const struct sp_by_id *table, pid_t id)
{
	struct sp_by_id *found;

	HASH_FIND(hh, table, &id, sizeof(id), found);
	return found;
}

void *sp_by_id_get(struct sp_by_id **table, pid_t id, size_t size)
{
	struct sp_by_id *entry = sp_by_id_find(*table, id);

	if (entry)
		return entry;
	entry = calloc(1, size);
	if (!entry)
		return NULL;
	entry->id = id;
	HASH_ADD(hh, *table, id, sizeof(entry->id), entry);
	if (!entry->hh.tbl) {
		free(entry);
		return NULL;
	}
	return entry;
}

bool sp_by_id_remove(struct sp_by_id **table, pid_t id)
{
	struct sp_by_id *entry = sp_by_id_find(*table, id);

	if (!entry)
		return false;
	HASH_DEL(*table, entry);
	free(entry);
	return true;
}

void sp_by_id_clear(struct sp_by_id **table)
{
	struct sp_by_id *entry, *next;

	HASH_ITER (hh, *table, entry, next) {
		HASH_DEL(*table, entry);
		free(entry);
	}
}
