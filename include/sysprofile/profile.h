/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What was observed: per (ABI, number) how often, by which programs, first and last when and by
 * whom. It grows with what is known and with the tasks alive, never with the length of the run.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sysprofile/event.h"
#include "sysprofile/sysset.h"

/* TASK_COMM_LEN of the kernel. */
#define SP_COMM_SIZE 16

/* Of a run; what is not known to be one of these is none. */
enum sp_phase {
	SP_PHASE_NONE,
	SP_PHASE_START,
	SP_PHASE_SERVING,
	SP_PHASE_RELOAD,
	SP_PHASE_STOP,
	_SP_PHASE_MAX,
};

/* "start", "serving", "reload", "stop"; NULL for none. */
const char *sp_phase_name(enum sp_phase phase);
int sp_phase_from_name(const char *name); /* -EINVAL when none is called so */

/* Which parts of a daemon's life were seen; bits. */
enum {
	SP_EXERCISE_START = 1,
	SP_EXERCISE_SERVING = 2,
	SP_EXERCISE_RELOAD = 4,	  /* SIGHUP */
	SP_EXERCISE_ROTATION = 8, /* SIGUSR1 */
	SP_EXERCISE_STOP = 16,
};
#define SP_EXERCISES 5

/* "start", "serving", "reload", "rotation", "stop" for the bit 1u << i, i below SP_EXERCISES. */
const char *sp_exercise_name(unsigned i);

struct sp_sighting {
	int64_t time_ns; /* from the start of the run */
	pid_t tid;
	unsigned exe;		 /* index for sp_profile_exe() */
	enum sp_phase phase;	 /* as sp_profile_set_phase() said last */
	char comm[SP_COMM_SIZE]; /* of the last one only after sp_profile_set_comm() */
};

struct sp_profile_call {
	sp_abi abi;
	uint32_t nr;	     /* as the kernel saw it */
	bool named;	     /* whether call is meaningful */
	sp_call call;	     /* the name; libseccomp had none when !named */
	uint64_t count;	     /* all sightings */
	uint64_t *exe_count; /* by program, n_exe_count entries; the rest are 0 */
	size_t n_exe_count;
	struct sp_sighting first, last;
	bool lower_bound; /* it was also made uncounted */
	pid_t process;	  /* the one that made it first */
	bool several_processes;
};

struct sp_profile;

int sp_profile_new(struct sp_profile **ret);
struct sp_profile *sp_profile_free(struct sp_profile *profile);
static inline void sp_profile_freep(struct sp_profile **p)
{
	if (*p)
		(void)sp_profile_free(*p);
}

/*
 * Says which program a task runs from now on: at its birth and after each exec. path is copied;
 * an empty one counts as unknown, and so do those beyond the first 1024 different ones.
 */
int sp_profile_set_exe(struct sp_profile *profile, pid_t tid, const char *path);

/* Says of which process a thread is; of the first one when nobody says. */
int sp_profile_set_process(struct sp_profile *profile, pid_t tid, pid_t process);

/* Says what a task is called from now on; its sightings then tell. */
int sp_profile_set_comm(struct sp_profile *profile, pid_t tid, const char *comm);

/* The same, cheap enough to be said at every call, and of no effect for tasks nobody spoke of. */
void sp_profile_follow_comm(struct sp_profile *profile, pid_t tid, const char *comm);

/* The program of a task as last said; "?" when nobody said. Valid until the profile changes. */
const char *sp_profile_exe_of(const struct sp_profile *profile, pid_t tid);

/*
 * Takes one event in. Returns 1 when it was a call never seen before (the caller may then name
 * the task with sp_profile_name_first()), 0 when not, or -ENOMEM. Numbers that no ABI names are
 * kept up to SP_PROFILE_UNNAMED_MAX different ones, so that a program that tries every number
 * cannot fill the memory; what is beyond is counted by sp_profile_unnamed_lost().
 */
int sp_profile_observe(struct sp_profile *profile, const struct sp_event *event);
#define SP_PROFILE_UNNAMED_MAX 4096

/* Gives the comm of the first sighting of the call that sp_profile_observe() just returned 1 for.
 */
void sp_profile_name_first(struct sp_profile *profile, const char *comm);

/* What the run does from now on; sightings tell. */
void sp_profile_set_phase(struct sp_profile *profile, enum sp_phase phase);

/*
 * Takes in what an earlier run saw. The first two calls are for one (ABI, number) after another:
 * the call, made known if it was not, and then how often each program made it.
 */
struct sp_past_call {
	sp_abi abi;
	uint32_t nr;
	bool lower_bound;
	struct sp_sighting first, last; /* exe is not read */
	const char *first_exe, *last_exe;
};
int sp_profile_restore_call(struct sp_profile *profile, const struct sp_past_call *past);
int sp_profile_restore_count(struct sp_profile *profile, sp_abi abi, uint32_t nr, const char *exe,
			     uint64_t count);
void sp_profile_restore_tasks(struct sp_profile *profile, uint64_t processes, uint64_t threads);

/* Calls seen, ordered by ABI (native first), then name, unnamed ones by number at the end. */
size_t sp_profile_n_calls(const struct sp_profile *profile);
const struct sp_profile_call *sp_profile_call_at(struct sp_profile *profile, size_t i);

/* Programs seen, in order of appearance. */
size_t sp_profile_n_exes(const struct sp_profile *profile);
const char *sp_profile_exe(const struct sp_profile *profile, unsigned i);

/* The names seen, of all ABIs together: what a filter has to allow. */
void sp_profile_names(const struct sp_profile *profile, struct sp_sysset *ret);

/*
 * The ABIs that a filter must reckon with: the native one first, then every other of which a call
 * was seen. Writes at most size of them; returns how many there are.
 */
size_t sp_profile_abis(struct sp_profile *profile, sp_abi *ret, size_t size);
#define SP_PROFILE_ABIS_MAX 8

uint64_t sp_profile_unnamed_lost(const struct sp_profile *profile);

struct sp_profile_totals {
	uint64_t syscalls;     /* sightings */
	uint64_t processes;    /* started in all */
	uint64_t threads;      /* started in all, without the first one of each process */
	size_t live_processes; /* now */
	size_t live_threads;   /* now, without the first one of each process */
	int64_t last_new_ns;   /* when the newest (ABI, call) came first; -1 before any */
	const char *last_new;  /* its name or number; valid until the profile changes */
	uint64_t since_new;    /* sightings since then */
	int64_t last_event_ns;
};
void sp_profile_totals(const struct sp_profile *profile, struct sp_profile_totals *ret);
