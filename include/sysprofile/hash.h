/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * uthash with errors instead of exits: after HASH_ADD* the element's hh.tbl is NULL when there
 * was no memory, and the element is not in the table.
 */

#define HASH_NONFATAL_OOM	 1
#define uthash_nonfatal_oom(elt) ((elt)->hh.tbl = NULL)

/* The default function falls through its cases in a way that clang warns of in every user. */
#define HASH_FUNCTION(key, length, hash) HASH_FNV(key, length, hash)

#include <uthash.h>
