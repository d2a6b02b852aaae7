/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who makes the calls of a profile: the tasks alive, and the programs that they run. */

#include <limits.h>

#include "sysprofile/byid.h"
#include "sysprofile/profile.h"

/* Instead of the index of a program. */
#define SP_PROFILE_EXE_NONE UINT_MAX

struct sp_profile_task {
	struct sp_by_id by; /* by thread id */
	bool announced;	    /* by an event, not by sp_profile_set_exe() alone */
	bool is_thread;
	unsigned exe; /* SP_PROFILE_EXE_NONE as long as nobody said */
	char comm[SP_COMM_SIZE];
	pid_t process; /* 0: nobody said */
};

/* All zero is empty. */
struct sp_profile_tasks {
	struct sp_by_id *table;	      /* owned; struct sp_profile_task */
	struct sp_profile_task *last; /* asked for; calls of one task come in runs */
	size_t live_processes, live_threads;
};

void sp_profile_tasks_done(struct sp_profile_tasks *tasks);

/* NULL when there is none. */
struct sp_profile_task *sp_profile_tasks_find(struct sp_profile_tasks *tasks, pid_t tid);

/* The same, made if need be; NULL: out of memory. */
struct sp_profile_task *sp_profile_tasks_get(struct sp_profile_tasks *tasks, pid_t tid);

int sp_profile_tasks_announce(struct sp_profile_tasks *tasks, pid_t tid, bool is_thread);
int sp_profile_tasks_exec(struct sp_profile_tasks *tasks, pid_t tid, pid_t former_tid);
void sp_profile_tasks_forget(struct sp_profile_tasks *tasks, pid_t tid);

struct sp_profile_exe;

/* All zero but unknown is empty. */
struct sp_profile_exes {
	struct sp_profile_exe *by_path;
	char **paths; /* owned */
	unsigned n;
	unsigned unknown; /* index of "?"; SP_PROFILE_EXE_NONE as long as no call needed it */
};

void sp_profile_exes_done(struct sp_profile_exes *exes);

/* The index of path, which is new to the list or not; SP_PROFILE_EXE_NONE when the list is full. */
int sp_profile_exes_get(struct sp_profile_exes *exes, const char *path, unsigned *ret);

/* The index of "?". */
int sp_profile_exes_get_unknown(struct sp_profile_exes *exes, unsigned *ret);
