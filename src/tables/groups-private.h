/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What both sources of groups hand over: which words stand below which group. sp_groups_build()
 * makes the real thing of it, and is the only one that does.
 */

#include "sysprofile/groups.h"

/* A word of the source, which must outlive the draft but not what is built from it. */
struct sp_groups_word {
	const char *text; /* borrowed; not terminated */
	size_t len;
	unsigned line; /* for errors */
};

struct sp_groups_section {
	struct sp_groups_word name;
	size_t first, n; /* its members, in the words of the draft */
};

/* All zero is an empty draft. */
struct sp_groups_draft {
	struct sp_groups_section *sections; /* owned */
	size_t n_sections;
	struct sp_groups_word *words; /* owned */
	size_t n_words;
};

/* Begins a group, and adds a member to the group that was begun last. 0 or -ENOMEM. */
int sp_groups_draft_open(struct sp_groups_draft *draft, const struct sp_groups_word *name);
int sp_groups_draft_add(struct sp_groups_draft *draft, const struct sp_groups_word *member);

void sp_groups_draft_done(struct sp_groups_draft *draft);

/* Calls that the libseccomp below the release cannot name. */
void sp_groups_set_unnamed(struct sp_groups *groups, const struct sp_sysset *unnamed);

/*
 * Sorts the draft, interns the calls and expands groups within groups. Members may stand twice.
 * 0; -EBADMSG with *error set: a group twice, too many of them, a member group that is not there,
 * or groups that contain one another; -ENOSPC with *error set: more names than sp_call can stand
 * for; -ENOMEM.
 */
int sp_groups_build(struct sp_groups_draft *draft, unsigned major, const char *label,
		    struct sp_groups **ret, struct sp_groups_error *error);
