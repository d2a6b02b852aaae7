/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of --input tell. */

#include <stdbool.h>
#include <stddef.h>

#include "sysprofile/history.h"
#include "sysprofile/import.h"
#include "sysprofile/options.h"
#include "sysprofile/record.h"

struct sp_imported {
	/*
	 * Owned. A run for each log, or for the files of one strace -ff, whose id comes from the
	 * text that was read, so that a log that is read again is the same run; and the runs of
	 * profiles as they are.
	 */
	struct sp_history *history;
	char *sources; /* owned; "httpd.strace (strace log)", or "4 files, the first of them ..." */
	bool start_seen; /* of one of them */
	bool has_times;
	bool only_refusals; /* all are audit records: what a filter let pass is in none of them */
#define SP_IMPORTED_ONLY_REFUSALS                                                                  \
	"audit records have only the calls that a filter refused or logged; read a log of the "    \
	"program as well, or the filter will refuse all that was allowed then"
	bool knows_exercised; /* a profile is among them; the recording says what was exercised */
	struct sp_sysset assumed; /* in profiles, beside what was made */
	struct sp_words notes; /* owned; what a reader of the result has to know, a sentence each */
};
void sp_imported_done(struct sp_imported *imported);

/*
 * Reads all files of the options. The recording, which has to be initialised, gets the profile and
 * the duration of all together, and the notices of logs. 0, or negative errno and said on stderr.
 * *ret must be all zero, and is the caller's to end in any case.
 */
int sp_imported_read(const struct sp_options *options, struct sp_recording *recording,
		     struct sp_imported *ret);

/* Opens a file, or "-", and says what is wrong: 0 or negative errno. */
int sp_imported_open(const char *name, struct sp_stream **ret);

/*
 * The same of one stream, of which at most the head was looked at; it is taken over in any case.
 * name is for words, and for the task of a file of strace -ff.
 */
int sp_imported_read_stream(struct sp_stream *stream, const char *name,
			    struct sp_recording *recording, struct sp_imported *ret);

/* Says what of a file was not understood, and adds what matters of it to the notes. 0 or -ENOMEM.
 */
int sp_imported_judge(const char *name, const struct sp_import_report *report,
		      struct sp_imported *imported);

/* The part of the summary that stands in place of the words about a run. */
void sp_summary_print_imported(const struct sp_recording *recording);
