/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A directory of a test's own, for TestSuite(..., .init = make_room, .fini = remove_room). */

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static char root[] = "/tmp/sysprofile-test-XXXXXX";

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static void make_room(void)
{
	cr_assert_not_null(mkdtemp(root));
}

static void remove_room(void)
{
	(void)nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
