/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What it costs to allow a call that nobody needs, and what a word costs. Whole numbers, so that
 * every machine weighs alike. The numbers and their reasons stand in risk.c, in one table.
 */

#include <stdbool.h>
#include <stdint.h>

#include "sysprofile/groups.h"

/* What kind of risk a call is that is allowed without being needed; rising. */
enum sp_risk_tier {
	SP_RISK_NONE,
	SP_RISK_SIBLING,
	SP_RISK_EVERYDAY,
	SP_RISK_HIGH_SIBLING,
	SP_RISK_PLAIN,
	SP_RISK_HIGH,
	_SP_RISK_MAX,
};

struct sp_risk_row {
	const char *name;
	uint16_t price; /* of one call; beside it stands the price of a word */
	const char *why;
};
/* A row for each tier. */
extern const struct sp_risk_row sp_risk_table[];

enum {
	/* What a reader pays for one more word in the text, unless the user says otherwise. */
	SP_WORD_PRICE = 40,
	/* The most that a user can say. */
	SP_WORD_PRICE_MAX = 10000,
};

/* -EINVAL when no tier is called so. */
int sp_risk_tier_from_name(const char *name);

/* The groups whose members are high risk, and why. */
struct sp_risk_group {
	const char *name;
	const char *why;
};
extern const struct sp_risk_group sp_risk_groups[];
extern const unsigned sp_risk_n_groups;

/* The members of the high-risk groups that this release has. */
void sp_risk_high(const struct sp_groups *groups, struct sp_sysset *ret);

/* The tier of each call, should it be allowed without being needed. */
struct sp_risks {
	uint8_t tier[SP_CALLS_MAX];
};

/*
 * Sorts the members of groups into tiers for a program that needs the calls in needed. A call of
 * a foreign ABI alone (chown32) is SP_RISK_NONE as long as needed holds no such call, unless
 * all_abis says that something else may: the result names the native ABI as the only one.
 */
void sp_risk_assess(const struct sp_groups *groups, const struct sp_sysset *needed, bool all_abis,
		    struct sp_risks *ret);
