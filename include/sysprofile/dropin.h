/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The drop-in that the program writes beside a unit: where it lies, whose the file is that lies
 * there, and how it gets there. It says in its first line what the rest was, so that nothing that
 * somebody else wrote or changed is ever taken for it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "sysprofile/unittext.h"

/* Late among drop-ins, which systemd reads by name: what comes later changes it. */
#define SP_DROPIN_FILE "90-sysprofile.conf"

struct sp_dropin_place {
	char *base;  /* owned, as is all: one of the directories of units */
	char *unit;  /* whose drop-in: "foo.service" */
	char *path;  /* inside root, links on the way resolved */
	char *shown; /* the name for people: root, base/unit.d/90-sysprofile.conf */
	char *full;  /* path as this machine has it */
};
void sp_dropin_place_done(struct sp_dropin_place *place);

/*
 * The place of a drop-in below base ("/etc/systemd/system"), in root (NULL or "": this machine),
 * which no link leaves. *ret is all zero before. 0; -ENOTDIR: something on the way is a file;
 * -ENOLINK: the unit's directory is a link that leads nowhere; -ELOOP; -ENOMEM; other negative
 * errno.
 */
int sp_dropin_locate(const char *root, const char *base, const char *unit,
		     struct sp_dropin_place *ret);

/* Whose file is there. */
enum sp_dropin_owner {
	SP_DROPIN_NOBODY,  /* no file */
	SP_DROPIN_OURS,	   /* as this program wrote it */
	SP_DROPIN_CHANGED, /* this program's, and changed since by somebody else */
	SP_DROPIN_FOREIGN, /* without our marker */
	SP_DROPIN_MASKED,  /* a link to /dev/null: systemd is to read nothing of that name */
	SP_DROPIN_LINK,	   /* another link */
	SP_DROPIN_ODD,	   /* no regular file: it cannot be replaced by one */
	_SP_DROPIN_OWNER_MAX,
};

/*
 * Looks at what is there. *ret_text, which is the caller's and all zero before, gets the text of a
 * regular file. 0 or negative errno.
 */
int sp_dropin_look(const struct sp_dropin_place *place, enum sp_dropin_owner *ret,
		   struct sp_unit_text *ret_text);

/* Whether a text begins with a marker, and then, whether the rest is what it was. */
enum sp_dropin_owner sp_dropin_owner_of(const char *text, size_t len);

/* The marker and the text behind it; *ret is the caller's. 0 or -ENOMEM. */
int sp_dropin_mark(const char *text, size_t len, struct sp_unit_text *ret);

/* Whether it could be written, without writing it. 0 or negative errno. */
int sp_dropin_try(const struct sp_dropin_place *place);

/* Puts text there, with directories as needed: all of it, or nothing. 0 or negative errno. */
int sp_dropin_write(const struct sp_dropin_place *place, const char *text, size_t len);
