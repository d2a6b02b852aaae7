/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/risk.h"

#include <errno.h>

#include "sysprofile/util.h"

/*
 * Prices stand beside that of a word, SP_WORD_PRICE: the text has one word more when that keeps
 * out calls that are dearer together. A word is worth three calls of a group that is not needed or
 * five high-risk siblings: dearer, and texts allow more than the experiment of HACKING.md asks for;
 * cheaper, and daemons begin to miss calls.
 */
const struct sp_risk_row sp_risk_table[_SP_RISK_MAX] = {
	[SP_RISK_NONE] = { "none", 0, "no program that the filter lets run can make this call" },
	[SP_RISK_SIBLING] = { "sibling", 1,
			      "of a group of which something is needed: another libc, input or "
			      "setting may well need it, and it lets an intruder do nothing new" },
	[SP_RISK_EVERYDAY] = { "everyday", 1,
			       "of @system-service and of no smaller group (ioctl, madvise, "
			       "umask), or of @sync: programs of every kind come to need such "
			       "calls" },
	[SP_RISK_HIGH_SIBLING] = { "high-sibling", 8,
				   "high risk, but an everyday call of the very group of which "
				   "another is needed (chown beside setuid): often the next to be "
				   "needed, and what it lets an intruder do is much the same" },
	[SP_RISK_PLAIN] = { "plain", 15,
			    "of a group that is not needed: more of the kernel for an intruder to "
			    "try, and seldom missed" },
	[SP_RISK_HIGH] = { "high", 200, "of much use to an intruder: sp_risk_groups tells why" },
};

const struct sp_risk_group sp_risk_groups[] = {
	{ "@clock", "a wrong clock breaks certificates, logs and expiry for the whole machine" },
	{ "@cpu-emulation", "rarely used kernel code with a history of holes" },
	{ "@debug", "reads and steers other processes" },
	{ "@module", "code in the kernel" },
	{ "@mount", "rearranges the file tree that other protections rest on" },
	{ "@obsolete", "kernel code that nobody uses or tests any more" },
	{ "@privileged", "what only root may do, and hence what root should not be led to" },
	{ "@raw-io", "hardware behind the kernel's back" },
	{ "@reboot", "stops the machine or replaces its kernel" },
	{ "@resources", "takes processor and memory from everyone else" },
	{ "@swap", "moves memory to where others may read it" },
};
const unsigned sp_risk_n_groups = SP_ARRAY_SIZE(sp_risk_groups);

int sp_risk_tier_from_name(const char *name)
{
	for (int i = 0; i < _SP_RISK_MAX; i++)
		if (sp_streq(sp_risk_table[i].name, name))
			return i;
	return -EINVAL;
}

/* Groups that are too wide to make their members siblings of each other. */
static bool is_family(const char *name)
{
	static const char *const wide[] = { "@default", "@known", "@privileged",
					    "@system-service" };

	for (size_t i = 0; i < SP_ARRAY_SIZE(wide); i++)
		if (sp_streq(name, wide[i]))
			return false;
	return true;
}

void sp_risk_high(const struct sp_groups *groups, struct sp_sysset *ret)
{
	*ret = (struct sp_sysset){};
	for (size_t i = 0; i < sp_risk_n_groups; i++) {
		const struct sp_group *g = sp_groups_find(groups, sp_risk_groups[i].name);

		if (g)
			sp_sysset_unite(ret, &g->set);
	}
}

static bool is_native(sp_call call)
{
	uint32_t nr;

	return sp_call_number(call, sp_abi_native(), &nr) == 0;
}

static bool has_foreign(const struct sp_sysset *calls)
{
	sp_sysset_foreach (c, calls)
		if (sp_call_is_known((sp_call)c) && !is_native((sp_call)c))
			return true;
	return false;
}

/*
 * Groups that programs of every kind come to need, and that let an intruder do nothing: a daemon
 * that writes a file flushes another one day.
 */
static bool is_everyday(const char *name)
{
	return sp_streq(name, "@sync");
}

/*
 * What is needed less what says nothing of its group: a pipe does not promise the queues,
 * semaphores and shared memory that are with it in @ipc.
 */
static void drop_weak_signs(struct sp_sysset *needed)
{
	static const char *const weak[] = { "memfd_create", "pipe", "pipe2" };

	for (size_t i = 0; i < SP_ARRAY_SIZE(weak); i++) {
		sp_call call;

		if (sp_call_intern(weak[i], strlen(weak[i]), &call) == 0)
			sp_sysset_remove(needed, call);
	}
}

/*
 * Gives every call the tier that its smallest group sets. Of two equally small groups the one
 * that was touched decides, so that the order of groups does not.
 */
static void assess_families(const struct sp_groups *groups, const struct sp_sysset *needed,
			    struct sp_risks *risks)
{
	size_t smallest[SP_CALLS_MAX] = {};
	struct sp_sysset signs = *needed;

	drop_weak_signs(&signs);
	for (size_t i = 0; i < sp_groups_count(groups); i++) {
		const struct sp_group *g = sp_groups_at(groups, i);
		size_t size = sp_sysset_count(&g->set);
		uint8_t tier;

		if (!is_family(g->name))
			continue;
		if (sp_sysset_intersects(&g->set, &signs))
			tier = SP_RISK_SIBLING;
		else
			tier = is_everyday(g->name) ? SP_RISK_EVERYDAY : SP_RISK_PLAIN;
		sp_sysset_foreach (c, &g->set) {
			if (smallest[c] && smallest[c] < size)
				continue;
			if (smallest[c] != size || tier < risks->tier[c])
				risks->tier[c] = tier;
			smallest[c] = size;
		}
	}
}

/* Everyday calls (ioctl, umask, madvise) that systemd put into @system-service and nowhere else. */
static void assess_everyday(const struct sp_groups *groups, struct sp_risks *risks)
{
	const struct sp_group *service = sp_groups_find(groups, "@system-service");
	struct sp_sysset rest;

	if (!service)
		return;
	rest = service->set;
	for (size_t i = 0; i < sp_groups_count(groups); i++) {
		const struct sp_group *g = sp_groups_at(groups, i);

		if (is_family(g->name))
			sp_sysset_subtract(&rest, &g->set);
	}
	sp_sysset_foreach (c, &rest)
		risks->tier[c] = SP_RISK_EVERYDAY;
}

/* The calls of a high-risk group that no smaller one holds: @privileged less @module, @swap, ... */
static void set_at_home(const struct sp_groups *groups, const struct sp_group *g,
			struct sp_sysset *ret)
{
	*ret = g->set;
	for (size_t i = 0; i < sp_risk_n_groups; i++) {
		const struct sp_group *inner = sp_groups_find(groups, sp_risk_groups[i].name);

		if (inner && inner != g && sp_sysset_is_subset(&inner->set, &g->set))
			sp_sysset_subtract(ret, &inner->set);
	}
}

/*
 * @system-service is what systemd itself expects services to call, so that it tells chown from
 * pivot_root: both are of @privileged, as setuid is.
 */
static void assess_high(const struct sp_groups *groups, const struct sp_sysset *needed,
			struct sp_risks *risks)
{
	const struct sp_group *service = sp_groups_find(groups, "@system-service");
	struct sp_sysset siblings = {}, high;

	for (size_t i = 0; service && i < sp_risk_n_groups; i++) {
		const struct sp_group *g = sp_groups_find(groups, sp_risk_groups[i].name);
		struct sp_sysset home;

		if (!g)
			continue;
		set_at_home(groups, g, &home);
		if (sp_sysset_intersects(&home, needed))
			sp_sysset_unite(&siblings, &home);
	}
	if (service)
		sp_sysset_intersect(&siblings, &service->set);
	sp_risk_high(groups, &high);
	sp_sysset_foreach (c, &high)
		risks->tier[c] = sp_sysset_contains(&siblings, (sp_call)c) ? SP_RISK_HIGH_SIBLING
									   : SP_RISK_HIGH;
}

void sp_risk_assess(const struct sp_groups *groups, const struct sp_sysset *needed, bool all_abis,
		    struct sp_risks *ret)
{
	bool native_only = !all_abis && !has_foreign(needed);
	struct sp_sysset members = {};

	for (unsigned c = 0; c < SP_CALLS_MAX; c++)
		ret->tier[c] = SP_RISK_PLAIN;
	assess_families(groups, needed, ret);
	assess_everyday(groups, ret);
	assess_high(groups, needed, ret);

	for (size_t i = 0; i < sp_groups_count(groups); i++)
		sp_sysset_unite(&members, &sp_groups_at(groups, i)->set);
	sp_sysset_foreach (c, &members)
		if (!sp_call_is_known((sp_call)c) || (native_only && !is_native((sp_call)c)))
			ret->tier[c] = SP_RISK_NONE;
}
