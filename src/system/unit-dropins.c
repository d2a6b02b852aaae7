/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which drop-ins of a unit count, and in which order: systemd.unit(5) and conf-files of systemd. */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sysprofile/dropin.h"
#include "sysprofile/util.h"

#include "units-private.h"

static bool is_place(const struct sp_unit_lookup *lookup, const char *base, const char *name)
{
	return lookup->place_base && sp_streq(base, lookup->place_base) &&
	       sp_streq(name, lookup->place->unit);
}

static int add_directory(const struct sp_unit_lookup *lookup, const char *base, const char *name,
			 struct sp_words *directories)
{
	_cleanup_(sp_freep) char *path = NULL, *chased = NULL;
	int r;

	if (asprintf(&path, "%s/%s.d", base, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = sp_chase(lookup->root, path, &chased);
	if (r == -ENOENT && is_place(lookup, base, name)) {
		chased = strndup(lookup->place->path,
				 (size_t)(strrchr(lookup->place->path, '/') - lookup->place->path));
		r = chased ? 0 : -ENOMEM;
	}
	/* Few units have any. A link that leads nowhere is none, as for systemd. */
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	return sp_words_contains(directories, chased) ? 0 : sp_words_add(directories, chased);
}

/*
 * "foo-bar@x.service": also those of its template, and of the prefixes "foo-@x.service" and
 * "foo-@.service". What is more special comes first, and wins.
 */
static int add_directories(const struct sp_unit_lookup *lookup, const char *base, const char *name,
			   struct sp_words *directories)
{
	_cleanup_(sp_freep) char *template = NULL, *prefix = NULL;
	int r;

	r = add_directory(lookup, base, name, directories);
	if (r < 0)
		return r;
	if (sp_unit_name_template(name, &template) == 0) {
		r = add_directories(lookup, base, template, directories);
		if (r < 0)
			return r;
	}
	r = sp_unit_name_prefix(name, &prefix);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return add_directories(lookup, base, prefix, directories);
}

static int find_directories(const struct sp_unit_lookup *lookup, const struct sp_unit *unit,
			    struct sp_words *directories)
{
	int r = 0;

	for (size_t i = 0; i < unit->names.n; i++)
		for (size_t j = 0; j < lookup->directories.n && r == 0; j++)
			r = add_directories(lookup, lookup->directories.v[j], unit->names.v[i],
					    directories);
	for (size_t j = 0; j < lookup->directories.n && r == 0; j++)
		r = add_directory(lookup, lookup->directories.v[j], sp_unit_name_type(unit->name),
				  directories);
	return r;
}

/* A drop-in by the name under which it is sorted and overridden. */
struct dropin {
	char *name; /* owned */
	char *path; /* owned: inside root */
};

struct dropins {
	struct dropin *v;
	size_t n;
};

static void dropins_done(struct dropins *dropins)
{
	for (size_t i = 0; i < dropins->n; i++) {
		free(dropins->v[i].name);
		free(dropins->v[i].path);
	}
	free(dropins->v);
}

static int add_dropin(struct dropins *dropins, const char *directory, const char *name)
{
	struct dropin dropin = { .name = strdup(name) }, *v;

	for (size_t i = 0; i < dropins->n; i++)
		if (sp_streq(dropins->v[i].name, name)) {
			free(dropin.name);
			return 0;
		}
	v = reallocarray(dropins->v, dropins->n + 1, sizeof(*v));
	if (v)
		dropins->v = v;
	if (!v || !dropin.name || asprintf(&dropin.path, "%s/%s", directory, name) < 0) {
		free(dropin.name);
		return -ENOMEM;
	}
	v[dropins->n++] = dropin;
	return 0;
}

static bool is_dropin_name(const char *name)
{
	const size_t n = strlen(name), suffix = strlen(".conf");

	return *name != '.' && n > suffix && sp_streq(name + n - suffix, ".conf");
}

static void close_directory(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

/* What is yet to be written counts as if it were there. */
static int add_place(const struct sp_unit_lookup *lookup, const char *directory,
		     struct dropins *dropins, bool *ret)
{
	const char *path = lookup->place ? lookup->place->path : NULL;
	const size_t n = strlen(directory);

	*ret = path && strncmp(path, directory, n) == 0 && strrchr(path, '/') == path + n;
	return *ret ? add_dropin(dropins, directory, path + n + 1) : 0;
}

static int list_directory(const struct sp_unit_lookup *lookup, const char *directory,
			  struct dropins *dropins)
{
	_cleanup_(sp_freep) char *path = sp_join_root(lookup->root, directory);
	_cleanup_(close_directory) DIR *d = path ? opendir(path) : NULL;
	const struct dirent *entry;
	int error = errno, r;
	bool has_place;

	if (!path)
		return -ENOMEM;
	r = add_place(lookup, directory, dropins, &has_place);
	if (r < 0)
		return r;
	if (!d)
		return error == ENOTDIR || (error == ENOENT && has_place) ? 0 : -error;
	while ((entry = readdir(d)))
		if (is_dropin_name(entry->d_name)) {
			r = add_dropin(dropins, directory, entry->d_name);
			if (r < 0)
				return r;
		}
	return 0;
}

static int compare_dropins(const void *a, const void *b)
{
	return strcmp(((const struct dropin *)a)->name, ((const struct dropin *)b)->name);
}

static int read_place(const struct sp_unit_lookup *lookup, const char *path, struct sp_unit *unit)
{
	struct sp_unit_text text = { .len = lookup->text->len };
	int r = -ENOMEM;

	text.file = sp_join_root(lookup->root, path);
	text.text = strndup(lookup->text->text, lookup->text->len);
	if (text.file && text.text)
		r = sp_unit_texts_add(&unit->texts, &text);
	free(text.file);
	free(text.text);
	return r;
}

/* What is masked by /dev/null has done its work by being found first. */
static int read_dropin(const struct sp_unit_lookup *lookup, const char *path, struct sp_unit *unit)
{
	const char *root = lookup->root;
	_cleanup_(sp_freep) char *chased = NULL, *real = NULL, *shown = NULL;
	struct stat st;
	int r;

	if (lookup->place && sp_streq(path, lookup->place->path))
		return read_place(lookup, path, unit);
	r = sp_chase(root, path, &chased);
	/* systemd passes over a link that leads nowhere. */
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (sp_streq(chased, "/dev/null"))
		return 0;
	real = sp_join_root(root, chased);
	shown = sp_join_root(root, path);
	if (!real || !shown)
		return -ENOMEM;
	if (stat(real, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	r = sp_unit_read_file(real, &unit->texts);
	if (r < 0)
		return r;
	free(unit->texts.v[unit->texts.n - 1].file);
	unit->texts.v[unit->texts.n - 1].file = SP_TAKE(shown);
	return 0;
}

int sp_unit_read_dropins(const struct sp_unit_lookup *lookup, struct sp_unit *unit, char **ret_path)
{
	_cleanup_(sp_words_done) struct sp_words directories = {};
	_cleanup_(dropins_done) struct dropins dropins = {};
	int r = find_directories(lookup, unit, &directories);

	for (size_t i = 0; i < directories.n && r == 0; i++) {
		r = list_directory(lookup, directories.v[i], &dropins);
		if (r < 0)
			*ret_path = sp_join_root(lookup->root, directories.v[i]);
	}
	if (r < 0)
		return r;
	if (dropins.n > 1)
		qsort(dropins.v, dropins.n, sizeof(*dropins.v), compare_dropins);
	for (size_t i = 0; i < dropins.n && r == 0; i++) {
		r = read_dropin(lookup, dropins.v[i].path, unit);
		if (r < 0)
			*ret_path = sp_join_root(lookup->root, dropins.v[i].path);
	}
	return r;
}
