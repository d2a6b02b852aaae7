/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tables of a history, for the files that fill and print it. */

#include "sysprofile/hash.h"
#include "sysprofile/history.h"

/* Programs and names of tasks, each kept once: equal strings are equal pointers. */
struct sp_history_string {
	UT_hash_handle hh;
	char text[];
};

/* Hosts and programs of runs, which many runs have in common: equal values are one. */
struct sp_history_part {
	json_t *value; /* owned */
	char *text;    /* owned; what it is found by */
	UT_hash_handle hh;
};

struct sp_history_run_entry {
	struct sp_history_run pub;
	unsigned index;		       /* what sightings and counts say; never changes */
	unsigned rank;		       /* in the order of sp_history_run_at() */
	char key[SP_RUN_ID_SIZE + 24]; /* id and start */
	UT_hash_handle hh;
};

struct sp_history_key {
	sp_abi abi;
	uint32_t nr;
};

struct sp_history_entry {
	struct sp_history_call pub;
	struct sp_history_key key;
	size_t counts_size, tidy; /* room; how many are known to differ */
	UT_hash_handle hh;
};

struct sp_history {
	struct sp_history_string *strings;
	struct sp_history_part *parts;
	struct sp_history_run_entry *runs_by_key;
	struct sp_history_run_entry **runs, **sorted_runs; /* runs: by index */
	size_t n_runs, runs_size;
	bool runs_are_sorted;
	struct sp_history_entry *calls;
	struct sp_history_entry **sorted_calls; /* n_calls, or NULL when out of date */
	size_t n_calls;
	json_t *extra; /* members of the file that this version does not know */
};

/* The one copy of text; NULL: out of memory. */
const char *sp_history_intern(struct sp_history *history, const char *text);

/*
 * Takes in a run, or another state of one: one with the same id and start. Its object is copied as
 * far as it differs from others'. The index is for sightings and counts. 0 or -ENOMEM.
 */
int sp_history_put_run(struct sp_history *history, const struct sp_history_run *run,
		       unsigned *ret_index);

/* The call, made if need be; NULL: out of memory. */
struct sp_history_entry *sp_history_get_call(struct sp_history *history, sp_abi abi, uint32_t nr);

/* The greater of this and what is known of the run and program. exe is interned. */
int sp_history_put_count(struct sp_history_entry *entry, unsigned run, const char *exe,
			 uint64_t count);

/* Leaves each run and program once in a call. */
void sp_history_tidy(struct sp_history_entry *entry);

/* Takes in a first and a last sighting, whose strings are interned. 0 or -ENOMEM. */
int sp_history_put_sightings(struct sp_history *history, struct sp_history_entry *entry,
			     const struct sp_history_sighting *first,
			     const struct sp_history_sighting *last);

/* Of two names for one number the greater one, so that any order gives the same. */
int sp_history_put_name(struct sp_history *history, struct sp_history_entry *entry,
			const char *name);

/* Adds members of extra to *into; of two with one name, that with the greater text. */
int sp_history_join_extra(json_t **into, json_t *extra);

static inline void sp_json_freep(json_t **p)
{
	json_decref(*p);
}
