/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The two ends of a launch: launch.c is the tracer's, launch-child.c the command's. */

#include "sysprofile/launch.h"
#include "sysprofile/prefilter.h"

/*
 * What the child says. It stands in memory that parent and child share: under its filter the child
 * may not be able to write(2).
 */
struct sp_child_report {
	bool filter_installed;
	bool failed;
	struct sp_launch_error error;
};

/*
 * In the child: waits for a byte from go, and leaves by exec or _exit; *said tells what stopped it.
 * filter: of the seccomp engine; NULL for the plain one.
 */
void sp_launch_run_child(const struct sp_launch_request *launch, const struct sp_prefilter *filter,
			 int go, struct sp_child_report *said) __attribute__((noreturn));
