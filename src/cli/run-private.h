/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What run.c, which starts commands, has in common with run-attach.c, which takes what runs. */

#include "sysprofile/launch.h"
#include "sysprofile/record.h"

/*
 * For measuring: SYSPROFILE_WAIT=block and so on takes one way of waiting alone. 0, or -EINVAL and
 * says so.
 */
int sp_run_choose_wait(enum sp_wait_choice *ret);

/* How the tracer waited, for -v. */
void sp_run_say_waiting(struct sp_tracer *tracer);

/*
 * Fills what the recording tells of how it began. root: the process whose program it is of; it has
 * to be there, and traced.
 */
void sp_run_describe(struct sp_recording *recording, const struct sp_tracer *tracer, pid_t root,
		     const struct sp_prefilter_pass *pass);
