/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From the model of a filter to programs that the kernel runs (seccomp(2)): one for each ABI of
 * this machine, compiled by libseccomp from the model's own verdicts. What other directives refuse
 * whatever the arguments are is in the same programs.
 */

#include <linux/filter.h>
#include <stddef.h>

#include "sysprofile/directives.h"
#include "sysprofile/filter.h"

/* The ABIs of one machine, and one program for all others. */
#define SP_ENFORCEMENT_MAX 8

/*
 * Load them in this order: the native ABI's comes last, so that none of the loading is refused by
 * what is loaded already.
 */
struct sp_enforcement {
	struct sock_fprog programs[SP_ENFORCEMENT_MAX]; /* each filter owned */
	size_t n;					/* 0: nothing is refused */
};

/*
 * directives may be NULL, *ret must be all zero. 0; -ENOMEM; -EINVAL for what libseccomp cannot
 * hold (an errno of 4095), with which systemd does not start the unit either; other negative errno
 * of libseccomp.
 */
int sp_enforcement_compile(const struct sp_filter *filter, const struct sp_directives *directives,
			   struct sp_enforcement *ret);
void sp_enforcement_done(struct sp_enforcement *enforcement);
