/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the kernel does with seccomp filters (seccomp(2)), in user space: classic BPF over a struct
 * seccomp_data, and the answer of several filters together.
 */

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_program {
	struct sock_filter code[BPF_MAXINSNS];
	size_t n;
};

/*
 * Runs one program; the kernel's SECCOMP_RET_* with its data. 0 or -EINVAL for what the kernel
 * would not have taken as a filter.
 */
int bpf_run(const struct bpf_program *program, const struct seccomp_data *data, uint32_t *ret);

/* The same of n instructions; each is shown to step, unless that is NULL, before it is run. */
int bpf_run_steps(const struct sock_filter *code, size_t n, const struct seccomp_data *data,
		  void (*step)(const struct sock_filter *ins, void *userdata), void *userdata,
		  uint32_t *ret);

/*
 * What a task with these programs gets, the one that was installed first in front: the most severe
 * action, and among equals that of the newest. Without any program SECCOMP_RET_ALLOW.
 *
 * ret_looked, which may be NULL: whether a program looked at an argument on its way to the answer.
 * If none did, it is the answer whatever the arguments are.
 */
int bpf_run_all(const struct bpf_program *programs, size_t n, const struct seccomp_data *data,
		uint32_t *ret, bool *ret_looked);
