/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "sysprofile/digest.h"

static void text_of(const char *const pieces[], char ret[static SP_DIGEST_SIZE])
{
	struct sp_digest *digest = NULL;

	cr_assert_eq(sp_digest_new(&digest), 0);
	for (; *pieces; pieces++)
		sp_digest_add(digest, *pieces, strlen(*pieces));
	sp_digest_text(digest, ret);
	cr_assert_null(sp_digest_free(digest));
}

/* What `xxhsum -H128` prints of the same bytes. */
Test(digest, is_that_of_xxhsum)
{
	char text[SP_DIGEST_SIZE];

	text_of((const char *const[]){ NULL }, text);
	cr_expect_str_eq(text, "99aa06d3014798d86001c324468d497f");
	text_of((const char *const[]){ "a", NULL }, text);
	cr_expect_str_eq(text, "a96faf705af16834e6c632b61e964e1f");
}

Test(digest, pieces_make_no_difference)
{
	char whole[SP_DIGEST_SIZE], pieces[SP_DIGEST_SIZE], other[SP_DIGEST_SIZE];

	text_of((const char *const[]){ "1234 read(3) = 0\n", NULL }, whole);
	text_of((const char *const[]){ "1234 re", "", "ad(3) = 0\n", NULL }, pieces);
	text_of((const char *const[]){ "1234 read(4) = 0\n", NULL }, other);
	cr_expect_str_eq(whole, pieces);
	cr_expect_str_neq(whole, other);
	cr_expect_eq(strlen(whole), (size_t)SP_DIGEST_SIZE - 1);
}
