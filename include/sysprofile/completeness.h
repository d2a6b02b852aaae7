/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What tells whether runs have shown all. There is no percentage, since nobody
 * knows how much there is to be seen.
 */

#include "sysprofile/history.h"
#include "sysprofile/page.h"
#include "sysprofile/record.h"

/*
 * Words on stderr: the curve of calls known over the time of the run, for runs of ten seconds and
 * more; calls made since the last new one; calls that one process alone made, or that came within
 * one second; and which of start, serving, reload, rotation of logs and stop were seen.
 */
void sp_completeness_print(const struct sp_recording *recording);

/* The same of a profile, on a page; of the curves of several runs that of the longest. */
void sp_completeness_put(struct sp_page *page, struct sp_history *history);

/* "seen: start, serving; not seen: reload (SIGHUP), ..."; the caller's. NULL: no memory. */
char *sp_completeness_checklist(unsigned exercised);
