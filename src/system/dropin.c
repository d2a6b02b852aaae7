/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/dropin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sysprofile/fsutil.h"
#include "sysprofile/replace.h"
#include "sysprofile/units.h"
#include "sysprofile/util.h"

#include "units-private.h"

void sp_dropin_place_done(struct sp_dropin_place *place)
{
	free(place->base);
	free(place->unit);
	free(place->path);
	free(place->shown);
	free(place->full);
	*place = (struct sp_dropin_place){};
}

static bool exists(const char *root, const char *path)
{
	_cleanup_(sp_freep) char *parent = NULL, *full = NULL;
	struct stat st;

	if (sp_chase_parents(root, path, &parent) < 0)
		return false;
	full = sp_join_root(root, parent);
	return full && lstat(full, &st) == 0;
}

/* The directory of a unit's drop-ins, or of units, with no link left in its path. */
static int find_directory(const char *root, const char *path, char **ret)
{
	_cleanup_(sp_freep) char *chased = NULL, *full = NULL;
	struct stat st;
	int r = sp_chase(root, path, &chased);

	if (r == -ENOENT && exists(root, path))
		return -ENOLINK;
	if (r == -ENOENT)
		return sp_chase_parents(root, path, ret);
	if (r < 0)
		return r;
	full = sp_join_root(root, chased);
	if (!full)
		return -ENOMEM;
	if (stat(full, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	*ret = SP_TAKE(chased);
	return 0;
}

static char *join(const char *a, const char *b, const char *c, const char *d)
{
	char *joined;

	return asprintf(&joined, "%s%s%s%s", a, b, c, d) < 0 ? NULL : joined;
}

int sp_dropin_locate(const char *root, const char *base, const char *unit,
		     struct sp_dropin_place *ret)
{
	_cleanup_(sp_dropin_place_done) struct sp_dropin_place place = {};
	_cleanup_(sp_freep) char *wanted = join(base, "/", unit, ".d"), *directory = NULL;
	int r;

	if (!root)
		root = "";
	if (!wanted)
		return -ENOMEM;
	r = find_directory(root, wanted, &directory);
	if (r < 0)
		return r;
	place.base = strdup(base);
	place.unit = strdup(unit);
	place.path = join(directory, "/", SP_DROPIN_FILE, "");
	if (!place.base || !place.unit || !place.path)
		return -ENOMEM;
	place.full = sp_join_root(root, place.path);
	free(SP_TAKE(directory));
	directory = join(wanted, "/", SP_DROPIN_FILE, "");
	place.shown = directory ? sp_join_root(root, directory) : NULL;
	if (!place.full || !place.shown)
		return -ENOMEM;
	*ret = place;
	place = (struct sp_dropin_place){};
	return 0;
}

static enum sp_dropin_owner owner_of_link(const char *path)
{
	char target[sizeof("/dev/null")];
	ssize_t n = readlink(path, target, sizeof(target));

	return n == (ssize_t)strlen("/dev/null") && memcmp(target, "/dev/null", (size_t)n) == 0
		       ? SP_DROPIN_MASKED
		       : SP_DROPIN_LINK;
}

int sp_dropin_look(const struct sp_dropin_place *place, enum sp_dropin_owner *ret,
		   struct sp_unit_text *ret_text)
{
	struct sp_unit_text text = {};
	struct stat st;
	int r;

	if (lstat(place->full, &st) < 0) {
		if (errno != ENOENT)
			return -errno;
		*ret = SP_DROPIN_NOBODY;
		return 0;
	}
	if (!S_ISREG(st.st_mode)) {
		*ret = S_ISLNK(st.st_mode) ? owner_of_link(place->full) : SP_DROPIN_ODD;
		return 0;
	}
	r = sp_read_file(place->full, SP_UNIT_FILE_MAX, &text.text, &text.len);
	if (r < 0)
		return r;
	*ret = sp_dropin_owner_of(text.text, text.len);
	*ret_text = text;
	return 0;
}

static char *directory_of(const struct sp_dropin_place *place)
{
	return strndup(place->full, (size_t)(strrchr(place->full, '/') - place->full));
}

int sp_dropin_try(const struct sp_dropin_place *place)
{
	_cleanup_(sp_freep) char *directory = directory_of(place);

	return directory ? sp_try_directory(directory) : -ENOMEM;
}

int sp_dropin_write(const struct sp_dropin_place *place, const char *text, size_t len)
{
	_cleanup_(sp_freep) char *directory = directory_of(place), *made = NULL;
	int r = directory ? sp_make_directories(directory, &made) : -ENOMEM;

	if (r < 0)
		return r;
	r = sp_replace_file(place->full, 0644, text, len);
	if (r < 0)
		sp_unmake_directories(directory, made);
	return r;
}
