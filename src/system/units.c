/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/units.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

/* As systemd follows aliases of aliases. */
enum { ALIASES_MAX = 8 };

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

static int find_directories(struct sp_unit_lookup *lookup)
{
	for (const char *const *path = all_directories; *path; path++) {
		_cleanup_(sp_freep) char *chased = NULL;
		int r = sp_chase(lookup->root, *path, &chased);

		if (r == 0 && !sp_words_contains(&lookup->directories, chased))
			r = sp_words_add(&lookup->directories, chased);
		if (r == -ENOMEM)
			return r;
	}
	return 0;
}

static int lookup_init(const char *root, struct sp_unit_lookup *lookup)
{
	lookup->root = root ? root : "";
	return find_directories(lookup);
}

static void lookup_done(struct sp_unit_lookup *lookup)
{
	sp_words_done(&lookup->directories);
}

/* What stands under the name of a unit. */
struct entry {
	char *path;   /* owned: inside root */
	char *target; /* owned: where the link at path leads, one step; NULL: it is no link */
	bool alias;   /* that is another unit's name */
};

static void entry_done(struct entry *entry)
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
		      struct entry *ret)
{
	_cleanup_(entry_done) struct entry entry = {};
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
	*ret = entry;
	entry = (struct entry){};
	return 1;
}

static int find_entry(const struct sp_unit_lookup *lookup, const char *name, struct entry *ret)
{
	int r = 0;

	for (size_t i = 0; i < lookup->directories.n && r == 0; i++)
		r = read_entry(lookup, lookup->directories.v[i], name, ret);
	return r;
}

/* An instance without a file of its own has that of its template. */
static int find_entry_or_template(const struct sp_unit_lookup *lookup, const char *name,
				  struct entry *ret)
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

static int add_name(struct sp_words *names, const char *name)
{
	return sp_words_contains(names, name) ? 0 : sp_words_add(names, name);
}

/* The alias as this unit's name: a template's becomes that of the instance. */
static int add_alias(const char *name, const char *alias, struct sp_words *names)
{
	_cleanup_(sp_freep) char *instance = NULL;
	int r = sp_unit_name_instantiate(alias, name, &instance);

	if (r == -ENOMEM)
		return r;
	return add_name(names, instance ? instance : alias);
}

/*
 * From a name to its file, by way of aliases, which are added to names. 1 with what stands there;
 * 0 when there is no file; -ELOOP.
 */
static int find_fragment(const struct sp_unit_lookup *lookup, const char *name,
			 struct sp_words *names, struct entry *ret)
{
	_cleanup_(sp_freep) char *id = strdup(name);

	for (int i = 0; i < ALIASES_MAX && id; i++) {
		_cleanup_(entry_done) struct entry entry = {};
		int r = find_entry_or_template(lookup, id, &entry);

		if (r <= 0)
			return r;
		if (!entry.alias) {
			*ret = entry;
			entry = (struct entry){};
			return 1;
		}
		free(id);
		id = strdup(strrchr(entry.target, '/') + 1);
		if (!id)
			return -ENOMEM;
		r = add_alias(name, id, names);
		if (r < 0)
			return r;
	}
	return id ? -ELOOP : -ENOMEM;
}

static void close_directory(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

/* Names of units in all directories, but those of other types when type is said. */
static int list_names(const struct sp_unit_lookup *lookup, const char *type, struct sp_words *ret)
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

			if (own && sp_streq(own, type) && add_name(ret, entry->d_name) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

/* The links of other names that lead to the same file. */
static int find_aliases(const struct sp_unit_lookup *lookup, const char *fragment,
			struct sp_unit *unit)
{
	_cleanup_(sp_words_done) struct sp_words all = {};
	int r = list_names(lookup, sp_unit_name_type(unit->name), &all);

	for (size_t i = 0; i < all.n && r >= 0; i++) {
		_cleanup_(sp_words_done) struct sp_words way = {};
		_cleanup_(entry_done) struct entry entry = {};

		/* A loop elsewhere is no business of this unit. */
		if (find_fragment(lookup, all.v[i], &way, &entry) <= 0 || way.n == 0)
			continue;
		if (sp_streq(entry.path, fragment))
			r = add_alias(unit->name, all.v[i], &unit->names);
	}
	return r < 0 ? r : 0;
}

/* systemd takes an empty file for masked too. */
static int read_fragment(const struct sp_unit_lookup *lookup, const struct entry *entry,
			 struct sp_unit *unit)
{
	const char *path = entry->target ? entry->target : entry->path;
	_cleanup_(sp_freep) char *chased = NULL, *full = NULL, *shown = NULL;
	struct stat st;
	int r = sp_chase(lookup->root, path, &chased);

	if (r < 0)
		/* A root need not have a /dev. */
		return r == -ENOENT && sp_streq(path, "/dev/null") ? -ERFKILL : r;
	full = sp_join_root(lookup->root, chased);
	shown = sp_join_root(lookup->root, entry->path);
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
			return sp_words_add(&unit->names, unit->name);
	return -ENOEXEC;
}

/* systemd knows a unit by the name of its file, whose drop-ins come before those of the aliases. */
static int put_first(const char *path, struct sp_unit *unit)
{
	_cleanup_(sp_words_done) struct sp_words names = {};
	int r = add_alias(unit->name, strrchr(path, '/') + 1, &names);

	for (size_t i = 0; i < unit->names.n && r == 0; i++)
		r = add_name(&names, unit->names.v[i]);
	if (r < 0)
		return r;
	sp_words_done(&unit->names);
	unit->names = names;
	names = (struct sp_words){};
	return 0;
}

static int load(const struct sp_unit_lookup *lookup, struct sp_unit *unit, char **ret_path)
{
	_cleanup_(entry_done) struct entry entry = {};
	int r = find_fragment(lookup, unit->name, &unit->names, &entry);

	if (r == 0)
		return -ENOENT;
	if (r < 0)
		return r;
	r = read_fragment(lookup, &entry, unit);
	if (r < 0) {
		*ret_path = sp_join_root(lookup->root, entry.path);
		return r;
	}
	r = put_first(entry.path, unit);
	if (r == 0)
		r = find_aliases(lookup, entry.path, unit);
	return r < 0 ? r : sp_unit_read_dropins(lookup, unit, ret_path);
}

int sp_unit_load(const char *root, const char *name, struct sp_unit *ret, char **ret_path)
{
	_cleanup_(sp_unit_done) struct sp_unit unit = {};
	_cleanup_(lookup_done) struct sp_unit_lookup lookup = {};
	int r;

	*ret_path = NULL;
	r = set_name(name, &unit);
	if (r < 0)
		return r;
	r = lookup_init(root, &lookup);
	if (r < 0)
		return r;
	r = load(&lookup, &unit, ret_path);
	if (r < 0)
		return r;
	*ret = unit;
	unit = (struct sp_unit){};
	return 0;
}

int sp_unit_list(const char *root, struct sp_words *ret)
{
	_cleanup_(lookup_done) struct sp_unit_lookup lookup = {};
	int r = lookup_init(root, &lookup);

	if (r == 0)
		r = list_names(&lookup, "service", ret);
	if (r == 0)
		r = list_names(&lookup, "socket", ret);
	if (r == 0)
		r = list_names(&lookup, "mount", ret);
	if (r == 0)
		r = list_names(&lookup, "swap", ret);
	sp_words_sort(ret);
	return r;
}
