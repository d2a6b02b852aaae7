/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What tells whether a run has shown all: words on stderr. There is no percentage, since nobody
 * knows how much there is to be seen.
 */

#include "sysprofile/record.h"

/*
 * The curve of calls known over the time of the run, for runs of ten seconds and more; calls made
 * since the last new one; calls that one process alone made, or that came within one second; and
 * which of start, serving, reload, rotation of logs and stop were seen.
 */
void sp_completeness_print(const struct sp_recording *recording);

/* "seen: start, serving; not seen: reload (SIGHUP), ..."; the caller's. NULL: no memory. */
char *sp_completeness_checklist(unsigned exercised);
