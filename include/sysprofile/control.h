/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * When a run ends: signals to sysprofile, -d, --quiet-for, and the patience with what does not
 * stop.
 *
 * Ctrl-C on the terminal reaches the command itself; sysprofile stays to record its shutdown, and
 * asks daemons that left the session with SIGTERM. A second Ctrl-C kills. SIGTERM, SIGHUP and -d
 * ask everything with SIGTERM. What was attached to is never sent anything: each of these lets it
 * go.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sysprofile/tracer.h"

struct sp_control;

struct sp_control_terms {
	pid_t root;	     /* of the command; 0: attached, so that the end is to let all go */
	int64_t duration_ns; /* -1: no limit */
	int64_t quiet_ns;    /* end when no new call came for so long; -1: not for that */
	int64_t stop_timeout_ns;
};

/*
 * Takes over SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGALRM, and ignores SIGPIPE, SIGTTOU and
 * SIGXFSZ, for the life of the process (what came ignored stays so); a timer ticks four times a
 * second, so that no wait in the kernel outlasts a signal that came just before it. Call it after
 * the command has been forked. There is one such object in a process.
 */
int sp_control_new(const struct sp_control_terms *terms, struct sp_control **ret);
struct sp_control *sp_control_free(struct sp_control *control);
static inline void sp_control_freep(struct sp_control **p)
{
	if (*p)
		(void)sp_control_free(*p);
}

/*
 * Gives the signals back as they were found, and forgets what came: another command is going to be
 * started, which inherits them. Without effect before any sp_control_new().
 */
void sp_control_restore_signals(void);

/* Whether sp_control_act() has anything to look at. Cheap: for every event. */
bool sp_control_is_due(void);

enum sp_control_news {
	SP_CONTROL_NOTHING,
	SP_CONTROL_STOPPING, /* just asked everything to stop */
	SP_CONTROL_WAITING,  /* some seconds later it has not */
	SP_CONTROL_KILLING,  /* just killed everything */
	SP_CONTROL_LEAVING,  /* attached: the end was asked for, and all is to be let go */
};

/*
 * Does what is due. since_new_ns: how long ago a new call came. Says what changed, for the caller
 * to put into words.
 */
enum sp_control_news sp_control_act(struct sp_control *control, struct sp_tracer *tracer,
				    int64_t since_new_ns);

/* Whether the end of the run was asked for, by a signal, by -d or by --quiet-for. */
bool sp_control_was_asked(const struct sp_control *control);

/* Why, in a few words: "Ctrl-C", "SIGTERM", "--duration". Static; NULL when nobody asked. */
const char *sp_control_reason(const struct sp_control *control);
