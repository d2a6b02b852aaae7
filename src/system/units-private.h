/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files about units share. */

#include "sysprofile/units.h"

/* The directories that exist, each once, with no link left in their paths; paths are inside root.
 */
struct sp_unit_lookup {
	const char *root; /* "" for this machine */
	struct sp_words directories;
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

/* root and a path inside of it, as this machine has it. NULL: out of memory. */
char *sp_join_root(const char *root, const char *path);

/* Reads the drop-ins of all names in the order in which systemd reads them. */
int sp_unit_read_dropins(const struct sp_unit_lookup *lookup, struct sp_unit *unit,
			 char **ret_path);

/* What stands under the name of a unit. */
struct sp_unit_entry {
	char *path;   /* owned: inside root */
	char *target; /* owned: where the link at path leads, one step; NULL: it is no link */
	bool alias;   /* that is another unit's name */
};

void sp_unit_entry_done(struct sp_unit_entry *entry);

/*
 * From a name to its file, by way of aliases, which are added to names. An instance whose aliases
 * lead nowhere has the file of its template. 1 with what stands there; 0 when there is no file;
 * -ELOOP.
 */
int sp_unit_find_entry(const struct sp_unit_lookup *lookup, const char *name,
		       struct sp_words *names, struct sp_unit_entry *ret);

/* Adds to the unit's names those of links that lead to the same file. */
int sp_unit_find_aliases(const struct sp_unit_lookup *lookup, const char *fragment,
			 struct sp_unit *unit);

/* Adds the names of units of a type in all directories. */
int sp_unit_list_names(const struct sp_unit_lookup *lookup, const char *type, struct sp_words *ret);

/* Adds a name unless it is there already. */
int sp_unit_add_name(struct sp_words *names, const char *name);

/* The same of an alias of name: a template's becomes that of the instance. */
int sp_unit_add_alias(const char *name, const char *alias, struct sp_words *names);
