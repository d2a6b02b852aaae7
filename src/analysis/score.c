/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/score.h"

#include "sysprofile/util.h"

const char *const sp_score_groups[SP_SCORE_ROWS] = {
	"@clock",      "@cpu-emulation", "@debug",  "@module",	  "@mount", "@obsolete",
	"@privileged", "@raw-io",	 "@reboot", "@resources", "@swap",
};

/* systemd-analyze skips the names that the native ABI lacks (chown32), so they cost nothing. */
static void keep_native(struct sp_sysset *set)
{
	struct sp_sysset all = *set;
	uint32_t nr;

	sp_sysset_foreach (c, &all)
		if (sp_call_number((sp_call)c, sp_abi_native(), &nr) < 0)
			sp_sysset_remove(set, (sp_call)c);
}

void sp_score(const struct sp_groups *groups, const struct sp_sysset *allowed,
	      const struct sp_sysset *observed, struct sp_score_row *rows)
{
	for (size_t i = 0; i < SP_SCORE_ROWS; i++) {
		const struct sp_group *g = sp_groups_find(groups, sp_score_groups[i]);
		struct sp_score_row *row = &rows[i];

		*row = (struct sp_score_row){ .group = sp_score_groups[i] };
		if (g) {
			row->allowed = g->set;
			sp_sysset_intersect(&row->allowed, allowed);
			keep_native(&row->allowed);
		}
		row->won = sp_sysset_is_empty(&row->allowed);
		row->observed = row->allowed;
		sp_sysset_intersect(&row->observed, observed);
	}
}

double sp_score_cost(const struct sp_score_row *rows, bool allow_list)
{
	/* The weights of analyze-security.c, and their sum over all its rows, which hardly moves.
	 */
	static const struct {
		const char *group;
		unsigned weight;
	} lesser[] = {
		{ "@privileged", 700 },
		{ "@resources", 700 },
		{ "@obsolete", 250 },
		{ "@cpu-emulation", 250 },
	};
	const double all_weights = 56435, points = 10, badness = allow_list ? 0.9 : 1;
	double cost = 0;

	for (size_t i = 0; i < SP_SCORE_ROWS; i++) {
		unsigned weight = 1000;

		for (size_t j = 0; j < SP_ARRAY_SIZE(lesser); j++)
			if (sp_streq(rows[i].group, lesser[j].group))
				weight = lesser[j].weight;
		if (!rows[i].won)
			cost += weight * badness * points / all_weights;
	}
	return cost;
}
