/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sysprofile/dropin.h"
#include "sysprofile/fragments.h"
#include "sysprofile/install.h"
#include "sysprofile/units.h"

struct sp_install {
	const struct sp_options *o; /* borrowed, as are the groups */
	const struct sp_groups *groups;
	struct sp_words directories; /* owned, as is all that follows: of --user */
	struct sp_unit unit;	     /* as it is without the drop-in */
	struct sp_dropin_place place;
	bool written;
};

/* Finds the unit and all that belongs to it. Says what is wrong: an exit status. */
int sp_install_find_unit(struct sp_install *install);

/* What is asked of the files of units; with place and text to be filled in. */
struct sp_unit_query sp_install_query(const struct sp_install *install);

/*
 * Whether the file in the place may be overwritten. Says why not: an exit status. ret_old is all
 * zero before and gets its text, the caller's, when it is a regular file.
 */
int sp_install_check_owner(const struct sp_install *install, struct sp_unit_text *ret_old);

/*
 * Whether the unit's other files leave the result what it is, with text in its place; tells of each
 * line that does not. SP_EXIT_OK, also when --force overrules it, or SP_EXIT_FAILED.
 */
int sp_install_check_others(const struct sp_install *install, const struct sp_result *result,
			    const struct sp_unit_text *text);
