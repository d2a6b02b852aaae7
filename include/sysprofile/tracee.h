/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tasks that are traced right now, by thread id. Memory follows the number of live tasks. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sp_tracees;

struct sp_tracee {
	pid_t tid;
	/* Stops at entry and exit of every call, be there a filter of ours or not. */
	bool plain;
	/* Between an entry that was reported and its exit; of plain tasks only. */
	bool in_call;
	/* In an execve that may take the id of another task: execs.h. */
	bool in_exec;
	/* In a group-stop since its last call was seen. */
	bool was_stopped;
	/* PTRACE_INTERRUPT was asked for, and its stop has not come. */
	bool interrupted;
	/* Interrupted at the entry of the call that it is in. */
	bool begun_late;
	/* It ran before it was seized, and has not come to its first stop yet. */
	bool is_new;
};

int sp_tracees_new(struct sp_tracees **ret);
struct sp_tracees *sp_tracees_free(struct sp_tracees *tracees);

/* NULL when it is not there. Valid until it is removed. */
struct sp_tracee *sp_tracees_find(const struct sp_tracees *tracees, pid_t tid);

/* Finds it, or makes one whose other fields are zero. 0 or -ENOMEM. */
int sp_tracees_add(struct sp_tracees *tracees, pid_t tid, struct sp_tracee **ret);

/* Whether it was there. */
bool sp_tracees_remove(struct sp_tracees *tracees, pid_t tid);

/* The function must not add or remove any. */
void sp_tracees_foreach(const struct sp_tracees *tracees, void (*fn)(pid_t tid, void *userdata),
			void *userdata);

size_t sp_tracees_count(const struct sp_tracees *tracees);

/* At most size ids, in no order that means anything; returns how many there are in all. */
size_t sp_tracees_list(const struct sp_tracees *tracees, pid_t *tids, size_t size);
