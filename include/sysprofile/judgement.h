/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a filter would do to the calls that runs have made before, and who made them. */

#include <stdbool.h>
#include <stdio.h>

#include "sysprofile/history.h"
#include "sysprofile/verification.h"

struct sp_judged_call {
	const struct sp_history_call *call; /* of the history */
	struct sp_verdict verdict;	    /* of the filter; never one that simply allows */
};

struct sp_judgement {
	struct sp_history *history; /* borrowed */
	struct sp_judged_call *v;   /* owned; refused or logged; in the order of the history */
	size_t n, n_made;	    /* of so many that were made */
	struct sp_need needs[SP_NEEDS_MAX];
	size_t n_needs;
	const char *release; /* whose rules were taken; borrowed */
	unsigned major;
};
void sp_judgement_done(struct sp_judgement *judgement);

/*
 * Judges each call by its ABI and number. What was only assumed was not made. Of socketcall(2) and
 * ipc(2) nobody knows what was behind. directives may be NULL; release and major are left to the
 * caller. 0 or -ENOMEM; history must not change as long as *ret is used.
 */
int sp_judgement_make(struct sp_history *history, const struct sp_filter *filter,
		      const struct sp_directives *directives, struct sp_judgement *ret);

/* How many calls are refused, as opposed to logged. */
size_t sp_judgement_refused(const struct sp_judgement *judgement);

/* Whether the filter refuses nothing of what was made, nor what systemd needs. */
bool sp_judgement_holds(const struct sp_judgement *judgement);

/* As those of a verification: for people, and as one JSON object (0 or -ENOMEM). */
void sp_judgement_print(const struct sp_judgement *judgement, FILE *f);
int sp_judgement_print_json(const struct sp_judgement *judgement, FILE *f);
