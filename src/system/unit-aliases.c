/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From the name of a unit to its file and its other names: unit_ids_map_get() and
 * unit_file_find_fragment() of systemd.
 */

#include <errno.h>
#include <string.h>

#include "units-private.h"

/* As systemd: so many names from the first one to that of a file. */
enum { STEPS_MAX = 8 };

/* An instance without an entry of its own has that of its template. */
static int step(const struct sp_unit_map *map, const char *name, const struct sp_unit_entry **ret)
{
	_cleanup_(sp_freep) char *template = NULL;
	int r;

	*ret = sp_unit_map_find(map, name);
	if (*ret)
		return 0;
	r = sp_unit_name_template(name, &template);
	if (r == 0)
		*ret = sp_unit_map_find(map, template);
	return r == -EINVAL ? 0 : r;
}

/* 1; 0: it leads nowhere; -ELOOP; -ENOMEM. */
static int resolve(const struct sp_unit_map *map, const char *name,
		   const struct sp_unit_entry **ret)
{
	for (int i = 0; i < STEPS_MAX; i++) {
		const struct sp_unit_entry *entry;
		int r = step(map, name, &entry);

		if (r < 0 || !entry)
			return r;
		if (!entry->alias_of) {
			*ret = entry;
			return 1;
		}
		name = entry->alias_of;
	}
	return -ELOOP;
}

static int add_name(struct sp_words *names, const char *name)
{
	return sp_words_contains(names, name) ? 0 : sp_words_add(names, name);
}

/* name, a template as the instance that unit is. */
static int add_instantiated(const char *unit, const char *name, struct sp_words *names)
{
	_cleanup_(sp_freep) char *instance = NULL;
	int r = sp_unit_name_instantiate(name, unit, &instance);

	return r == -ENOMEM ? r : add_name(names, instance ? instance : name);
}

/* Whether an instance of an alias has gone another way than its template. */
static int is_of_another(const struct sp_unit_map *map, const char *unit, const char *alias,
			 const struct sp_unit_entry *file)
{
	_cleanup_(sp_freep) char *instance = NULL;
	const struct sp_unit_entry *own;
	int r = sp_unit_name_instantiate(alias, unit, &instance);

	if (r < 0)
		return r == -EINVAL ? 0 : r;
	r = resolve(map, instance, &own);
	return r < 0 ? r : r > 0 && !sp_streq(own->name, file->name);
}

/*
 * The name to which systemd counts the alias: that of its file, and if that is a template's, for an
 * instance the same instance of it. 1; 0: it counts to none.
 */
static int main_name(const struct sp_unit_map *map, const char *alias, char **ret)
{
	const struct sp_unit_entry *file;
	int r = resolve(map, alias, &file);

	if (r <= 0)
		return r == -ENOMEM ? r : 0;
	r = sp_unit_name_instantiate(file->name, alias, ret);
	if (r == -EINVAL) {
		*ret = strdup(file->name);
		r = *ret ? 0 : -ENOMEM;
	}
	return r < 0 ? r : 1;
}

static int add_alias(const struct sp_unit_map *map, const char *unit, const char *alias,
		     const struct sp_unit_entry *file, struct sp_words *names)
{
	_cleanup_(sp_freep) char *name = NULL;
	int r = main_name(map, alias, &name);

	if (r <= 0)
		return r;
	if (sp_streq(name, unit))
		return add_name(names, alias);
	if (!sp_streq(name, file->name))
		return 0;
	r = is_of_another(map, unit, alias, file);
	return r == 0 ? add_instantiated(unit, alias, names) : r < 0 ? r : 0;
}

static int add_aliases(const struct sp_unit_map *map, const char *unit,
		       const struct sp_unit_entry *file, struct sp_words *names)
{
	int r = 0;

	for (size_t i = 0; i < map->n && r == 0; i++)
		r = add_alias(map, unit, map->v[i].name, file, names);
	return r;
}

static int find_file(const struct sp_unit_map *map, const char *name,
		     const struct sp_unit_entry **ret)
{
	_cleanup_(sp_freep) char *template = NULL;
	int r = resolve(map, name, ret);

	/* An instance whose link leads nowhere has its template, one in a circle none. */
	if (r != 0)
		return r;
	r = sp_unit_name_template(name, &template);
	if (r < 0)
		return r == -EINVAL ? 0 : r;
	return resolve(map, template, ret);
}

int sp_unit_find(const struct sp_unit_map *map, const char *name, struct sp_words *names,
		 const struct sp_unit_entry **ret)
{
	const struct sp_unit_entry *file;
	int r = find_file(map, name, &file);

	if (r <= 0)
		return r;
	r = add_instantiated(name, file->name, names);
	if (r == 0)
		r = add_name(names, name);
	if (r == 0)
		r = add_aliases(map, name, file, names);
	if (r < 0)
		return r;
	*ret = file;
	return 1;
}
