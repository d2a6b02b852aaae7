/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "sysprofile/digest.h"
#include "sysprofile/dropin.h"
#include "sysprofile/util.h"

/* What it says is for people; for the program the whole of it is what it looks for. */
#define MARKER "# sysprofile wrote this, and overwrites it only unchanged; xxh128 of what follows: "

static int digest_of(const char *text, size_t len, char ret[static SP_DIGEST_SIZE])
{
	_cleanup_(sp_digest_freep) struct sp_digest *digest = NULL;
	int r = sp_digest_new(&digest);

	if (r < 0)
		return r;
	sp_digest_add(digest, text, len);
	sp_digest_text(digest, ret);
	return 0;
}

enum sp_dropin_owner sp_dropin_owner_of(const char *text, size_t len)
{
	const size_t n = strlen(MARKER), digits = SP_DIGEST_SIZE - 1, head = n + digits + 1;
	char digest[SP_DIGEST_SIZE];

	if (len < n || memcmp(text, MARKER, n) != 0)
		return SP_DROPIN_FOREIGN;
	if (len < head || text[head - 1] != '\n' ||
	    digest_of(text + head, len - head, digest) < 0 || memcmp(text + n, digest, digits) != 0)
		return SP_DROPIN_CHANGED;
	return SP_DROPIN_OURS;
}

int sp_dropin_mark(const char *text, size_t len, struct sp_unit_text *ret)
{
	_cleanup_(sp_freep) char *marked = NULL;
	char digest[SP_DIGEST_SIZE];
	size_t size = 0;
	FILE *f;
	int r = digest_of(text, len, digest);

	if (r < 0)
		return r;
	f = open_memstream(&marked, &size);
	if (!f)
		return -ENOMEM;
	fprintf(f, "%s%s\n", MARKER, digest);
	(void)fwrite(text, 1, len, f);
	r = ferror(f) ? -ENOMEM : 0;
	if (fclose(f) != 0 || r < 0)
		return -ENOMEM;
	*ret = (struct sp_unit_text){ .text = SP_TAKE(marked), .len = size };
	return 0;
}
