/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What verify says at its end; verify-verb.c runs the command, and verify-recorded.c looks at what
 * was recorded.
 */

#include "sysprofile/directives.h"
#include "sysprofile/options.h"
#include "sysprofile/output.h"
#include "sysprofile/record.h"
#include "sysprofile/verification.h"

/* SP_EXIT_FAILED, and words, when the kernel did not do what the model says. */
int sp_verify_say_differences(const struct sp_refusals *refusals);

/* How many calls are refused, and what the run does not tell. */
void sp_verify_say_outcome(const struct sp_recording *rec, const struct sp_verification *report);

/* Which calls of the run other directives refuse for some arguments, which nobody looked at. */
void sp_verify_say_arguments(struct sp_profile *profile, const struct sp_directives *directives,
			     const struct sp_filter *filter);

/* The other half of the verb: what --input tells is held against the filter. An exit status. */
int sp_verify_recorded(const struct sp_options *o, const struct sp_groups *groups,
		       const struct sp_filter *filter, const struct sp_directives *directives,
		       struct sp_output *output);

/* Prints a report; 0 or -ENOMEM. */
typedef int (*sp_verify_print)(const void *report, bool json, FILE *f);

/* Writes a report in the form that was asked for. SP_EXIT_OK, or another status and said. */
int sp_verify_deliver(const struct sp_options *o, sp_verify_print print, const void *report,
		      struct sp_output *output);

/* The same of a verification. SP_EXIT_OK or SP_EXIT_FAILED. */
int sp_verify_write(const struct sp_options *o, const struct sp_verification *report,
		    struct sp_output *output);
