/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the list of refusals share. */

#include "sysprofile/byid.h"
#include "sysprofile/hash.h"
#include "sysprofile/refusals.h"

enum { SP_REFUSALS_MAX = 4096 };

struct sp_refusal_entry {
	struct sp_refused_call pub;
	size_t index; /* below SP_REFUSALS_MAX, stable */
	UT_hash_handle hh;
	char key[]; /* what tells it from others, then the program's path and its 0 */
};

/* A task that made a call which is not simply allowed. */
struct sp_refusal_task {
	struct sp_by_id by; /* by thread id */
	pid_t pid;	    /* its process; 0: not asked for yet */
	/* The last such call, as long as its answer is awaited. */
	struct sp_refusal_entry *pending; /* borrowed */
	bool doomed;			  /* an answer came, but the call kills */
};

/* Those, and the processes that they belong to. All zero is an empty table. */
struct sp_refusal_tasks {
	struct sp_by_id *by_tid; /* owned; struct sp_refusal_task */
	struct sp_by_id *by_pid; /* owned; struct sp_refusal_process */
};

struct sp_refusal_task *sp_refusal_tasks_find(const struct sp_refusal_tasks *tasks, pid_t tid);

/* The same, or a new one whose other fields are zero; NULL without memory. */
struct sp_refusal_task *sp_refusal_tasks_get(struct sp_refusal_tasks *tasks, pid_t tid);

/*
 * Notes that the process comes to the entry with that index, and whether the kernel will end it for
 * that. 1: for the first time; 0; or -ENOMEM.
 */
int sp_refusal_tasks_count(struct sp_refusal_tasks *tasks, pid_t pid, size_t index, bool kills);

/* Whether that was so for any call. */
bool sp_refusal_tasks_is_killed(const struct sp_refusal_tasks *tasks, pid_t pid);

/* The task is gone; or its process too, when the task was the last of it. */
void sp_refusal_tasks_forget(struct sp_refusal_tasks *tasks, pid_t tid);
void sp_refusal_tasks_forget_process(struct sp_refusal_tasks *tasks, pid_t pid);
void sp_refusal_tasks_done(struct sp_refusal_tasks *tasks);

struct sp_differences {
	struct sp_difference v[SP_DIFFERENCES_KEPT];
	size_t n; /* in all */
};

/* The kernel answered the pending call of task. */
void sp_refusal_answered(struct sp_refusal_task *task, int64_t answer, bool own_filters,
			 struct sp_differences *differences);

/* The task enters another call. */
void sp_refusal_went_on(struct sp_refusal_task *task, bool own_filters,
			struct sp_differences *differences);

/*
 * The task is gone; status is as wait(2) gives it. killed: a thread of its process has made a call
 * that kills, for which all of them die.
 */
void sp_refusal_ended(struct sp_refusal_task *task, int status, bool killed, bool own_filters,
		      struct sp_differences *differences);
