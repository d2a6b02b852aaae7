/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/units.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sysprofile/dropin.h"
#include "sysprofile/fsutil.h"

#include "units-private.h"

/* As lookup_paths_init() of systemd has them; /lib is the older name of /usr/lib. */
static const char *const all_directories[] = {
	"/etc/systemd/system.control", "/run/systemd/system.control",
	"/run/systemd/transient",      "/run/systemd/generator.early",
	"/etc/systemd/system",	       "/etc/systemd/system.attached",
	"/run/systemd/system",	       "/run/systemd/system.attached",
	"/run/systemd/generator",      "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",     "/lib/systemd/system",
	"/run/systemd/generator.late", NULL,
};

const char *const *sp_unit_directories(void)
{
	return all_directories;
}

void sp_unit_done(struct sp_unit *unit)
{
	free(unit->name);
	sp_words_done(&unit->names);
	sp_unit_texts_done(&unit->texts);
	*unit = (struct sp_unit){};
}

int sp_unit_read_file(const char *path, struct sp_unit_texts *texts)
{
	struct sp_unit_text text = {};
	int r = sp_read_file(path, SP_UNIT_FILE_MAX, &text.text, &text.len);

	if (r < 0)
		return r;
	text.file = strdup(path);
	r = text.file ? sp_unit_texts_add(texts, &text) : -ENOMEM;
	free(text.file);
	free(text.text);
	return r;
}

static int find_directory(struct sp_unit_lookup *lookup, const char *path)
{
	const bool is_base = lookup->place && sp_streq(lookup->place->base, path);
	_cleanup_(sp_freep) char *chased = NULL;
	int r = sp_chase(lookup->root, path, &chased);

	/* By the time that the drop-in is there it will exist. */
	if (r == -ENOENT && is_base)
		r = sp_chase_parents(lookup->root, path, &chased);
	if (r == 0 && !sp_words_contains(&lookup->directories, chased))
		r = sp_words_add(&lookup->directories, chased);
	if (r == 0 && is_base)
		lookup->place_base = SP_TAKE(chased);
	return r == -ENOMEM ? r : 0;
}

static int lookup_init(const struct sp_unit_query *query, struct sp_unit_lookup *lookup)
{
	const struct sp_words *given = query->directories;
	int r = 0;

	lookup->root = query->root ? query->root : "";
	lookup->place = query->place;
	lookup->text = query->text;
	for (size_t i = 0; given && i < given->n && r == 0; i++)
		r = sp_words_add(&lookup->all, given->v[i]);
	for (const char *const *path = all_directories; !given && *path && r == 0; path++)
		r = sp_words_add(&lookup->all, *path);
	for (size_t i = 0; i < lookup->all.n && r == 0; i++)
		r = find_directory(lookup, lookup->all.v[i]);
	return r;
}

static void lookup_done(struct sp_unit_lookup *lookup)
{
	sp_words_done(&lookup->all);
	sp_words_done(&lookup->directories);
	free(lookup->place_base);
}

/* A root need not have a /dev. */
static bool leads_to_null(const char *root, const char *path)
{
	_cleanup_(sp_freep) char *full = sp_join_root(root, path);
	char target[sizeof("/dev/null")];

	return full && readlink(full, target, sizeof(target)) == (ssize_t)strlen("/dev/null") &&
	       memcmp(target, "/dev/null", strlen("/dev/null")) == 0;
}

/* systemd takes an empty file for masked too. */
static int read_fragment(const struct sp_unit_lookup *lookup, const char *path,
			 struct sp_unit *unit)
{
	_cleanup_(sp_freep) char *chased = NULL, *full = NULL, *shown = NULL;
	struct stat st;
	int r = sp_chase(lookup->root, path, &chased);

	if (r == -ENOENT && leads_to_null(lookup->root, path))
		return -ERFKILL;
	if (r < 0)
		return r;
	full = sp_join_root(lookup->root, chased);
	shown = sp_join_root(lookup->root, path);
	if (!full || !shown)
		return -ENOMEM;
	if (stat(full, &st) < 0)
		return -errno;
	if (sp_streq(chased, "/dev/null") || (S_ISREG(st.st_mode) && st.st_size == 0))
		return -ERFKILL;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -ENXIO;
	r = sp_unit_read_file(full, &unit->texts);
	if (r < 0)
		return r;
	free(unit->texts.v[0].file);
	unit->texts.v[0].file = SP_TAKE(shown);
	return 0;
}

static int set_name(const char *name, struct sp_unit *unit)
{
	static const char *const with_programs[] = { "service", "socket", "mount", "swap" };
	const char *type;

	if (sp_unit_has_suffix(name))
		unit->name = strdup(name);
	else if (asprintf(&unit->name, "%s.service", name) < 0)
		unit->name = NULL;
	if (!unit->name)
		return -ENOMEM;
	type = sp_unit_name_type(unit->name);
	if (!type)
		return -EINVAL;
	for (size_t i = 0; i < SP_ARRAY_SIZE(with_programs); i++)
		if (sp_streq(type, with_programs[i]))
			return 0;
	return -ENOEXEC;
}

/* What systemd passes over for it is no file: worth a word when nothing else is there. */
static int find_odd_file(const struct sp_unit_lookup *lookup, const char *name, char **ret_path)
{
	for (size_t i = 0; i < lookup->directories.n; i++) {
		_cleanup_(sp_freep) char *path = NULL, *full = NULL;
		struct stat st;

		if (asprintf(&path, "%s/%s", lookup->directories.v[i], name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		full = sp_join_root(lookup->root, path);
		if (!full)
			return -ENOMEM;
		if (lstat(full, &st) < 0 || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
			continue;
		*ret_path = SP_TAKE(full);
		return S_ISDIR(st.st_mode) ? -EISDIR : -ENXIO;
	}
	return -ENOENT;
}

static int load(const struct sp_unit_lookup *lookup, bool without_fragment, struct sp_unit *unit,
		char **ret_path)
{
	_cleanup_(sp_unit_map_done) struct sp_unit_map map = {};
	const struct sp_unit_entry *entry;
	int r = sp_unit_map_read(lookup, sp_unit_name_type(unit->name), &map);

	if (r == 0)
		r = sp_unit_find(&map, unit->name, &unit->names, &entry);
	if (r == 0) {
		r = find_odd_file(lookup, unit->name, ret_path);
		if (r != -ENOENT || !without_fragment)
			return r;
		r = sp_words_add(&unit->names, unit->name);
		return r < 0 ? r : sp_unit_read_dropins(lookup, unit, ret_path);
	}
	if (r < 0)
		return r;
	r = read_fragment(lookup, entry->path, unit);
	if (r < 0) {
		*ret_path = sp_join_root(lookup->root, entry->path);
		return r;
	}
	return sp_unit_read_dropins(lookup, unit, ret_path);
}

int sp_unit_load(const char *root, const char *name, struct sp_unit *ret, char **ret_path)
{
	return sp_unit_query(&(struct sp_unit_query){ .root = root }, name, ret, ret_path);
}

int sp_unit_query(const struct sp_unit_query *query, const char *name, struct sp_unit *ret,
		  char **ret_path)
{
	_cleanup_(sp_unit_done) struct sp_unit unit = {};
	_cleanup_(lookup_done) struct sp_unit_lookup lookup = {};
	int r;

	*ret_path = NULL;
	r = set_name(name, &unit);
	if (r < 0)
		return r;
	r = lookup_init(query, &lookup);
	if (r < 0)
		return r;
	r = load(&lookup, query->without_fragment, &unit, ret_path);
	if (r < 0)
		return r;
	*ret = unit;
	unit = (struct sp_unit){};
	return 0;
}

int sp_unit_list(const char *root, struct sp_words *ret)
{
	_cleanup_(lookup_done) struct sp_unit_lookup lookup = {};
	int r = lookup_init(&(struct sp_unit_query){ .root = root }, &lookup);

	if (r == 0)
		r = sp_unit_list_names(&lookup, "service", ret);
	if (r == 0)
		r = sp_unit_list_names(&lookup, "socket", ret);
	if (r == 0)
		r = sp_unit_list_names(&lookup, "mount", ret);
	if (r == 0)
		r = sp_unit_list_names(&lookup, "swap", ret);
	sp_words_sort(ret);
	return r;
}
