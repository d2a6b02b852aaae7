/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The run: events from a tracer into a profile, until no tracee is left. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sysprofile/buildid.h"
#include "sysprofile/control.h"
#include "sysprofile/notice.h"
#include "sysprofile/profile.h"
#include "sysprofile/tracer.h"

struct sp_imported;

/* Of what ran already when the recording began. */
struct sp_attachment {
	char **argv;	 /* owned; the first process's command line; NULL at the end */
	bool incomplete; /* there may be tasks that were not found */
	size_t refused;	 /* tasks that could not be followed */
	size_t left;	 /* tasks that were let go at the end */
};

struct sp_recording {
	struct sp_profile *profile;	    /* owned */
	struct sp_notices *notices;	    /* owned */
	const struct sp_imported *imported; /* borrowed; NULL: this was a run of our own */
	int64_t duration_ns;
	int root_status;    /* of the command, as wait(2) gives it; -1: never seen */
	bool was_asked;	    /* the end was asked for */
	const char *reason; /* by what; static; NULL when nobody asked */
	int error; /* negative errno that broke the tracing; what was seen until then is kept */

	/* Of how it began, filled by who began it. */
	int64_t start_usec;		 /* CLOCK_REALTIME */
	const char *engine;		 /* static */
	bool lets_pass;			 /* the engine let pass what it was told to */
	bool wants_names;		 /* of who made each call last; costs a look at each task */
	pid_t renamed;			 /* a task that may have another name by now */
	bool knows_phases;		 /* nothing that tells them passes */
	char *exe;			 /* owned; NULL when it cannot be told */
	char build_id[SP_BUILD_ID_SIZE]; /* "": none */
	int64_t now_ns;			 /* since the start, at the last look at the clock */
	enum sp_phase phase;
	int64_t phase_ends_ns; /* of SP_PHASE_RELOAD, by the time of events */
	unsigned exercised;    /* bits SP_EXERCISE_ */
	bool is_attached;      /* to what ran already: its start was not seen */
	struct sp_attachment attachment;
};

int sp_recording_init(struct sp_recording *recording);
void sp_recording_done(struct sp_recording *recording);

/* Whether a call waits for clients: from the first such call on, a daemon serves. */
bool sp_record_waits(sp_call call);

/* What is shown while it runs. */
struct sp_status;

/*
 * Somebody else who looks at each event, when the profile has taken it in and its task is still
 * stopped. A negative return ends the run as trouble of the tracer does. observe may be NULL.
 */
struct sp_observer {
	int (*observe)(const struct sp_event *event, const struct sp_recording *recording,
		       void *userdata);
	void *userdata;
	/* Four times a second; NULL: not wanted. */
	void (*tick)(const struct sp_recording *recording, void *userdata);
};

/*
 * Runs to the end; of what was attached to, to the moment when it is to be let go. Trouble ends up
 * in recording->error; the profile is usable in any case. status and observer may be NULL.
 */
void sp_record(struct sp_recording *recording, struct sp_tracer *tracer, struct sp_control *control,
	       pid_t root, struct sp_status *status, const struct sp_observer *observer);
