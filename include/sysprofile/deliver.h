/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The end of a run: from what was recorded to a checked result in its place, and the words. */

#include "sysprofile/groups.h"
#include "sysprofile/keep.h"
#include "sysprofile/options.h"
#include "sysprofile/output.h"
#include "sysprofile/record.h"

/* Warnings as the drop-in's comments and the profile have them. 0 or -ENOMEM. */
int sp_deliver_notes(const struct sp_recording *recording, struct sp_words *notes);

/*
 * Makes the result, asks the model whether it lets everything pass that was seen, writes it, and
 * prints the summary. keeper: whose profile the result is of. Returns an exit status; SP_EXIT_OK
 * only when the result is where it was asked for.
 */
int sp_deliver(struct sp_recording *recording, const struct sp_groups *groups,
	       const struct sp_options *options, const struct sp_keeper *keeper,
	       struct sp_output *output);

/*
 * Opens what the result is written to; *ret stays as it is when that is the place of --drop-in
 * alone. Says what is wrong: negative errno.
 */
int sp_deliver_open(const struct sp_options *options, struct sp_output **ret);

/* Says that the result cannot be written to path (NULL: stdout), why, and what to do. */
void sp_deliver_explain_output(const char *path, int error);

/* Writes a text to output, or else to a file of last resort, and says so. path as above. */
int sp_deliver_text(struct sp_output *output, const char *path, const char *text, size_t len);
