/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sysprofile/util.h"

/* __X32_SYSCALL_BIT of <asm/unistd.h>, which other architectures do not define. */
#define X32_BIT 0x40000000u

static enum sp_action kill_action(const struct sp_filter *filter)
{
	return filter->rule[SP_RULE_KILL_PROCESS] ? SP_ACTION_KILL_PROCESS : SP_ACTION_KILL_THREAD;
}

enum sp_action sp_filter_negative_action(const struct sp_filter *filter, int *err)
{
	if (filter->err == SP_FILTER_KILL)
		return kill_action(filter);
	*err = filter->err;
	return SP_ACTION_ERRNO;
}

enum sp_action sp_filter_listed_action(const struct sp_filter *filter, sp_call call, int *err)
{
	int own = SP_FILTER_NO_ERRNO;

	if (sp_sysset_contains(&filter->calls.listed, call))
		own = filter->calls.err[call];
	if (own == SP_FILTER_KILL)
		return kill_action(filter);
	/* Up to v247 an allow-list kept the errno of a word and did not use it. */
	if (own != SP_FILTER_NO_ERRNO &&
	    !(filter->calls.allow_list && !filter->rule[SP_RULE_ALLOW_ERRNO])) {
		*err = own;
		return SP_ACTION_ERRNO;
	}
	if (filter->calls.allow_list)
		return SP_ACTION_ALLOW;
	return sp_filter_negative_action(filter, err);
}

bool sp_filter_map_allows(const struct sp_filter *filter, const struct sp_filter_map *map,
			  sp_call call)
{
	const bool listed = sp_sysset_contains(&map->listed, call);

	if (!map->fixed)
		return true;
	if (!listed || !map->allow_list)
		return listed == map->allow_list;
	return map->err[call] == SP_FILTER_NO_ERRNO ||
	       (map->err[call] != SP_FILTER_KILL && !filter->rule[SP_RULE_ALLOW_ERRNO]);
}

bool sp_filter_is_listed(const struct sp_filter *filter, sp_call call)
{
	/*
	 * systemd tells the service manager of the hand-over to the program by write(2), when the
	 * filter is in force already; so it adds the call to an allow-list, or takes it off a
	 * deny-list.
	 */
	if (call == filter->write && filter->rule[SP_RULE_WRITE_ADDED] && filter->calls.fixed)
		return filter->calls.allow_list;
	return sp_sysset_contains(&filter->calls.listed, call);
}

bool sp_filter_is_allow_list(const struct sp_filter *filter)
{
	return filter->calls.allow_list;
}

bool sp_filter_is_active(const struct sp_filter *filter)
{
	if (!filter->calls.fixed)
		return false;
	if (filter->calls.allow_list || !filter->rule[SP_RULE_EMPTY_DENY])
		return true;
	sp_sysset_foreach (call, &filter->calls.listed)
		if (sp_filter_is_listed(filter, (sp_call)call))
			return true;
	return false;
}

static bool is_local(sp_abi abi)
{
	for (const sp_abi *p = sp_abi_local(); *p; p++)
		if (*p == abi)
			return true;
	return false;
}

static bool is_abi_left_out(const struct sp_filter *filter, sp_abi abi)
{
	if (abi == sp_abi_native() && filter->rule[SP_RULE_NATIVE_NEVER_BLOCKED])
		return false;
	for (size_t i = 0; i < filter->n_abis; i++)
		if (filter->abis[i] == abi)
			return false;
	return true;
}

/* SystemCallArchitectures=: a filter without rules, which libseccomp ends with a killed thread. */
bool sp_filter_blocks_abi(const struct sp_filter *filter, sp_abi abi)
{
	if (filter->n_abis == 0 || !filter->rule[SP_RULE_ARCHITECTURES])
		return false;
	if (is_local(abi) || !filter->rule[SP_RULE_ARCHITECTURES_LOCAL])
		return is_abi_left_out(filter, abi);
	/* It is installed when it keeps one of the local ABIs out, and knows no others. */
	for (const sp_abi *p = sp_abi_local(); *p; p++)
		if (is_abi_left_out(filter, *p))
			return true;
	return false;
}

bool sp_filter_lost_native(const struct sp_filter *filter)
{
	return filter->rule[SP_RULE_NATIVE_BY_NAME] && filter->n_abis > 0 && !filter->native_named;
}

static bool has_filter(const struct sp_filter *filter, sp_abi abi)
{
	/* It was struck off the list of ABIs, though libseccomp keeps the native one in. */
	if (abi == sp_abi_native() && sp_filter_lost_native(filter))
		return false;
	return abi == sp_abi_native() || (is_local(abi) && filter->rule[SP_RULE_FOREIGN_BY_NAME]);
}

static void blame(struct sp_verdict *verdict, const struct sp_filter_word *word)
{
	if (!word)
		return;
	verdict->word = word->text;
	verdict->file = word->file;
	verdict->line = word->line;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_direct_member(const struct sp_group *group, sp_call call)
{
	const char *name = sp_call_name(call);

	return bsearch(&name, group->members, group->n_members, sizeof(name), compare_names);
}

/*
 * From v255 on an allow-list answers ENOSYS by default, so that a libc falls back from calls that
 * are newer than systemd, and the real refusal is a rule for each call of @known; a rule is made
 * for calls with a native number only, and @obsolete inside @known is taken for a call's name.
 */
static bool is_unknown_to_release(const struct sp_filter *filter, const sp_call *call)
{
	const struct sp_group *known;
	uint32_t nr;

	if (!filter->rule[SP_RULE_ENOSYS_UNKNOWN])
		return false;
	known = sp_groups_find(filter->groups, "@known");
	if (!call || !known || !sp_sysset_contains(&known->set, *call))
		return true;
	if (filter->rule[SP_RULE_ENOSYS_NESTED] && !is_direct_member(known, *call))
		return true;
	return filter->rule[SP_RULE_ENOSYS_FOREIGN] &&
	       sp_call_number(*call, sp_abi_native(), &nr) < 0;
}

/* The answer of the filter of SystemCallFilter=; call is NULL for a number without a name. */
static struct sp_verdict ask_main(const struct sp_filter *filter, sp_abi abi, const sp_call *call)
{
	struct sp_verdict verdict = { .action = SP_ACTION_ALLOW };

	if (!sp_filter_is_active(filter))
		return verdict;
	if (!has_filter(filter, abi)) {
		if (filter->rule[SP_RULE_UNKNOWN_ABI_KILLED])
			verdict.action = SP_ACTION_KILL_THREAD;
		return verdict;
	}
	if (call)
		blame(&verdict, filter->calls.writer[*call]);
	if (call && sp_filter_is_listed(filter, *call)) {
		/* write(2) as systemd itself adds it stands in no line. */
		if (!sp_sysset_contains(&filter->calls.listed, *call))
			return (struct sp_verdict){ .action = SP_ACTION_ALLOW };
		verdict.action = sp_filter_listed_action(filter, *call, &verdict.err);
	} else if (filter->calls.allow_list && is_unknown_to_release(filter, call)) {
		verdict.action = SP_ACTION_ERRNO;
		verdict.err = ENOSYS;
	} else if (filter->calls.allow_list) {
		verdict.action = sp_filter_negative_action(filter, &verdict.err);
	}
	return verdict;
}

static struct sp_verdict ask_log(const struct sp_filter *filter, sp_abi abi, const sp_call *call)
{
	const struct sp_filter_map *map = &filter->log;
	struct sp_verdict verdict = { .action = SP_ACTION_ALLOW };
	bool listed = call && sp_sysset_contains(&map->listed, *call);

	/* Plain: these alone; inverted: all but these, but nothing for an empty list of these. */
	if (!map->fixed || !has_filter(filter, abi) || sp_sysset_is_empty(&map->listed))
		return verdict;
	if (listed == map->allow_list) {
		verdict.action = SP_ACTION_LOG;
		if (call)
			blame(&verdict, map->writer[*call]);
	}
	return verdict;
}

typedef struct sp_verdict ask_fn(const struct sp_filter *filter, sp_abi abi, const sp_call *call);

/*
 * Of an entrance to many calls and the one behind it, the entrance's own rule holds, whatever the
 * order; a rule is made only where it says something else than what is said of all other numbers.
 */
static struct sp_verdict ask_both(ask_fn *ask, const struct sp_filter *filter, sp_abi abi,
				  const sp_call *call, const sp_call *behind)
{
	const struct sp_verdict own = ask(filter, abi, call);
	struct sp_verdict other;

	if (!behind)
		return own;
	other = ask(filter, abi, NULL);
	return own.action == other.action && own.err == other.err ? ask(filter, abi, behind) : own;
}

void sp_filter_verdict_of_call(const struct sp_filter *filter, sp_abi abi, const sp_call *call,
			       struct sp_verdict *ret)
{
	sp_filter_verdict_behind(filter, abi, call, NULL, ret);
}

void sp_filter_verdict_behind(const struct sp_filter *filter, sp_abi abi, const sp_call *call,
			      const sp_call *behind, struct sp_verdict *ret)
{
	struct sp_verdict verdict = ask_both(ask_main, filter, abi, call, behind);
	struct sp_verdict log = ask_both(ask_log, filter, abi, call, behind);

	/* Each directive is a filter of its own and the kernel takes the most severe answer. */
	if (log.action > verdict.action || !filter->rule[SP_RULE_MOST_SEVERE])
		verdict = log;
	if (sp_filter_blocks_abi(filter, abi) &&
	    (verdict.action < SP_ACTION_KILL_THREAD || filter->rule[SP_RULE_BLOCKED_BARE])) {
		verdict = (struct sp_verdict){ .action = SP_ACTION_KILL_THREAD };
		blame(&verdict, filter->architectures);
	}
	*ret = verdict;
}

static void ask_number(const struct sp_filter *filter, sp_abi abi, uint64_t nr,
		       const uint64_t *first, struct sp_verdict *ret)
{
	sp_call call, behind;
	bool named, through;

	/* seccomp_data has an int, and libseccomp takes everything above bit 30 but -1 for x32. */
	nr = (uint32_t)nr;
	if (abi == sp_abi_from_name("x86-64") && nr >= X32_BIT && nr != UINT32_MAX)
		abi = sp_abi_from_name("x32");
	named = sp_call_from_number(abi, nr, &call) == 0;
	through = named && first && sp_call_behind(call, abi, (uint32_t)*first, &behind) == 0;
	sp_filter_verdict_behind(filter, abi, named ? &call : NULL, through ? &behind : NULL, ret);
}

void sp_filter_verdict(const struct sp_filter *filter, sp_abi abi, uint64_t nr,
		       struct sp_verdict *ret)
{
	ask_number(filter, abi, nr, NULL, ret);
}

void sp_filter_verdict_with(const struct sp_filter *filter, sp_abi abi, uint64_t nr, uint64_t first,
			    struct sp_verdict *ret)
{
	ask_number(filter, abi, nr, &first, ret);
}

static bool passes_with(const struct sp_filter *filter, sp_abi abi, uint64_t nr, uint64_t first)
{
	struct sp_verdict verdict;

	sp_filter_verdict_with(filter, abi, nr, first, &verdict);
	switch (verdict.action) {
	case SP_ACTION_ALLOW:
	case SP_ACTION_LOG:
		return true;
	case SP_ACTION_ERRNO:
	case SP_ACTION_KILL_THREAD:
	case SP_ACTION_KILL_PROCESS:
	case _SP_ACTION_MAX:
		break;
	}
	return false;
}

bool sp_filter_passes(const struct sp_filter *filter, sp_abi abi, uint64_t nr)
{
	sp_call call, behind;

	if (!passes_with(filter, abi, nr, 0))
		return false;
	if (sp_call_from_number(abi, nr, &call) < 0)
		return true;
	for (uint32_t first = 1; first <= SP_CALL_BEHIND_LAST; first++)
		if (sp_call_behind(call, abi, first, &behind) == 0 &&
		    !passes_with(filter, abi, nr, first))
			return false;
	return true;
}
