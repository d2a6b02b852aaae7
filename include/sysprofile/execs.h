/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Ids that change hands. An execve by a thread that is not the leader ends the leader, be it in a
 * stop whose report has been taken, and gives its id to the caller, which then is in a stop of its
 * own (ptrace(2), "execve(2) under ptrace"). A request that was meant for the former owner would
 * send the new one on before its exec was reported. So while such an execve is under way, whoever
 * was reported stopped is looked at again before it is asked or resumed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sysprofile/event.h"
#include "sysprofile/tracee.h"

struct sp_execs {
	size_t pending;
};

/* Whether tid is the first thread of its process. */
bool sp_execs_is_leader(pid_t tid);

/* The tracee is about to make the call of the event. */
void sp_execs_begin(struct sp_execs *execs, struct sp_tracee *tracee, const struct sp_event *event);

/* The tracee's execve, if there was one, has failed or succeeded, or its caller is gone. */
void sp_execs_end(struct sp_execs *execs, struct sp_tracee *tracee);

/*
 * Whether tid, whose stop has been reported, is in that stop no more: killed, or another task by
 * now. What is to be known of it is reported later. False without a question when nothing is under
 * way.
 */
bool sp_execs_has_moved(const struct sp_execs *execs, pid_t tid);
