/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is known of the files of --input, beside the calls. */

#include <stdbool.h>
#include <stddef.h>

#include "sysprofile/import.h"
#include "sysprofile/options.h"
#include "sysprofile/record.h"

struct sp_imported {
	char *sources; /* owned; "httpd.strace (strace log)", or "4 files, the first of them ..." */
	bool start_seen; /* a log of them begins with an execve */
	bool has_times;
	bool only_refusals; /* all are audit records: what a filter let pass is in none of them */
#define SP_IMPORTED_ONLY_REFUSALS                                                                  \
	"audit records have only the calls that a filter refused or logged; read a log of the "    \
	"program as well, or the filter will refuse all that was allowed then"
	struct sp_words notes; /* owned; what a reader of the result has to know, a sentence each */
};
void sp_imported_done(struct sp_imported *imported);

/*
 * Reads all files of the options into the profile of the recording. 0, or negative errno and said
 * on stderr. *ret must be all zero, and is the caller's to end in any case.
 */
int sp_imported_read(const struct sp_options *options, struct sp_recording *recording,
		     struct sp_imported *ret);

/* Says what of a file was not understood, and adds what matters of it to the notes. 0 or -ENOMEM.
 */
int sp_imported_judge(const char *name, const struct sp_import_report *report,
		      struct sp_imported *imported);

/* The part of the summary that stands in place of the words about a run. */
void sp_summary_print_imported(const struct sp_recording *recording);
