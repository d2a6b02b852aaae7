/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is in a profile: its calls, the tasks alive, and the programs that they run. */

#include <limits.h>

#include "sysprofile/byid.h"
#include "sysprofile/hash.h"
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

/* The profile itself, for the files that fill it. */

enum {
	/* Numbers of the native ABI below this are found without hashing; Linux uses about 470. */
	SP_PROFILE_DIRECT = 1024,
	/* "x86-64:4294967295", or an ABI without a name as a number. */
	SP_PROFILE_LABEL_SIZE = 96,
};

struct sp_profile_key {
	sp_abi abi;
	uint32_t nr;
};

struct sp_profile_entry {
	struct sp_profile_call pub;
	struct sp_profile_key key;
	UT_hash_handle hh;
};

struct sp_profile {
	sp_abi native;
	struct sp_profile_entry
		*direct[SP_PROFILE_DIRECT]; /* of the native ABI; borrowed from calls */
	struct sp_profile_entry *by_key;    /* all others */
	struct sp_profile_entry **calls;    /* owned, all */
	size_t n_calls, calls_size;
	bool sorted;
	struct sp_profile_entry *newest;
	enum sp_phase phase;
	pid_t first_process;
	uint64_t syscalls_at_newest;

	struct sp_profile_exes exes;
	struct sp_profile_tasks tasks;

	size_t n_unnamed;
	uint64_t unnamed_lost;
	struct sp_profile_totals totals;
	char last_new[SP_PROFILE_LABEL_SIZE];
};

/* NULL when there is none. */
struct sp_profile_entry *sp_profile_find_entry(struct sp_profile *profile,
					       struct sp_profile_key key);

/* 0 with *ret NULL: a number without a name for which there is no more room. */
int sp_profile_add_entry(struct sp_profile *profile, struct sp_profile_key key,
			 struct sp_profile_entry **ret);

/* Makes room for the count of a program. */
int sp_profile_reserve_count(struct sp_profile_call *call, unsigned exe);

/* Takes a call for the one that came last for the first time. */
void sp_profile_note_newest(struct sp_profile *profile, struct sp_profile_entry *call,
			    int64_t time_ns);
