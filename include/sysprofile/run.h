/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every verb that runs a command does alike: start it, follow it to its end, explain why not.
 */

#include "sysprofile/launch.h"
#include "sysprofile/options.h"
#include "sysprofile/record.h"

/* The user of --run-as; all zero without it. Says what is wrong: negative errno. */
int sp_run_identity(const struct sp_options *options, struct sp_identity *ret);

/*
 * Launches and records until no task is left; *recording is initialised here and the caller's to
 * end, in any case. 0, also when the tracing broke off (recording->error): then *ret_broken is a
 * tracer whose tasks still live, to be freed when what was recorded is safe; else it is NULL.
 * -ECANCELED: the command did not come to its exec, *error says why; other negative errno: said
 * already.
 */
int sp_run(const struct sp_options *options, const struct sp_launch_request *launch,
	   const struct sp_observer *observer, struct sp_recording *recording,
	   struct sp_tracer **ret_broken, struct sp_launch_error *error);

/* Says why the command did not come to its exec, and what to do. Returns the exit status. */
int sp_run_explain(const struct sp_options *options, const struct sp_launch_error *error);

/*
 * Attaches to the processes of --pid, records until they have ended or the end is asked for, and
 * lets them go; *recording as above. lacks_start: no allow-list can come of it, which is said
 * before an hour of load and not after it. 0, also when the tracing broke off; or negative errno
 * and said already.
 */
int sp_run_attached(const struct sp_options *options, bool lacks_start,
		    const struct sp_observer *observer, struct sp_recording *recording);
