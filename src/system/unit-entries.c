/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What stands under the names of units: unit_file_build_name_map() and
 * unit_file_resolve_symlink() of systemd.
 */

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "units-private.h"

static void entry_done(struct sp_unit_entry *entry)
{
	free(entry->name);
	free(entry->path);
	free(entry->alias_of);
}

void sp_unit_map_done(struct sp_unit_map *map)
{
	for (size_t i = 0; i < map->n; i++)
		entry_done(&map->v[i]);
	free(map->v);
	*map = (struct sp_unit_map){};
}

const struct sp_unit_entry *sp_unit_map_find(const struct sp_unit_map *map, const char *name)
{
	for (size_t i = 0; i < map->n; i++)
		if (sp_streq(map->v[i].name, name))
			return &map->v[i];
	return NULL;
}

/* Where the link at path leads, one step: absolute, inside root. */
static int read_target(const char *root, const char *path, char **ret)
{
	_cleanup_(sp_freep) char *full = sp_join_root(root, path), *joined = NULL;
	char target[PATH_MAX];
	ssize_t n;

	if (!full)
		return -ENOMEM;
	n = readlink(full, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = 0;
	if (*target == '/')
		return sp_chase_parents(root, target, ret);
	if (asprintf(&joined, "%.*s/%s", (int)(strrchr(path, '/') - path), path, target) < 0) {
		joined = NULL;
		return -ENOMEM;
	}
	return sp_chase_parents(root, joined, ret);
}

static bool is_below(const char *path, const char *directory)
{
	const char *rest = sp_startswith(path, directory);

	return rest && (*rest == 0 || *rest == '/');
}

/* Directories that do not exist count too, and so does what lies deeper. */
static bool is_inside(const struct sp_unit_lookup *lookup, const char *path)
{
	for (size_t i = 0; i < lookup->directories.n; i++)
		if (is_below(path, lookup->directories.v[i]))
			return true;
	for (size_t i = 0; i < lookup->all.n; i++)
		if (is_below(path, lookup->all.v[i]))
			return true;
	return false;
}

/* unit_validate_alias_symlink_or_warn() of systemd, which passes over all others. */
static bool is_valid_alias(const char *name, const char *of)
{
	const char *type = sp_unit_name_type(name), *type_of = sp_unit_name_type(of);
	const char *at = strchr(name, '@'), *at_of = strchr(of, '@');

	if (!type_of || !sp_streq(type, type_of) || !at != !at_of || sp_streq(name, of))
		return false;
	/* Of the types that run programs. */
	if (!sp_streq(type, "service") && !sp_streq(type, "socket"))
		return false;
	/* An instance of the same name, or the template. */
	return !at || sp_streq(at, at_of) || at_of + 1 == strrchr(of, '.');
}

/* 1: entry is what counts. 0: systemd passes over it. */
static int read_link(const struct sp_unit_lookup *lookup, struct sp_unit_entry *entry)
{
	_cleanup_(sp_freep) char *target = NULL;
	const char *other;
	int r = read_target(lookup->root, entry->path, &target);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	/* One to elsewhere is the file. */
	if (!is_inside(lookup, target))
		return 1;
	other = strrchr(target, '/') + 1;
	if (!is_valid_alias(entry->name, other))
		return 0;
	entry->alias_of = strdup(other);
	return entry->alias_of ? 1 : -ENOMEM;
}

static int read_entry(const struct sp_unit_lookup *lookup, struct sp_unit_entry *entry)
{
	_cleanup_(sp_freep) char *full = sp_join_root(lookup->root, entry->path);
	struct stat st;

	if (!full)
		return -ENOMEM;
	if (lstat(full, &st) < 0)
		return 0;
	if (S_ISLNK(st.st_mode))
		return read_link(lookup, entry);
	return S_ISREG(st.st_mode);
}

static int add_entry(const struct sp_unit_lookup *lookup, const char *directory, const char *name,
		     struct sp_unit_map *map)
{
	struct sp_unit_entry entry = { .name = strdup(name) }, *v;
	int r = -ENOMEM;

	if (asprintf(&entry.path, "%s/%s", directory, name) < 0)
		entry.path = NULL;
	if (entry.name && entry.path)
		r = read_entry(lookup, &entry);
	if (r > 0) {
		v = reallocarray(map->v, map->n + 1, sizeof(*v));
		if (v) {
			map->v = v;
			map->v[map->n++] = entry;
			return 0;
		}
		r = -ENOMEM;
	}
	entry_done(&entry);
	return r;
}

static void close_directory(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

typedef int (*take_name)(const struct sp_unit_lookup *lookup, const char *directory,
			 const char *name, void *userdata);

/* Calls take with each name of that type in each directory, highest directory first. */
static int each_name(const struct sp_unit_lookup *lookup, const char *type, take_name take,
		     void *userdata)
{
	int r = 0;

	for (size_t i = 0; i < lookup->directories.n && r == 0; i++) {
		const char *directory = lookup->directories.v[i];
		_cleanup_(sp_freep) char *path = sp_join_root(lookup->root, directory);
		_cleanup_(close_directory) DIR *d = path ? opendir(path) : NULL;
		const struct dirent *entry;

		if (!path)
			return -ENOMEM;
		while (r == 0 && d && (entry = readdir(d))) {
			const char *own = sp_unit_name_type(entry->d_name);

			if (own && sp_streq(own, type))
				r = take(lookup, directory, entry->d_name, userdata);
		}
	}
	return r;
}

static int take_entry(const struct sp_unit_lookup *lookup, const char *directory, const char *name,
		      void *userdata)
{
	struct sp_unit_map *map = userdata;

	return sp_unit_map_find(map, name) ? 0 : add_entry(lookup, directory, name, map);
}

int sp_unit_map_read(const struct sp_unit_lookup *lookup, const char *type, struct sp_unit_map *ret)
{
	return each_name(lookup, type, take_entry, ret);
}

static int take_word(const struct sp_unit_lookup *lookup, const char *directory, const char *name,
		     void *userdata)
{
	struct sp_words *words = userdata;

	(void)lookup;
	(void)directory;
	return sp_words_contains(words, name) ? 0 : sp_words_add(words, name);
}

int sp_unit_list_names(const struct sp_unit_lookup *lookup, const char *type, struct sp_words *ret)
{
	return each_name(lookup, type, take_word, ret);
}
