/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The eleven rows of `systemd-analyze security` that a SystemCallFilter= decides: a row is won
 * when no call of its group is allowed (analyze-security.c).
 */

#include <stdbool.h>
#include <stddef.h>

#include "sysprofile/groups.h"

#define SP_SCORE_ROWS 11

struct sp_score_row {
	const char *group;	   /* "@mount"; static */
	bool won;		   /* also when the release has no such group */
	struct sp_sysset allowed;  /* the calls of the group that native programs may still make */
	struct sp_sysset observed; /* those of them that were seen, and so cost the row */
};

/* The names of the rows in the order of systemd-analyze. */
extern const char *const sp_score_groups[SP_SCORE_ROWS];

/* allowed: what the filter lets pass; observed: what was seen. rows has SP_SCORE_ROWS entries. */
void sp_score(const struct sp_groups *groups, const struct sp_sysset *allowed,
	      const struct sp_sysset *observed, struct sp_score_row *rows);

/*
 * What the rows cost of the ten points of `systemd-analyze security`, rounded by the weights of
 * v252: 0 for all won, up to about 1.6. A lost row of an allow-list costs nine tenths of its
 * weight.
 */
double sp_score_cost(const struct sp_score_row *rows, bool allow_list);
