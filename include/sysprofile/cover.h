/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From the calls that are needed to the words that say them: a pure function of its arguments,
 * without clock, files or globals. Equal input gives equal words.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sysprofile/groups.h"
#include "sysprofile/util.h"

enum sp_style {
	SP_STYLE_GROUPS, /* few words, little risk */
	SP_STYLE_EXACT,	 /* nothing but what is needed and the implicit @default */
	SP_STYLE_DENY,	 /* a deny-list of groups of which nothing is needed */
	_SP_STYLE_MAX,
};

/* "groups", "exact", "deny". */
const char *sp_style_name(enum sp_style style);
/* -EINVAL when no style is called so. */
int sp_style_from_name(const char *name);

/*
 * Three lines at the most: allow, then deny, then allow again. systemd keeps no reference counts
 * (the last line that names a call wins), so a denied group also takes away what another group
 * allowed, and the third line gives back what is needed. SP_STYLE_DENY has no first line, and the
 * third one for headroom alone.
 */
struct sp_text {
	struct sp_words allow;
	struct sp_words deny;
	struct sp_words again;
};

void sp_text_done(struct sp_text *text);

/*
 * Adds execve and write: systemd itself calls them between the loading of the filter and the
 * program (execve(2) always, write(2) for Type=exec and from v256 on for all). 0 or -ENOMEM.
 */
int sp_cover_add_systemd_calls(struct sp_sysset *needed);

/* On what terms words are to be found. All zero: style groups at the default prices. */
struct sp_cover_terms {
	enum sp_style style;
	unsigned word_price; /* 1 to SP_WORD_PRICE_MAX; 0: SP_WORD_PRICE */
	/*
	 * Calls of foreign ABIs count like others. Otherwise, and unless one of them is needed,
	 * they are allowed or not as it comes: SystemCallArchitectures=native keeps them out.
	 */
	bool all_abis;
	/*
	 * Besides, refuse the high-risk groups of which nothing is needed, also where no word
	 * allows them. Not with SP_STYLE_DENY, which has them anyway.
	 */
	bool explicit_deny;
	/*
	 * What the text shall let pass too; borrowed; NULL: nothing. It does not count for what
	 * other calls cost: a group that only headroom is in is as far from what was seen as
	 * before.
	 */
	const struct sp_sysset *headroom;
	/* By enum sp_risk_tier; borrowed; NULL: those of sp_risk_table. For experiments. */
	const uint16_t *tier_prices;
	/* Where the search ends; 0: SP_COVER_NODES_MAX. */
	uint64_t nodes_max;
};

/*
 * The search is counted in nodes, not in time, so that equal input gives equal words on every
 * machine. The table of no release takes more than a hundredth of this.
 */
enum { SP_COVER_NODES_MAX = 1 << 20 };

/*
 * What the text costs, in the prices of risk.h: where cost equals bound, no text on these terms
 * costs less, and of those that cost as much it has the fewest words. What explicit_deny added is
 * not in it.
 */
struct sp_cover_proof {
	uint64_t cost;	/* of what is allowed without being needed, and of the words */
	uint64_t bound; /* no text costs less */
	uint64_t nodes; /* how much was looked at */
};

/*
 * needed: the names seen; those that libseccomp does not know cannot be said in words and are
 * left out. What systemd itself calls is added.
 * *ret must be all zero. ret_proof may be NULL. 0 or -ENOMEM.
 */
int sp_cover(const struct sp_groups *groups, const struct sp_cover_terms *terms,
	     const struct sp_sysset *needed, struct sp_text *ret, struct sp_cover_proof *ret_proof);

/*
 * The fewest words whose effect is exactly the set listed: what an allow-list lets pass, or what a
 * deny-list refuses. all_abis as in the terms. 1; 0, and no text, when no words say that (an
 * allow-list without all of @default, or a call that libseccomp does not know); or -ENOMEM.
 * *ret must be all zero.
 */
int sp_cover_reword(const struct sp_groups *groups, bool allow_list, const struct sp_sysset *listed,
		    bool all_abis, struct sp_text *ret, struct sp_cover_proof *ret_proof);

/*
 * The set of calls that text lets pass under the rules of systemd (allow styles), or refuses
 * (SP_STYLE_DENY); names unknown to libseccomp have no effect.
 */
void sp_text_effect(const struct sp_groups *groups, enum sp_style style, const struct sp_text *text,
		    struct sp_sysset *ret);
