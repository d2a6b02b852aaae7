/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * 128 bits that stand for any number of bytes, to know again what was read before. XXH3 of
 * xxhash(1), chosen for its speed: whoever wants two files with one digest can make them.
 */

#include <stddef.h>

struct sp_digest;

int sp_digest_new(struct sp_digest **ret);
struct sp_digest *sp_digest_free(struct sp_digest *digest);
static inline void sp_digest_freep(struct sp_digest **p)
{
	if (*p)
		(void)sp_digest_free(*p);
}

void sp_digest_add(struct sp_digest *digest, const void *bytes, size_t len);

#define SP_DIGEST_SIZE 33 /* 32 hexadecimal digits, and a 0 */

/* Of all bytes until now; more may follow. */
void sp_digest_text(const struct sp_digest *digest, char ret[static SP_DIGEST_SIZE]);
