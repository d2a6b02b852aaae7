/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the name of a unit to its file: names in directories, links that are aliases, templates. */

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "units-private.h"

/* As systemd follows aliases of aliases. */
enum { ALIASES_MAX = 8 };

void sp_unit_entry_done(struct sp_unit_entry *entry)
{
	free(entry->path);
	free(entry->target);
}

static int read_target(const char *root, const char *path, char **ret)
{
	_cleanup_(sp_freep) char *full = sp_join_root(root, path);
	char target[PATH_MAX], *joined = NULL;
	ssize_t n;

	if (!full)
		return -ENOMEM;
	n = readlink(full, target, sizeof(target) - 1);
	if (n < 0)
		return errno == EINVAL ? 0 : -errno;
	target[n] = 0;
	if (*target == '/')
		joined = strdup(target);
	else if (asprintf(&joined, "%.*s/%s", (int)(strrchr(path, '/') - path), path, target) < 0)
		joined = NULL;
	if (!joined)
		return -ENOMEM;
	*ret = joined;
	return 0;
}

/* A link to another name in one of the directories is an alias; one to elsewhere is the file. */
static int is_alias(const struct sp_unit_lookup *lookup, const char *target)
{
	const char *slash = strrchr(target, '/');
	_cleanup_(sp_freep) char *directory = strndup(target, (size_t)(slash - target));
	_cleanup_(sp_freep) char *chased = NULL;
	int r;

	if (!directory)
		return -ENOMEM;
	r = sp_chase(lookup->root, directory, &chased);
	if (r == 0)
		r = sp_words_contains(&lookup->directories, chased);
	return r == -ENOMEM ? r : r > 0;
}

/* systemd passes over any other link to a unit's name. */
static bool is_valid_alias(const char *name, const char *of)
{
	const char *type = sp_unit_name_type(name), *type_of = sp_unit_name_type(of);
	const char *at = strchr(name, '@'), *at_of = strchr(of, '@');

	if (!type || !type_of || !sp_streq(type, type_of) || !at != !at_of)
		return false;
	/* An instance of the same name, or the template. */
	return !at || sp_streq(at, at_of) || at_of[1] == '.';
}

/* 1: *ret is what counts in that directory. 0: nothing does. */
static int read_entry(const struct sp_unit_lookup *lookup, const char *directory, const char *name,
		      struct sp_unit_entry *ret)
{
	_cleanup_(sp_unit_entry_done) struct sp_unit_entry entry = {};
	_cleanup_(sp_freep) char *full = NULL;
	struct stat st;
	int r;

	if (asprintf(&entry.path, "%s/%s", directory, name) < 0) {
		entry.path = NULL;
		return -ENOMEM;
	}
	full = sp_join_root(lookup->root, entry.path);
	if (!full)
		return -ENOMEM;
	if (lstat(full, &st) < 0)
		return 0;
	r = read_target(lookup->root, entry.path, &entry.target);
	if (r == 0 && entry.target)
		r = is_alias(lookup, entry.target);
	if (r < 0)
		return r;
	entry.alias = r > 0;
	if (entry.alias && !is_valid_alias(name, strrchr(entry.target, '/') + 1))
		return 0;
	/* systemd passes over a name for itself: what counts is in a lower directory. */
	if (entry.alias && sp_streq(name, strrchr(entry.target, '/') + 1))
		return 0;
	*ret = entry;
	entry = (struct sp_unit_entry){};
	return 1;
}

static int find_entry(const struct sp_unit_lookup *lookup, const char *name,
		      struct sp_unit_entry *ret)
{
	int r = 0;

	for (size_t i = 0; i < lookup->directories.n && r == 0; i++)
		r = read_entry(lookup, lookup->directories.v[i], name, ret);
	return r;
}

/* An instance without a file of its own has that of its template. */
static int find_entry_or_template(const struct sp_unit_lookup *lookup, const char *name,
				  struct sp_unit_entry *ret)
{
	_cleanup_(sp_freep) char *template = NULL;
	int r = find_entry(lookup, name, ret);

	if (r != 0)
		return r;
	r = sp_unit_name_template(name, &template);
	if (r < 0)
		return r == -EINVAL ? 0 : r;
	return find_entry(lookup, template, ret);
}

int sp_unit_add_name(struct sp_words *names, const char *name)
{
	return sp_words_contains(names, name) ? 0 : sp_words_add(names, name);
}

int sp_unit_add_alias(const char *name, const char *alias, struct sp_words *names)
{
	_cleanup_(sp_freep) char *instance = NULL;
	int r = sp_unit_name_instantiate(alias, name, &instance);

	if (r == -ENOMEM)
		return r;
	return sp_unit_add_name(names, instance ? instance : alias);
}

/* From a name to its file, by way of aliases. */
static int follow_aliases(const struct sp_unit_lookup *lookup, const char *name,
			  struct sp_words *names, struct sp_unit_entry *ret)
{
	_cleanup_(sp_freep) char *id = strdup(name);

	for (int i = 0; i < ALIASES_MAX && id; i++) {
		_cleanup_(sp_unit_entry_done) struct sp_unit_entry entry = {};
		int r = find_entry_or_template(lookup, id, &entry);

		if (r <= 0)
			return r;
		if (!entry.alias) {
			*ret = entry;
			entry = (struct sp_unit_entry){};
			return 1;
		}
		free(id);
		id = strdup(strrchr(entry.target, '/') + 1);
		if (!id)
			return -ENOMEM;
		r = sp_unit_add_alias(name, id, names);
		if (r < 0)
			return r;
	}
	return id ? -ELOOP : -ENOMEM;
}

/* Adds what aliases were met, once the way is known to lead to a file. */
static int find_by_way(const struct sp_unit_lookup *lookup, const char *name, const char *from,
		       struct sp_words *names, struct sp_unit_entry *ret)
{
	_cleanup_(sp_words_done) struct sp_words way = {};
	_cleanup_(sp_unit_entry_done) struct sp_unit_entry entry = {};
	int r = follow_aliases(lookup, from, &way, &entry);

	if (r <= 0)
		return r;
	for (size_t i = 0; i < way.n; i++) {
		r = sp_unit_add_alias(name, way.v[i], names);
		if (r < 0)
			return r;
	}
	*ret = entry;
	entry = (struct sp_unit_entry){};
	return 1;
}

int sp_unit_find_entry(const struct sp_unit_lookup *lookup, const char *name,
		       struct sp_words *names, struct sp_unit_entry *ret)
{
	_cleanup_(sp_freep) char *template = NULL;
	int r = find_by_way(lookup, name, name, names, ret);

	/* As systemd: an instance whose link leads nowhere has its template, one in a circle none.
	 */
	if (r != 0)
		return r;
	r = sp_unit_name_template(name, &template);
	if (r < 0)
		return r == -EINVAL ? 0 : r;
	return find_by_way(lookup, name, template, names, ret);
}

static void close_directory(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

int sp_unit_list_names(const struct sp_unit_lookup *lookup, const char *type, struct sp_words *ret)
{
	for (size_t i = 0; i < lookup->directories.n; i++) {
		_cleanup_(sp_freep) char *path =
			sp_join_root(lookup->root, lookup->directories.v[i]);
		_cleanup_(close_directory) DIR *d = path ? opendir(path) : NULL;
		const struct dirent *entry;

		if (!path)
			return -ENOMEM;
		while (d && (entry = readdir(d))) {
			const char *own = sp_unit_name_type(entry->d_name);

			if (own && sp_streq(own, type) && sp_unit_add_name(ret, entry->d_name) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

int sp_unit_find_aliases(const struct sp_unit_lookup *lookup, const char *fragment,
			 struct sp_unit *unit)
{
	_cleanup_(sp_words_done) struct sp_words all = {};
	int r = sp_unit_list_names(lookup, sp_unit_name_type(unit->name), &all);

	for (size_t i = 0; i < all.n && r >= 0; i++) {
		_cleanup_(sp_words_done) struct sp_words way = {};
		_cleanup_(sp_unit_entry_done) struct sp_unit_entry entry = {};

		/* A loop elsewhere is no business of this unit. */
		if (sp_unit_find_entry(lookup, all.v[i], &way, &entry) <= 0 || way.n == 0)
			continue;
		if (sp_streq(entry.path, fragment))
			r = sp_unit_add_alias(unit->name, all.v[i], &unit->names);
	}
	return r < 0 ? r : 0;
}
