/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The run: events from a tracer into a profile, until no tracee is left. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sysprofile/control.h"
#include "sysprofile/notice.h"
#include "sysprofile/profile.h"
#include "sysprofile/tracer.h"

struct sp_recording {
	struct sp_profile *profile; /* owned */
	struct sp_notices *notices; /* owned */
	int64_t duration_ns;
	int root_status;    /* of the command, as wait(2) gives it; -1: never seen */
	bool was_asked;	    /* the end was asked for */
	const char *reason; /* by what; static; NULL when nobody asked */
	int error; /* negative errno that broke the tracing; what was seen until then is kept */
};

int sp_recording_init(struct sp_recording *recording);
void sp_recording_done(struct sp_recording *recording);

/* What is shown while it runs. */
struct sp_status;

/*
 * Somebody else who looks at each event, when the profile has taken it in and its task is still
 * stopped. A negative return ends the run as trouble of the tracer does.
 */
struct sp_observer {
	int (*observe)(const struct sp_event *event, const struct sp_recording *recording,
		       void *userdata);
	void *userdata;
};

/*
 * Runs to the end. Trouble ends up in recording->error; the profile is usable in any case.
 * status and observer may be NULL.
 */
void sp_record(struct sp_recording *recording, struct sp_tracer *tracer, struct sp_control *control,
	       pid_t root, struct sp_status *status, const struct sp_observer *observer);
