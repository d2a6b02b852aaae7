/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tasks that put seccomp filters of their own over ours. What such a filter refuses, kills or
 * hands to a supervisor never reaches our filter's TRACE (seccomp(2): the strictest answer wins),
 * so from then on the task, and all that it makes, must stop at entry, which comes before any
 * filter.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sysprofile/event.h"
#include "sysprofile/tracee.h"

struct sp_ownfilter {
	bool has_prefilter;
	long base; /* filters of a task that has none of its own; -1: the kernel does not say */
	bool any;  /* some task has one */
	bool all;  /* one was given to all threads of a process, be they born by then or not */
	uint64_t looked_at[1024]; /* messages of prefilter.h, a bit each: arguments matter */
};

/* root is stopped after its exec. */
void sp_ownfilter_init(struct sp_ownfilter *filters, pid_t root, bool has_prefilter);

/* Whether a task that was just born, or has just exec'd, must stop at entry. */
bool sp_ownfilter_is_plain(const struct sp_ownfilter *filters, pid_t tid);

/* Whether the call that the message stands for can only be judged by its arguments. */
bool sp_ownfilter_needs_arguments(const struct sp_ownfilter *filters, unsigned long data);

/*
 * Looks at a call that tracee is about to make. When it installs a filter, the task is marked
 * plain, with SECCOMP_FILTER_FLAG_TSYNC all other threads of its process too, and true returned.
 */
bool sp_ownfilter_watch(struct sp_ownfilter *filters, struct sp_tracees *tracees,
			struct sp_tracee *tracee, const struct sp_event *event);

/*
 * A plain task stopped because a filter answered TRACE. When that was its own filter, which no
 * tracer of its own is there for, the call fails with ENOSYS as it would untraced.
 */
void sp_ownfilter_answer(const struct sp_ownfilter *filters, pid_t tid, unsigned long data);
