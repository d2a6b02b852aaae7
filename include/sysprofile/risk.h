/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What it costs to allow a call that nobody needs, and what a word costs. Whole numbers (tenths),
 * so that every machine weighs alike.
 */

#include <stdbool.h>
#include <stdint.h>

#include "sysprofile/groups.h"

enum {
	SP_RISK_NONE = 0,    /* no program that the filter lets run can make this call */
	SP_RISK_SIBLING = 1, /* of what was seen: the next libc or input may well need it */
	SP_RISK_PLAIN = 10,  /* of no use to this program, and of little to an intruder */
	SP_RISK_HIGH = 200,  /* of much use to an intruder */
	SP_WORD_PRICE = 50,  /* what a reader pays for one more word in the text */
};

/* The groups whose members are high risk, and why. */
struct sp_risk_group {
	const char *name;
	const char *why;
};
extern const struct sp_risk_group sp_risk_groups[];
extern const unsigned sp_risk_n_groups;

/* The members of the high-risk groups that this release has. */
void sp_risk_high(const struct sp_groups *groups, struct sp_sysset *ret);

/* The price of each call, should it be allowed without being needed. */
struct sp_risks {
	uint16_t of[SP_CALLS_MAX];
};

/*
 * Prices the members of groups for a program that needs the calls in needed. A call of a foreign
 * ABI alone (chown32) is SP_RISK_NONE as long as needed holds no such call: the result then names
 * the native ABI as the only one.
 */
void sp_risk_assess(const struct sp_groups *groups, const struct sp_sysset *needed,
		    struct sp_risks *ret);
