/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What many runs know together, as sysprofile-profile(5) keeps it: the runs, and per (ABI, number)
 * how often each of them made the call and who did so first and last. Joining two histories is
 * associative, commutative and idempotent, since every part of it is: runs are told apart by their
 * ids and counted once, of two states of one run the longer one is kept, and of counts of one run
 * the greater. Memory grows with the runs and with what each of them called.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sysprofile/profile.h"
#include "sysprofile/util.h"

/* How a call came to be known; bits. */
enum {
	SP_ORIGIN_SEEN = 1,	/* a tracer of ours stopped it */
	SP_ORIGIN_ASSUMED = 2,	/* the user said so */
	SP_ORIGIN_IMPORTED = 4, /* from what another program wrote */
};
#define SP_ORIGINS 3

/* "seen", "assumed", "imported" for the bit 1u << i, i below SP_ORIGINS. */
const char *sp_origin_name(unsigned i);

#define SP_RUN_ID_SIZE 33 /* 32 hexadecimal digits */

/* A run as the profile file holds it; object has all of its members, and is not to be changed. */
struct sp_history_run {
	char id[SP_RUN_ID_SIZE];
	int64_t start_usec;    /* CLOCK_REALTIME, when it began */
	int64_t duration_usec; /* until now, or its end */
	json_t *object;	       /* owned by the history */
};

/* Strings are borrowed from the history, here and below. */
struct sp_history_sighting {
	unsigned run;
	int64_t time_usec; /* from the start of that run */
	enum sp_phase phase;
	pid_t pid;
	const char *comm; /* NULL when nobody knows */
	const char *exe;
	json_t *extra; /* members that this version does not know; NULL for none */
};

struct sp_history_count {
	unsigned run;
	const char *exe;
	uint64_t count; /* at most INT64_MAX, which JSON holds */
};

struct sp_history_call {
	sp_abi abi;
	uint32_t nr;
	const char *name; /* NULL when nobody has one for it */
	unsigned origins;
	bool lower_bound;	/* some run let it pass uncounted */
	bool several_processes; /* made it in one of the runs, or nobody knows */
	bool sighted;		/* whether first and last mean anything */
	struct sp_history_sighting first, last;
	struct sp_history_count *counts; /* each run and program once, in no order */
	size_t n_counts;
	json_t *extra;
};

struct sp_history;

int sp_history_new(struct sp_history **ret);
struct sp_history *sp_history_free(struct sp_history *history);
static inline void sp_history_freep(struct sp_history **p)
{
	if (*p)
		(void)sp_history_free(*p);
}

/* Runs in order of their start; the order changes when one is added. */
size_t sp_history_n_runs(struct sp_history *history);
const struct sp_history_run *sp_history_run_at(struct sp_history *history, size_t i);

/* The run that a sighting or a count names. */
const struct sp_history_run *sp_history_run_of(const struct sp_history *history, unsigned run);

/* Calls, ordered by ABI and number. Valid until the history changes. */
size_t sp_history_n_calls(const struct sp_history *history);
const struct sp_history_call *sp_history_call_at(struct sp_history *history, size_t i);
const struct sp_history_call *sp_history_find(struct sp_history *history, sp_abi abi, uint32_t nr);

/* Whether one process alone made it, as far as all runs have counted. */
bool sp_history_in_one_process(const struct sp_history_call *call);

/* All sightings of a call; adds up without wrapping around. */
uint64_t sp_history_total(const struct sp_history_call *call);

/* All runs together. */
int64_t sp_history_duration_ns(const struct sp_history *history); /* at most INT64_MAX */
uint64_t sp_history_processes(const struct sp_history *history);
unsigned sp_history_exercised(const struct sp_history *history); /* bits SP_EXERCISE_ */
bool sp_history_startup_seen(const struct sp_history *history);	 /* of any of them */

/* Adds each warning of any run that is not in *ret. 0 or -ENOMEM. */
int sp_history_warnings(const struct sp_history *history, struct sp_words *ret);
/* Whether each run came when the program ran already; an imported log may begin anywhere. */
bool sp_history_start_missing(const struct sp_history *h);

/* How many runs have that warning. */
size_t sp_history_warned(const struct sp_history *history, const char *sentence);

/* Takes in all that from knows. -ENOMEM: into may hold a part of it. */
int sp_history_join(struct sp_history *into, const struct sp_history *from);

/* What a history is told of a run that is going on, or has ended. Strings are borrowed. */
struct sp_run_record {
	char id[SP_RUN_ID_SIZE];
	int64_t start_usec, duration_usec;
	const char *source; /* "launch", "import" */
	const char *engine;
	bool startup_seen;
	char *const *argv; /* NULL at the end */
	const char *exe, *build_id;
	const char *host, *kernel, *machine, *libc, *systemd, *libseccomp;
	const struct sp_words *warnings;
	unsigned exercised; /* bits SP_EXERCISE_ */
	unsigned origin;    /* of the calls of profile */
	/* Let pass uncounted, if the history knows them: their counts are lower bounds. */
	const struct sp_abi_number *passed;
	size_t n_passed;
	struct sp_sysset assumed; /* by name, for the native ABI */
};

/* A new random id. 0 or negative errno. */
int sp_run_id_new(char ret[static SP_RUN_ID_SIZE]);

/*
 * Takes in a run as it stands now; an earlier state of it is replaced. 0 or -ENOMEM.
 */
int sp_history_add_run(struct sp_history *history, const struct sp_run_record *record,
		       struct sp_profile *profile);

/* Takes in what the user assumes, by name, for the native ABI. 0 or -ENOMEM. */
int sp_history_assume(struct sp_history *history, const struct sp_sysset *assumed);

/*
 * Adds what was seen or imported to a profile, as if its runs had been one, and what was only
 * assumed to *assumed. profile should be new: what it knows already keeps its first sighting.
 */
int sp_history_fill(struct sp_history *history, struct sp_profile *profile,
		    struct sp_sysset *assumed);

/* Which hosts made which calls. */
struct sp_hosts {
	const char **names; /* owned; the strings are the history's */
	size_t n;
	unsigned *of_run; /* owned; an index of names for each run */
};

/* 0 or -ENOMEM; sp_hosts_done() frees. Runs that name no host are all of one, "?". */
int sp_hosts_list(struct sp_history *history, struct sp_hosts *ret);
void sp_hosts_done(struct sp_hosts *hosts);

/*
 * On how many of them the call was counted; the name of one of these in *ret_one, NULL for none.
 * marks: room for n, all zero before and after.
 */
size_t sp_hosts_of_call(const struct sp_hosts *hosts, const struct sp_history_call *call,
			bool *marks, const char **ret_one);
