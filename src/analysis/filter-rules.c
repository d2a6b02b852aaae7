/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter-private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sysprofile/util.h"

/*
 * The releases from first to last, both included; none said means from the first or for ever. Not
 * those from but_first to but_last: a point release may have a later one's repair.
 */
struct range {
	unsigned first, last, but_first, but_last;
};

#define UP_TO(major) SP_FILTER_VERSION(major, 999)

/* Rules without an entry hold in every release. */
static const struct range ranges[_SP_RULE_MAX] = {
	[SP_RULE_STRICT_DEFAULT] = { SP_FILTER_VERSION(237, 0), UP_TO(241) },
	[SP_RULE_WORD_ERRNO] = { .first = SP_FILTER_VERSION(236, 0) },
	[SP_RULE_WORD_KILL] = { .first = SP_FILTER_VERSION(247, 0) },
	[SP_RULE_PLAIN_ERRNO] = { .first = SP_FILTER_VERSION(248, 0) },
	[SP_RULE_ALLOW_ERRNO] = { .first = SP_FILTER_VERSION(248, 0) },
	[SP_RULE_SECOND_ERRNO] = { SP_FILTER_VERSION(236, 0), UP_TO(239) },
	[SP_RULE_QUOTES] = { .last = UP_TO(231) },
	[SP_RULE_BACKSLASH] = { .first = SP_FILTER_VERSION(232, 0) },
	[SP_RULE_ERROR_NUMBER_DIGITS] = { .first = SP_FILTER_VERSION(236, 0) },
	[SP_RULE_ERROR_NUMBER_KILL] = { .first = SP_FILTER_VERSION(247, 0) },
	[SP_RULE_ARCHITECTURES_LOCAL] = { .first = SP_FILTER_VERSION(248, 0) },
	[SP_RULE_BLOCKED_BARE] = { .first = SP_FILTER_VERSION(248, 0) },
	[SP_RULE_NATIVE_BY_NAME] = { SP_FILTER_VERSION(248, 0), SP_FILTER_VERSION(249, 4),
				     SP_FILTER_VERSION(248, 8), UP_TO(248) },
	[SP_RULE_UNKNOWN_ABI_KILLED] = { .last = UP_TO(232) },
	[SP_RULE_LOG] = { .first = SP_FILTER_VERSION(247, 0) },
	[SP_RULE_KILL_PROCESS] = { .first = SP_FILTER_VERSION(243, 0) },
	[SP_RULE_ENOSYS_UNKNOWN] = { .first = SP_FILTER_VERSION(255, 0) },
	[SP_RULE_ENOSYS_FOREIGN] = { .first = SP_FILTER_VERSION(255, 0) },
	[SP_RULE_ENOSYS_NESTED] = { .first = SP_FILTER_VERSION(255, 0) },
	[SP_RULE_WRITE_ADDED] = { .first = SP_FILTER_VERSION(256, 2) },
};

/* The point release stands in the label only: "252.39-1~deb12u1", or "sles15sp4 (249.17)". */
static unsigned point_release(const struct sp_groups *groups)
{
	const char *label = sp_groups_label(groups), *base = strchr(label, '(');
	char *end = NULL;
	unsigned long major = strtoul(base ? base + 1 : label, &end, 10);

	if (major != sp_groups_major(groups) || *end != '.')
		return 0;
	major = strtoul(end + 1, NULL, 10);
	return major < 999 ? (unsigned)major : 999;
}

unsigned sp_filter_version(const struct sp_groups *groups)
{
	return SP_FILTER_VERSION(sp_groups_major(groups), point_release(groups));
}

static bool holds_in(const struct range *range, unsigned version)
{
	if (version < range->first || version > (range->last ? range->last : UINT_MAX))
		return false;
	return !range->but_last || version < range->but_first || version > range->but_last;
}

void sp_filter_init_rules(struct sp_filter *filter)
{
	filter->version = sp_filter_version(filter->groups);
	for (size_t i = 0; i < _SP_RULE_MAX; i++)
		filter->rule[i] = holds_in(&ranges[i], filter->version);
}

bool sp_filter_wants_native_named(const struct sp_groups *groups)
{
	return holds_in(&ranges[SP_RULE_NATIVE_BY_NAME], sp_filter_version(groups));
}

void sp_filter_disable_rule(struct sp_filter *filter, enum sp_filter_rule rule)
{
	filter->rule[rule] = false;
}
