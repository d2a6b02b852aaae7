/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/refusals.h"

#include <errno.h>
#include <limits.h>

#include "filter-private.h"
#include "refusals-private.h"
#include "sysprofile/util.h"

enum {
	/* Numbers below this, on the ABIs of this machine, are asked about once. */
	CACHED_NUMBERS = 1024,
	CACHED_ABIS = 4,
};
#define X32_BIT 0x40000000u

/* An entrance is asked about each time: the call behind it decides. */
enum answer { UNASKED, ALLOWED, LISTED, ENTRANCE };

struct sp_refusals {
	const struct sp_filter *filter;		/* borrowed, as are the next */
	const struct sp_directives *directives; /* or NULL */
	struct sp_refusals_ask ask;
	pid_t root;
	char *root_exe; /* owned; NULL before it is known */

	uint8_t cache[CACHED_ABIS][CACHED_NUMBERS]; /* enum answer */
	struct sp_refusal_entry *by_key;
	struct sp_refusal_entry **entries; /* owned */
	size_t n;
	bool sorted, any;
	uint64_t lost;
	struct sp_refusal_tasks tasks;
	struct sp_differences differences;
};

const char *sp_role_name(enum sp_role role)
{
	switch (role) {
	case SP_ROLE_MAIN:
		return "main";
	case SP_ROLE_WORKER:
		return "worker";
	case SP_ROLE_HELPER:
	case _SP_ROLE_MAX:
		break;
	}
	return "helper";
}

bool sp_verdict_refuses(const struct sp_verdict *verdict)
{
	return verdict->action > SP_ACTION_LOG;
}

int sp_refusals_new(const struct sp_filter *filter, const struct sp_directives *directives,
		    pid_t root, const struct sp_refusals_ask *ask, struct sp_refusals **ret)
{
	struct sp_refusals *refusals = calloc(1, sizeof(*refusals));

	if (!refusals)
		return -ENOMEM;
	refusals->filter = filter;
	refusals->directives = directives;
	refusals->root = root;
	refusals->ask = *ask;
	*ret = refusals;
	return 0;
}

struct sp_refusals *sp_refusals_free(struct sp_refusals *refusals)
{
	if (!refusals)
		return NULL;
	sp_refusal_tasks_done(&refusals->tasks);
	HASH_CLEAR(hh, refusals->by_key);
	for (size_t i = 0; i < refusals->n; i++)
		free(refusals->entries[i]);
	free(refusals->entries);
	free(refusals->root_exe);
	free(refusals);
	return NULL;
}

/* Where the answer for a call is kept; NULL for numbers that are not kept. */
static uint8_t *cache_of(struct sp_refusals *refusals, sp_abi abi, uint32_t nr)
{
	const sp_abi *local = sp_abi_local();

	for (size_t i = 0; local[i] && i < CACHED_ABIS; i++)
		if (local[i] == abi)
			return nr < CACHED_NUMBERS	       ? &refusals->cache[i][nr]
			       : nr - X32_BIT < CACHED_NUMBERS ? &refusals->cache[i][nr - X32_BIT]
							       : NULL;
	return NULL;
}

static bool is_entrance(sp_abi abi, uint32_t nr)
{
	sp_call call, behind;

	return sp_call_from_number(abi, nr, &call) == 0 &&
	       sp_call_behind(call, abi, 1, &behind) == 0;
}

/*
 * RestrictNamespaces= and RestrictSUIDSGID= answer clone3 and fchmodat2 as a kernel would that
 * lacks them, so that a libc makes the older calls, whose arguments can be looked at: no service is
 * the worse for it.
 */
void sp_refusals_verdict(const struct sp_filter *filter, const struct sp_directives *directives,
			 sp_abi abi, uint32_t nr, const uint64_t *first, struct sp_verdict *ret)
{
	sp_directives_verdict(directives, filter, abi, nr, first, ret);
	if (ret->action != SP_ACTION_ERRNO || ret->err != ENOSYS)
		return;
	if (first)
		sp_filter_verdict_with(filter, abi, nr, *first, ret);
	else
		sp_filter_verdict(filter, abi, nr, ret);
}

static void judge(const struct sp_refusals *refusals, sp_abi abi, uint32_t nr, uint64_t first,
		  struct sp_verdict *ret)
{
	sp_refusals_verdict(refusals->filter, refusals->directives, abi, nr, &first, ret);
}

static bool is_allowed(struct sp_refusals *refusals, sp_abi abi, uint32_t nr, uint32_t first)
{
	uint8_t *cached = cache_of(refusals, abi, nr);
	struct sp_verdict verdict;

	if (cached && (*cached == ALLOWED || *cached == LISTED))
		return *cached == ALLOWED;
	judge(refusals, abi, nr, first, &verdict);
	if (cached && *cached == UNASKED && is_entrance(abi, nr))
		*cached = ENTRANCE;
	else if (cached && *cached == UNASKED)
		*cached = verdict.action == SP_ACTION_ALLOW ? ALLOWED : LISTED;
	return verdict.action == SP_ACTION_ALLOW;
}

static enum sp_role role_of(const struct sp_refusals *refusals, pid_t pid, const char *exe)
{
	if (pid == refusals->root)
		return SP_ROLE_MAIN;
	return refusals->root_exe && sp_streq(exe, refusals->root_exe) ? SP_ROLE_WORKER
								       : SP_ROLE_HELPER;
}

/* Fixed size, no padding: compared as bytes. */
struct key {
	sp_abi abi;
	uint32_t nr;
	uint32_t role;
	uint32_t first; /* argument of an entrance to many calls; else 0 */
};

/* What a call through an entrance is refused as, by whose rule: that of what is behind, or its own.
 */
static sp_call refused_as(const struct sp_filter *filter, const struct key *key, sp_call call)
{
	struct sp_verdict own, other;
	sp_call behind;

	if (sp_call_behind(call, key->abi, key->first, &behind) < 0)
		return call;
	sp_filter_verdict_of_call(filter, key->abi, &call, &own);
	sp_filter_verdict_of_call(filter, key->abi, NULL, &other);
	return own.action == other.action && own.err == other.err ? behind : call;
}

static struct sp_refusal_entry *new_entry(struct sp_refusals *refusals, const struct key *key,
					  const char *bytes, size_t len)
{
	struct sp_refusal_entry **grown, *entry;

	/* Doubling at powers of two. */
	if ((refusals->n & (refusals->n - 1)) == 0) {
		grown = reallocarray(refusals->entries, refusals->n ? refusals->n * 2 : 1,
				     sizeof(struct sp_refusal_entry *));
		if (!grown)
			return NULL;
		refusals->entries = grown;
	}
	entry = calloc(1, sizeof(*entry) + len + 1);
	if (!entry)
		return NULL;
	memcpy(entry->key, bytes, len);
	entry->pub.exe = entry->key + sizeof(*key);
	entry->pub.abi = key->abi;
	entry->pub.nr = key->nr;
	entry->pub.role = (enum sp_role)key->role;
	entry->pub.named = sp_call_from_number(key->abi, key->nr, &entry->pub.call) == 0;
	if (entry->pub.named)
		entry->pub.call = refused_as(refusals->filter, key, entry->pub.call);
	judge(refusals, key->abi, key->nr, key->first, &entry->pub.verdict);
	HASH_ADD_KEYPTR(hh, refusals->by_key, entry->key, len, entry);
	if (!entry->hh.tbl) {
		free(entry);
		return NULL;
	}
	entry->index = refusals->n;
	refusals->entries[refusals->n++] = entry;
	refusals->sorted = false;
	return entry;
}

/* 0 with *ret NULL: there is no more room. */
static int get_entry(struct sp_refusals *refusals, const struct key *key, const char *exe,
		     struct sp_refusal_entry **ret)
{
	size_t exe_len = strnlen(exe, PATH_MAX);
	char bytes[sizeof(*key) + PATH_MAX];
	struct sp_refusal_entry *entry;
	size_t len = sizeof(*key) + exe_len;

	memcpy(bytes, key, sizeof(*key));
	memcpy(bytes + sizeof(*key), exe, exe_len);
	HASH_FIND(hh, refusals->by_key, bytes, len, entry);
	if (!entry && refusals->n < SP_REFUSALS_MAX) {
		entry = new_entry(refusals, key, bytes, len);
		if (!entry)
			return -ENOMEM;
	}
	*ret = entry;
	return 0;
}

/* A call that is not simply allowed; the task is stopped at its entry. */
static int take_listed(struct sp_refusals *refusals, const struct sp_event *event, sp_abi abi)
{
	const struct sp_refusals_ask *ask = &refusals->ask;
	const char *exe = ask->exe(event->tid, ask->userdata);
	struct sp_refusal_task *task = sp_refusal_tasks_get(&refusals->tasks, event->tid);
	struct sp_refusal_entry *entry = NULL;
	struct key key;
	int r;

	if (!task)
		return -ENOMEM;
	if (!task->pid)
		task->pid = ask->process(event->tid, ask->userdata);
	key = (struct key){ abi, (uint32_t)event->nr, role_of(refusals, task->pid, exe),
			    is_entrance(abi, (uint32_t)event->nr) ? (uint32_t)event->args[0] : 0 };
	r = get_entry(refusals, &key, exe, &entry);
	if (r < 0)
		return r;
	if (!entry) {
		refusals->any = true;
		refusals->lost++;
		return 0;
	}
	r = sp_refusal_tasks_count(&refusals->tasks, task->pid, entry->index,
				   entry->pub.verdict.action >= SP_ACTION_KILL_THREAD);
	if (r < 0)
		return r;
	entry->pub.processes += (size_t)r;
	if (entry->pub.count++ == 0) {
		entry->pub.first_ns = event->time_ns;
		entry->pub.first_pid = task->pid;
		ask->comm(event->tid, entry->pub.first_comm, ask->userdata);
	}
	refusals->any = refusals->any || sp_verdict_refuses(&entry->pub.verdict);
	task->pending = entry;
	return 0;
}

static int take_call(struct sp_refusals *refusals, const struct sp_event *event, bool own_filters)
{
	sp_abi abi = sp_abi_of_call(event->arch, event->nr);
	struct sp_refusal_task *task = sp_refusal_tasks_find(&refusals->tasks, event->tid);

	if (task)
		sp_refusal_went_on(task, own_filters, &refusals->differences);
	if (is_allowed(refusals, abi, (uint32_t)event->nr, (uint32_t)event->args[0]))
		return 0;
	return take_listed(refusals, event, abi);
}

static int learn_root_exe(struct sp_refusals *refusals)
{
	const struct sp_refusals_ask *ask = &refusals->ask;
	char *copy = strdup(ask->exe(refusals->root, ask->userdata));

	if (!copy)
		return -ENOMEM;
	free(refusals->root_exe);
	refusals->root_exe = copy;
	return 0;
}

static void take_exit(struct sp_refusals *refusals, const struct sp_event *event, bool own_filters)
{
	struct sp_refusal_tasks *tasks = &refusals->tasks;
	struct sp_refusal_task *task = sp_refusal_tasks_find(tasks, event->tid);

	if (task)
		sp_refusal_ended(task, event->status, sp_refusal_tasks_is_killed(tasks, task->pid),
				 own_filters, &refusals->differences);
	sp_refusal_tasks_forget(tasks, event->tid);
	/* The first thread's end is reported when all others are gone (ptrace(2)). */
	sp_refusal_tasks_forget_process(tasks, event->tid);
}

int sp_refusals_observe(struct sp_refusals *refusals, const struct sp_event *event,
			bool own_filters)
{
	struct sp_refusal_task *task;

	switch (event->kind) {
	case SP_EVENT_SYSCALL:
		return take_call(refusals, event, own_filters);
	case SP_EVENT_ANSWER:
		task = sp_refusal_tasks_find(&refusals->tasks, event->tid);
		if (task && task->pending)
			sp_refusal_answered(task, event->answer, own_filters,
					    &refusals->differences);
		return 0;
	case SP_EVENT_EXEC:
		/* The first thread is gone, and the one that called it has its id now. */
		if (event->former_tid != event->tid) {
			sp_refusal_tasks_forget(&refusals->tasks, event->tid);
			sp_refusal_tasks_forget(&refusals->tasks, event->former_tid);
		}
		return event->tid == refusals->root ? learn_root_exe(refusals) : 0;
	case SP_EVENT_EXIT:
		take_exit(refusals, event, own_filters);
		return 0;
	case SP_EVENT_PROCESS:
	case SP_EVENT_THREAD:
		/* An id comes round again, and the source may have missed the end of its last
		 * owner. */
		sp_refusal_tasks_forget(&refusals->tasks, event->tid);
		sp_refusal_tasks_forget_process(&refusals->tasks, event->tid);
		return 0;
	case SP_EVENT_SIGNAL:
	case _SP_EVENT_MAX:
		break;
	}
	return 0;
}

/* What is read at the end. */

static struct sp_made_call made_call(const struct sp_refused_call *call)
{
	return (struct sp_made_call){ call->abi, call->nr, call->named, call->call };
}

static int compare_entries(const void *va, const void *vb)
{
	const struct sp_refused_call *a = &(*(struct sp_refusal_entry *const *)va)->pub;
	const struct sp_refused_call *b = &(*(struct sp_refusal_entry *const *)vb)->pub;
	int r = sp_made_call_compare(made_call(a), made_call(b));

	if (r == 0)
		r = (int)a->role - (int)b->role;
	return r ? r : strcmp(a->exe, b->exe);
}

size_t sp_refusals_count(const struct sp_refusals *refusals)
{
	return refusals->n;
}

const struct sp_refused_call *sp_refusals_at(struct sp_refusals *refusals, size_t i)
{
	if (!refusals->sorted)
		qsort(refusals->entries, refusals->n, sizeof(*refusals->entries), compare_entries);
	refusals->sorted = true;
	return &refusals->entries[i]->pub;
}

bool sp_refusals_any(const struct sp_refusals *refusals)
{
	return refusals->any;
}

uint64_t sp_refusals_lost(const struct sp_refusals *refusals)
{
	return refusals->lost;
}

const struct sp_difference *sp_refusals_differences(const struct sp_refusals *refusals,
						    size_t *ret_n)
{
	*ret_n = refusals->differences.n;
	return refusals->differences.v;
}
