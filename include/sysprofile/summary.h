/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The words on stderr at the end of a run. */

#include "sysprofile/record.h"
#include "sysprofile/result.h"

/* What was seen, what was not, and what it means. */
void sp_summary_print(const struct sp_recording *recording, const struct sp_result *result);

/* The part of it that is about the run alone, with how the command ended in any case. */
void sp_summary_print_run(const struct sp_recording *recording);

/* What headroom allows beside what was seen; with -v, family by family, since when and why. */
void sp_summary_print_headroom(const struct sp_result *result);

/* The first names of a set and how many more there are, so that a line stays a line. */
void sp_summary_name_some(const struct sp_sysset *set, char *buffer, size_t size);

/*
 * One line a call, tab-separated, for -v: "call", ABI, name, count, seconds of the first time,
 * pid, comm and program of it.
 */
void sp_summary_print_calls(const struct sp_recording *recording);
