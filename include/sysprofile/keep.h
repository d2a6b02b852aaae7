/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The profile of a run or of an import, with what earlier runs knew: read before, saved while a run
 * goes on, and at the end.
 */

#include "sysprofile/groups.h"
#include "sysprofile/history.h"
#include "sysprofile/options.h"
#include "sysprofile/prefilter.h"
#include "sysprofile/record.h"

struct sp_keeper;

/*
 * Reads the file of --profile if it is there, and looks whether it could be written. Says what is
 * wrong: negative errno. options and groups have to live as long as the keeper.
 */
int sp_keeper_new(const struct sp_options *options, const struct sp_groups *groups,
		  struct sp_keeper **ret);
struct sp_keeper *sp_keeper_free(struct sp_keeper *keeper);
static inline void sp_keeper_freep(struct sp_keeper **p)
{
	if (*p)
		(void)sp_keeper_free(*p);
}

/* What may pass at full speed because earlier runs saw it; borrowed. */
void sp_keeper_pass(const struct sp_keeper *keeper, struct sp_prefilter_pass *pass);

/* To be called now and then while the run goes on: saves the file every ten seconds. */
void sp_keeper_tick(struct sp_keeper *keeper, const struct sp_recording *recording);

/* All that is known by now: earlier runs and this one. 0 or -ENOMEM; *ret is the caller's. */
int sp_keeper_history(const struct sp_keeper *keeper, const struct sp_recording *recording,
		      struct sp_history **ret);

/* Tells what the file knew, and what of this run is new to it; nothing without --profile. */
void sp_keeper_say(const struct sp_keeper *keeper, const struct sp_recording *recording);

/*
 * Saves the file, if there is one, with what others have written to it meanwhile. Says what goes
 * wrong, and where the profile is instead. SP_EXIT_OK or SP_EXIT_FAILED.
 */
int sp_keeper_finish(struct sp_keeper *keeper, const struct sp_recording *recording);

/* Saves the profile in a file of last resort, whose name is the caller's. 0 or negative errno. */
int sp_keeper_rescue(const struct sp_keeper *keeper, const struct sp_recording *recording,
		     char **ret);

/* Whether a run of the file saw the start of the program. */
bool sp_keeper_knows_start(const struct sp_keeper *keeper);
