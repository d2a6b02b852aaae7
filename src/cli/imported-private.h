/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What imported.c, which makes runs of files, has in common with imported-files.c, which knows what
 * a file is.
 */

#include "sysprofile/digest.h"
#include "sysprofile/history.h"
#include "sysprofile/import.h"

/* What a file was found to be. */
struct sp_imported_file {
	struct sp_import_report report; /* owned; of a log, or of a container's profile */
	struct sp_history *profile;	/* owned; of a profile, NULL for all else */
};
void sp_imported_file_done(struct sp_imported_file *file);

/* "-" is stdin for people. */
const char *sp_imported_shown(const char *name);

/*
 * strace -ff writes one file a task, NAME.TID, and a shell sorts log.1000 before log.999. A
 * parent's id is the lower one, but for wrapping around, and what it runs is inherited.
 */
void sp_imported_sort(struct sp_words *names);

/* Whether two names are of such files of one run. */
bool sp_imported_same_run(const char *a, const char *b);

/*
 * Reads one file to its end. Its text goes into digest as well, unless it is a profile. filtered:
 * only some calls are wanted, which a profile cannot give. 0, or negative errno and said on stderr;
 * *ret must be all zero, and is the caller's to end in any case.
 */
int sp_imported_read_file(struct sp_import *import, const char *name, struct sp_stream *stream,
			  bool filtered, struct sp_digest *digest, struct sp_imported_file *ret);
