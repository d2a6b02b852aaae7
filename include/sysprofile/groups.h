/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * systemd's @groups (systemd.exec(5), SystemCallFilter=) of one release.
 *
 * Two sources give the same thing: the table built into the program, which knows every release
 * from v231 on with its point releases and vendor variants; and the output of
 * `systemd-analyze syscall-filter`, which is right for the host it ran on, since point releases
 * and distributions differ within one major version.
 */

#include <stdbool.h>
#include <stddef.h>

#include "sysprofile/sysset.h"

struct sp_group {
	const char *name;	    /* "@mount"; borrowed from the table */
	const char *const *members; /* direct ones, calls and @groups, sorted; borrowed */
	size_t n_members;
	struct sp_sysset set; /* nested groups expanded; names unknown to libseccomp included */
};

struct sp_groups;

/*
 * From the built-in table. release: "252", "252.39", "v257", "rhel8", "rhel9" or another variant
 * that sp_groups_release_names() lists. A point release takes the newest table at or below it; a
 * point release of a major without one takes the major's.
 * 0; -EINVAL: not a release name; -ERANGE: a release older or newer than the table; -ENOMEM.
 */
int sp_groups_new_release(const char *release, struct sp_groups **ret);

/* Where a listing could not be understood; what is static. */
struct sp_groups_error {
	unsigned line;
	const char *what;
};

/*
 * From the text that `systemd-analyze syscall-filter` prints: group names at column 0, members
 * and a comment indented below, ended by the first `#` at column 0 (what follows there is a list
 * of calls in no group). version as `systemd-analyze --version` gives it: major, and the whole
 * string for the label ("252.39-1~deb12u1").
 * 0; -EBADMSG with *error set: not such a listing; -ENOMEM.
 */
int sp_groups_parse_listing(const char *text, size_t len, unsigned major, const char *version,
			    struct sp_groups **ret, struct sp_groups_error *error);

struct sp_groups *sp_groups_free(struct sp_groups *groups);
static inline void sp_groups_freep(struct sp_groups **p)
{
	if (*p)
		(void)sp_groups_free(*p);
}

/* The major version, which decides systemd's rules: 252. Variants count as what they are based on.
 */
unsigned sp_groups_major(const struct sp_groups *groups);

/* What to call the release in words: "252.39-1~deb12u1", "252", "rhel8 (239)". */
const char *sp_groups_label(const struct sp_groups *groups);

/*
 * Whether the libseccomp that the release comes with knows the call, as far as the table has it:
 * for some vendor variants. A word that it does not know is ignored (sp_call_is_known() tells it of
 * the one in use here), so that an allow-list of that release cannot hold the call.
 */
bool sp_groups_can_name(const struct sp_groups *groups, sp_call call);

/* Groups sorted by name. */
size_t sp_groups_count(const struct sp_groups *groups);
const struct sp_group *sp_groups_at(const struct sp_groups *groups, size_t i);

/* name with its "@". NULL when this release has no such group. */
const struct sp_group *sp_groups_find(const struct sp_groups *groups, const char *name);

/* The release names that sp_groups_new_release() takes, oldest first; NULL at the end. Static. */
const char *const *sp_groups_release_names(void);

/* The newest release of the built-in table: the default where no systemd is installed. Static. */
const char *sp_groups_newest(void);
