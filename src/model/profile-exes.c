/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profile-private.h"

#include <errno.h>

#include "sysprofile/util.h"

/*
 * Programs told apart. A build that runs thousands of throw-away binaries must not fill the
 * memory; those beyond count as unknown.
 */
enum { EXES_MAX = 1024 };

struct sp_profile_exe {
	unsigned index;
	UT_hash_handle hh;
};

void sp_profile_exes_done(struct sp_profile_exes *exes)
{
	struct sp_profile_exe *exe, *next;

	HASH_ITER (hh, exes->by_path, exe, next) {
		HASH_DEL(exes->by_path, exe);
		free(exe);
	}
	for (unsigned i = 0; i < exes->n; i++)
		free(exes->paths[i]);
	free(exes->paths);
}

static int add(struct sp_profile_exes *exes, const char *path, unsigned *ret)
{
	_cleanup_(sp_freep) struct sp_profile_exe *exe = NULL;
	_cleanup_(sp_freep) char *copy = NULL;
	size_t len = strlen(path);
	char **paths;

	paths = reallocarray(exes->paths, exes->n + 1, sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	exes->paths = paths;
	exe = calloc(1, sizeof(*exe));
	copy = strdup(path);
	if (!exe || !copy)
		return -ENOMEM;
	exe->index = exes->n;
	HASH_ADD_KEYPTR(hh, exes->by_path, copy, len, exe);
	if (!exe->hh.tbl)
		return -ENOMEM;

	*ret = exe->index;
	exes->paths[exes->n++] = SP_TAKE(copy);
	(void)SP_TAKE(exe);
	return 0;
}

int sp_profile_exes_get(struct sp_profile_exes *exes, const char *path, unsigned *ret)
{
	/* Not inside the macro, which may look at the length for every byte that it hashes. */
	size_t len = strlen(path);
	struct sp_profile_exe *exe;

	HASH_FIND(hh, exes->by_path, path, len, exe);
	if (!exe && exes->n < EXES_MAX)
		return add(exes, path, ret);
	*ret = exe ? exe->index : SP_PROFILE_EXE_NONE;
	return 0;
}

int sp_profile_exes_get_unknown(struct sp_profile_exes *exes, unsigned *ret)
{
	if (exes->unknown == SP_PROFILE_EXE_NONE) {
		int r = add(exes, "?", &exes->unknown);

		if (r < 0)
			return r;
	}
	*ret = exes->unknown;
	return 0;
}
