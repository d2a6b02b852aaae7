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
