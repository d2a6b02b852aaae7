/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/digest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

struct sp_digest {
	XXH3_state_t *state; /* owned; it has an alignment of its own */
};

int sp_digest_new(struct sp_digest **ret)
{
	struct sp_digest *digest = calloc(1, sizeof(*digest));

	if (!digest)
		return -ENOMEM;
	digest->state = XXH3_createState();
	if (!digest->state) {
		free(digest);
		return -ENOMEM;
	}
	(void)XXH3_128bits_reset(digest->state);
	*ret = digest;
	return 0;
}

struct sp_digest *sp_digest_free(struct sp_digest *digest)
{
	if (!digest)
		return NULL;
	(void)XXH3_freeState(digest->state);
	free(digest);
	return NULL;
}

void sp_digest_add(struct sp_digest *digest, const void *bytes, size_t len)
{
	/* It fails for a NULL alone. */
	(void)XXH3_128bits_update(digest->state, bytes, len);
}

void sp_digest_text(const struct sp_digest *digest, char ret[static SP_DIGEST_SIZE])
{
	const XXH128_hash_t hash = XXH3_128bits_digest(digest->state);

	snprintf(ret, SP_DIGEST_SIZE, "%016" PRIx64 "%016" PRIx64, (uint64_t)hash.high64,
		 (uint64_t)hash.low64);
}
