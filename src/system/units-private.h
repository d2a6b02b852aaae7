/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files about units share. */

#include "sysprofile/units.h"

/* The directories that exist, each once, with no link left in their paths; paths are inside root.
 */
struct sp_unit_lookup {
	const char *root;    /* "" for this machine */
	struct sp_words all; /* those that do not exist included, links and all */
	struct sp_words directories;
	const struct sp_dropin_place *place; /* as in struct sp_unit_query, as is text */
	const struct sp_unit_text *text;
	char *place_base; /* owned: the entry of directories that place is below; NULL: none */
};

/* The type of a valid unit name without its dot ("service"), static; NULL for any other word. */
const char *sp_unit_name_type(const char *name);

/* "foo@.service" of "foo@bar.service". 0; -EINVAL: name is no instance; -ENOMEM. */
int sp_unit_name_template(const char *name, char **ret);

/* "foo@bar.service" of "foo@.service" and "x@bar.service". 0; -EINVAL: not such names; -ENOMEM. */
int sp_unit_name_instantiate(const char *template, const char *instance, char **ret);

/*
 * "foo-bar-.service" of "foo-bar-baz.service", of which "foo-.service" (systemd.unit(5)). 0;
 * -ENOENT: it has no prefix; -ENOMEM.
 */
int sp_unit_name_prefix(const char *name, char **ret);

/*
 * path with every symbolic link in it resolved, never leaving root: absolute, inside root. Only
 * what exists can be resolved. Negative errno: -ELOOP after as many links as the kernel takes.
 */
int sp_chase(const char *root, const char *path, char **ret);

/*
 * The same with the last component left as it is, and without need for anything to exist. -ENOENT:
 * what does not exist is left again by "..".
 */
int sp_chase_parents(const char *root, const char *path, char **ret);

/* root and a path inside of it, as this machine has it. NULL: out of memory. */
char *sp_join_root(const char *root, const char *path);

/* Reads the drop-ins of all names in the order in which systemd reads them. */
int sp_unit_read_dropins(const struct sp_unit_lookup *lookup, struct sp_unit *unit,
			 char **ret_path);

/* What stands under the name of a unit. */
struct sp_unit_entry {
	char *name;	/* owned */
	char *path;	/* owned: inside root */
	char *alias_of; /* owned: the other unit's name, when path is a link to one */
};

/* All names of one type that count in the directories, each once. All zero is empty. */
struct sp_unit_map {
	struct sp_unit_entry *v;
	size_t n;
};

/* *ret is all zero before, and to be freed also after a failure. 0 or -ENOMEM. */
int sp_unit_map_read(const struct sp_unit_lookup *lookup, const char *type,
		     struct sp_unit_map *ret);

/* NULL when there is none. */
const struct sp_unit_entry *sp_unit_map_find(const struct sp_unit_map *map, const char *name);

void sp_unit_map_done(struct sp_unit_map *map);

/*
 * From a name to its file, by way of aliases; an instance without one has that of its template. The
 * name by which systemd knows the unit, which is that of the file, becomes the first of names; name
 * itself and what other aliases systemd gives it follow. 1 with what stands there, borrowed from
 * the map; 0 when there is no file; -ELOOP; -ENOMEM.
 */
int sp_unit_find(const struct sp_unit_map *map, const char *name, struct sp_words *names,
		 const struct sp_unit_entry **ret);

/* Adds the names of units of a type in all directories. */
int sp_unit_list_names(const struct sp_unit_lookup *lookup, const char *type, struct sp_words *ret);
