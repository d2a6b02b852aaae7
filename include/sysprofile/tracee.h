/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tasks that are traced right now, by thread id. Memory follows the number of live tasks. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sp_tracees;

int sp_tracees_new(struct sp_tracees **ret);
struct sp_tracees *sp_tracees_free(struct sp_tracees *tracees);

bool sp_tracees_contains(const struct sp_tracees *tracees, pid_t tid);

/* 0, also when it was there already; -ENOMEM. */
int sp_tracees_add(struct sp_tracees *tracees, pid_t tid);

/* Whether it was there. */
bool sp_tracees_remove(struct sp_tracees *tracees, pid_t tid);

size_t sp_tracees_count(const struct sp_tracees *tracees);

/* At most size ids, in no order that means anything; returns how many there are in all. */
size_t sp_tracees_list(const struct sp_tracees *tracees, pid_t *tids, size_t size);
