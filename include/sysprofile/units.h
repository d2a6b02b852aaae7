/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Units as systemd's system manager finds them (systemd.unit(5), "Unit File Load Path"): pure
 * reading of files, of this machine or of a root below a directory. Nothing is asked of a running
 * systemd, so what is found is what it would read after a daemon-reload.
 */

#include <stdbool.h>
#include <stddef.h>

#include "sysprofile/unittext.h"
#include "sysprofile/util.h"

struct sp_dropin_place;

struct sp_unit {
	char *name;		    /* owned: as asked for, with its type; links are not followed */
	struct sp_words names;	    /* it and all its aliases */
	struct sp_unit_texts texts; /* the fragment first, then the drop-ins that count */
};

void sp_unit_done(struct sp_unit *unit);

/* The directories where units are looked for, highest first; NULL at the end. Static. */
const char *const *sp_unit_directories(void);

/*
 * Those of a user's manager ("User Unit Search Path"), which are below the user's directories:
 * $HOME or that of the passwd file, and the XDG_ variables. *ret is all zero before. 0; -ENOENT:
 * nobody tells where the user's home is; -ENOMEM.
 */
int sp_unit_user_directories(struct sp_words *ret);

/*
 * The one where an administrator's drop-ins belong, of the system or of a user, for good or until
 * the next boot. The caller's. 0; -ENOENT as above; -ENXIO: XDG_RUNTIME_DIR is not set; -ENOMEM.
 */
int sp_unit_base(bool user, bool runtime, char **ret);

/* Whether word ends in the suffix of a type of unit (".timer"). */
bool sp_unit_has_suffix(const char *word);

/*
 * Loads a unit; a name without a type is a service's. root: NULL or "" for this machine, else
 * symbolic links are resolved inside of it. *ret is all zero before.
 * 0, or with *ret_path the file it is about, the caller's (NULL when it is about none):
 * -EINVAL: not the name of a unit; -ENOEXEC: units of that type run no programs; -ENOENT: no such
 * unit (with a path: a link that leads nowhere); -ERFKILL: it is masked; -ELOOP: links lead
 * around in a circle; -EISDIR; -ENXIO: neither a regular file nor a directory; -EFBIG: more than
 * SP_UNIT_FILE_MAX; -ENOMEM; or why it could not be read.
 */
int sp_unit_load(const char *root, const char *name, struct sp_unit *ret, char **ret_path);

/* What is looked for where. All zero is what sp_unit_load() does on this machine. */
struct sp_unit_query {
	const char *root;		    /* as above */
	const struct sp_words *directories; /* instead of those of the system manager, or NULL */
	bool without_fragment;		    /* no such unit is no error: its drop-ins are read */
	/* A drop-in, as if place->file held that text; or NULL. */
	const struct sp_dropin_place *place;
	const struct sp_unit_text *text; /* its name is not looked at */
};

/* As sp_unit_load(). The name of the unit's file, under which systemd knows it, is names.v[0]. */
int sp_unit_query(const struct sp_unit_query *query, const char *name, struct sp_unit *ret,
		  char **ret_path);

/* systemd knows no limit; no unit file comes near this one. */
#define SP_UNIT_FILE_MAX (16u << 20)

/* Reads a file of a unit, as sp_unit_load() does. path is a path of this machine. */
int sp_unit_read_file(const char *path, struct sp_unit_texts *texts);

/* The names of all units that run programs, sorted, for those who mistyped one. 0 or -ENOMEM. */
int sp_unit_list(const char *root, struct sp_words *ret);

/*
 * The release of systemd that is installed below root, as sp_groups_new_release() takes it:
 * "debian12", "252". The caller's. -ENOENT: none found; -ENOMEM.
 */
int sp_root_release(const char *root, char **ret);
