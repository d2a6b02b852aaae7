/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/needs.h"

#include <errno.h>

#include "sysprofile/fsutil.h"
#include "sysprofile/log.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

/* A name of each call that there is, with its ABI before it, is a hundredth of that. */
enum { SIZE_MAX_OF_NAMES = 1 << 20 };

/* "read", "x86:setuid"; numbers without a name cannot be said in words. */
static int add_name(const char *word, struct sp_sysset *needs)
{
	const char *colon = strrchr(word, ':');
	const char *name = colon ? colon + 1 : word;
	sp_call call;
	int r;

	if (*name >= '0' && *name <= '9')
		return 0;
	r = sp_call_intern(name, strlen(name), &call);
	if (r < 0)
		return r;
	if (!sp_call_is_known(call))
		return -ENOENT;
	sp_sysset_add(needs, call);
	return 0;
}

static int read_line(const char *path, unsigned number, char *line, struct sp_sysset *needs)
{
	char *save = NULL;

	line[strcspn(line, "#")] = 0;
	for (char *word = strtok_r(line, " \t\r", &save); word;
	     word = strtok_r(NULL, " \t\r", &save)) {
		int r = add_name(word, needs);

		if (r == -ENOMEM || r == -ENOSPC) {
			sp_error("cannot read %s: %s", path, strerror(-r));
			return SP_EXIT_FAILED;
		}
		if (r < 0) {
			sp_error("%s:%u: %.64s is no system call; write a name a line, as -f names "
				 "does",
				 path, number, word);
			return SP_EXIT_FAILED;
		}
	}
	return SP_EXIT_OK;
}

int sp_needs_read(const char *path, struct sp_sysset *ret)
{
	_cleanup_(sp_freep) char *text = NULL;
	struct sp_sysset needs = {};
	unsigned number = 0;
	size_t len;
	char *rest;
	int r = sp_read_file(path, SIZE_MAX_OF_NAMES, &text, &len);

	if (r < 0) {
		sp_error("cannot read %s: %s", path, strerror(-r));
		return SP_EXIT_FAILED;
	}
	rest = text;
	for (char *line; (line = strsep(&rest, "\n"));) {
		r = read_line(path, ++number, line, &needs);
		if (r != SP_EXIT_OK)
			return r;
	}
	if (sp_sysset_is_empty(&needs)) {
		sp_error("%s names no system call", path);
		return SP_EXIT_FAILED;
	}
	*ret = needs;
	return SP_EXIT_OK;
}
