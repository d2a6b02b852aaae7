/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The report on a run under a filter. */

#include <stdbool.h>
#include <stdio.h>

#include "sysprofile/refusals.h"

/* A call that systemd itself makes between the loading of the filter and the program. */
struct sp_need {
	const char *name;
	struct sp_verdict verdict;
};
#define SP_NEEDS_MAX 2

/* Those of them that the filter refuses; returns how many. */
size_t sp_needs_refused(const struct sp_filter *filter, struct sp_need ret[static SP_NEEDS_MAX]);

struct sp_verification {
	struct sp_refusals *refusals; /* borrowed */
	struct sp_need needs[SP_NEEDS_MAX];
	size_t n_needs;
	const char *release; /* whose rules were taken; borrowed */
	unsigned major;
	bool enforced; /* the kernel had the filter */
	bool started;  /* the command came to its first instruction */
	int status;    /* of the command, as wait(2) gives it; -1: not known */
};

/* Whether the filter refuses nothing of all this. */
bool sp_verification_holds(const struct sp_verification *verification);

/*
 * For people: a paragraph for each call that is refused, one for each that is only logged, nothing
 * when there is none. Errors of f are the caller's.
 */
void sp_verification_print(const struct sp_verification *verification, FILE *f);

/* The parts of it. "refused with EPERM", "kills the process". */
void sp_verification_print_action(const struct sp_verdict *verdict, FILE *f);
/* ", because of @mount (FILE:3)" */
void sp_verification_print_reason(const struct sp_verdict *verdict, sp_abi abi, FILE *f);
/* That systemd itself makes the call; the same with the call, when nobody else makes it. */
void sp_verification_print_need(const struct sp_need *need, unsigned major, FILE *f);
void sp_verification_print_lone_need(const struct sp_need *need, unsigned major, FILE *f);

/* One JSON object; sysprofile(1) has its members. 0 or -ENOMEM; errors of f are the caller's. */
int sp_verification_print_json(const struct sp_verification *verification, FILE *f);
