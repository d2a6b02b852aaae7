/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who descends from whom, as proc(5) shows it at one moment. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sp_kin {
	pid_t pid, parent;
	uint64_t start; /* clock ticks since boot: with pid, this process and no later one */
	char state;	/* 'R', 'S', 'Z', ... as proc_pid_stat(5) has it */
	bool is_kernel; /* a thread of the kernel, or one of io_uring's workers: makes no calls */
};

/* The processes of /proc, in the order of their ids; the caller frees. 0 or negative errno. */
int sp_kin_read(struct sp_kin **ret, size_t *ret_n);

/* One task. -ESRCH: it is gone. */
int sp_kin_of(pid_t pid, struct sp_kin *ret);

/* The one with that id among n in the order of their ids; NULL when it is not there. */
const struct sp_kin *sp_kin_find(const struct sp_kin *kin, size_t n, pid_t pid);

/* The threads of a process, in no order; the caller frees. 0 or negative errno. */
int sp_kin_threads(pid_t pid, pid_t **ret, size_t *ret_n);
