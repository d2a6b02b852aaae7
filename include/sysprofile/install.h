/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * --drop-in: the unit is found and its place looked at before the run, so that what would refuse
 * the result is told then; and once there is one, whatever the other files of the unit make of it.
 */

#include <stddef.h>

#include "sysprofile/groups.h"
#include "sysprofile/options.h"
#include "sysprofile/output.h"
#include "sysprofile/result.h"

struct sp_install;

/*
 * *ret is NULL without --drop-in. options and groups have to live as long. Says what is wrong:
 * SP_EXIT_OK, SP_EXIT_USAGE or SP_EXIT_FAILED.
 */
int sp_install_new(const struct sp_options *options, const struct sp_groups *groups,
		   struct sp_install **ret);
struct sp_install *sp_install_free(struct sp_install *install);
static inline void sp_install_freep(struct sp_install **p)
{
	if (*p)
		(void)sp_install_free(*p);
}

/* The name of the unit, as systemd knows it. Borrowed. */
const char *sp_install_unit(const struct sp_install *install);

/*
 * Puts the text, which is that of result, in its place, or with --dry-run shows what would change
 * on output. Says why not; nothing is lost then: the text is in the file of --output, or in one of
 * last resort. broken: the recording was cut short. Returns an exit status.
 */
int sp_install_write(struct sp_install *install, const struct sp_result *result, const char *text,
		     size_t len, bool broken, struct sp_output *output);

/* Says what to do next, once it has been written; nothing before. */
void sp_install_say_next(const struct sp_install *install);
