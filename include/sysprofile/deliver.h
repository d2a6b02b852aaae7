/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The end of a run: from what was recorded to a checked result in its place, and the words. */

#include "sysprofile/groups.h"
#include "sysprofile/options.h"
#include "sysprofile/output.h"
#include "sysprofile/record.h"

/*
 * Makes the result, asks the model whether it lets everything pass that was seen, writes it, and
 * prints the summary. Returns an exit status; SP_EXIT_OK only when the result is where it was
 * asked for.
 */
int sp_deliver(struct sp_recording *recording, const struct sp_groups *groups,
	       const struct sp_options *options, struct sp_output *output);

/* Says that the result cannot be written to path (NULL: stdout), why, and what to do. */
void sp_deliver_explain_output(const char *path, int error);

/* Writes a text to output, or else to a file of last resort, and says so. path as above. */
int sp_deliver_text(struct sp_output *output, const char *path, const char *text, size_t len);
