/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/profile.h"

#include <errno.h>

#include "profile-private.h"
#include "sysprofile/util.h"

int sp_profile_new(struct sp_profile **ret)
{
	struct sp_profile *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->native = sp_abi_native();
	p->exes.unknown = SP_PROFILE_EXE_NONE;
	p->totals.last_new_ns = -1;
	*ret = p;
	return 0;
}

struct sp_profile *sp_profile_free(struct sp_profile *p)
{
	if (!p)
		return NULL;
	HASH_CLEAR(hh, p->by_key);
	for (size_t i = 0; i < p->n_calls; i++) {
		free(p->calls[i]->pub.exe_count);
		free(p->calls[i]);
	}
	free(p->calls);
	sp_profile_exes_done(&p->exes);
	sp_profile_tasks_done(&p->tasks);
	free(p);
	return NULL;
}

/* Programs. */

int sp_profile_set_exe(struct sp_profile *p, pid_t tid, const char *path)
{
	unsigned exe = SP_PROFILE_EXE_NONE;
	struct sp_profile_task *task;

	if (*path && !sp_streq(path, "?")) {
		int r = sp_profile_exes_get(&p->exes, path, &exe);

		if (r < 0)
			return r;
	}
	task = sp_profile_tasks_get(&p->tasks, tid);
	if (!task)
		return -ENOMEM;
	task->exe = exe;
	return 0;
}

int sp_profile_set_process(struct sp_profile *p, pid_t tid, pid_t process)
{
	struct sp_profile_task *task = sp_profile_tasks_get(&p->tasks, tid);

	if (!task)
		return -ENOMEM;
	task->process = process;
	return 0;
}

int sp_profile_set_comm(struct sp_profile *p, pid_t tid, const char *comm)
{
	struct sp_profile_task *task = sp_profile_tasks_get(&p->tasks, tid);

	if (!task)
		return -ENOMEM;
	snprintf(task->comm, sizeof(task->comm), "%.*s", SP_COMM_SIZE - 1, comm);
	return 0;
}

void sp_profile_follow_comm(struct sp_profile *p, pid_t tid, const char *comm)
{
	struct sp_profile_task *task = sp_profile_tasks_find(&p->tasks, tid);

	if (task && strncmp(task->comm, comm, SP_COMM_SIZE - 1) != 0)
		snprintf(task->comm, sizeof(task->comm), "%.*s", SP_COMM_SIZE - 1, comm);
}

const char *sp_profile_exe_of(const struct sp_profile *p, pid_t tid)
{
	const struct sp_profile_task *task = sp_by_id_find(p->tasks.table, tid);

	return task && task->exe != SP_PROFILE_EXE_NONE ? p->exes.paths[task->exe] : "?";
}

size_t sp_profile_n_exes(const struct sp_profile *p)
{
	return p->exes.n;
}

const char *sp_profile_exe(const struct sp_profile *p, unsigned i)
{
	return p->exes.paths[i];
}

/* Calls. */

struct sp_profile_entry *sp_profile_find_entry(struct sp_profile *p, struct sp_profile_key key)
{
	struct sp_profile_entry *call;

	if (key.nr < SP_PROFILE_DIRECT && key.abi == p->native)
		return p->direct[key.nr];
	HASH_FIND(hh, p->by_key, &key, sizeof(key), call);
	return call;
}

static int index_call(struct sp_profile *p, struct sp_profile_entry *call)
{
	if (call->key.nr < SP_PROFILE_DIRECT && call->key.abi == p->native) {
		p->direct[call->key.nr] = call;
		return 0;
	}
	HASH_ADD(hh, p->by_key, key, sizeof(call->key), call);
	return call->hh.tbl ? 0 : -ENOMEM;
}

static int reserve_call(struct sp_profile *p)
{
	size_t size = p->calls_size ? p->calls_size * 2 : 128;
	struct sp_profile_entry **calls;

	if (p->n_calls < p->calls_size)
		return 0;
	calls = reallocarray(p->calls, size, sizeof(*calls));
	if (!calls)
		return -ENOMEM;
	p->calls = calls;
	p->calls_size = size;
	return 0;
}

int sp_profile_add_entry(struct sp_profile *p, struct sp_profile_key key,
			 struct sp_profile_entry **ret)
{
	_cleanup_(sp_freep) struct sp_profile_entry *call = NULL;
	int r;

	r = reserve_call(p);
	if (r < 0)
		return r;
	call = calloc(1, sizeof(*call));
	if (!call)
		return -ENOMEM;
	call->key = key;
	call->pub.abi = key.abi;
	call->pub.nr = key.nr;
	r = sp_call_from_number(key.abi, key.nr, &call->pub.call);
	if (r == -ENOMEM)
		return r;
	call->pub.named = r == 0;
	if (!call->pub.named && p->n_unnamed >= SP_PROFILE_UNNAMED_MAX) {
		*ret = NULL;
		return 0;
	}
	r = index_call(p, call);
	if (r < 0)
		return r;

	p->n_unnamed += !call->pub.named;
	p->sorted = false;
	p->calls[p->n_calls++] = call;
	*ret = SP_TAKE(call);
	return 0;
}

int sp_profile_reserve_count(struct sp_profile_call *call, unsigned exe)
{
	size_t n = (size_t)exe + 1;
	uint64_t *counts;

	if (n <= call->n_exe_count)
		return 0;
	counts = reallocarray(call->exe_count, n, sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	memset(counts + call->n_exe_count, 0, (n - call->n_exe_count) * sizeof(*counts));
	call->exe_count = counts;
	call->n_exe_count = n;
	return 0;
}

static pid_t process_of(const struct sp_profile *p, const struct sp_profile_task *task, pid_t tid)
{
	if (!task || !task->is_thread)
		return tid;
	return task->process ? task->process : p->first_process;
}

static void count_call(struct sp_profile_call *call, const struct sp_event *event, unsigned exe,
		       const struct sp_profile_task *task, pid_t process)
{
	call->last.time_ns = event->time_ns;
	call->last.tid = event->tid;
	call->last.exe = exe;
	if (task)
		memcpy(call->last.comm, task->comm, SP_COMM_SIZE);
	else
		call->last.comm[0] = 0;
	if (call->count == 0) {
		call->first = call->last;
		call->process = process;
	}
	call->several_processes = call->several_processes || call->process != process;
	call->exe_count[exe] += 1 + event->more;
	call->count += 1 + event->more;
}

void sp_profile_note_newest(struct sp_profile *p, struct sp_profile_entry *call, int64_t time_ns)
{
	const char *abi = sp_abi_name(call->key.abi);
	char number[16];

	if (!abi)
		snprintf(number, sizeof(number), "%#x", call->key.abi);
	if (call->pub.named && call->key.abi == p->native)
		snprintf(p->last_new, sizeof(p->last_new), "%s", sp_call_name(call->pub.call));
	else if (call->pub.named)
		snprintf(p->last_new, sizeof(p->last_new), "%s:%s", abi ? abi : number,
			 sp_call_name(call->pub.call));
	else
		snprintf(p->last_new, sizeof(p->last_new), "%s:%u", abi ? abi : number,
			 call->key.nr);
	p->newest = call;
	p->syscalls_at_newest = p->totals.syscalls;
	p->totals.last_new_ns = time_ns;
}

static int observe_syscall(struct sp_profile *p, const struct sp_event *event)
{
	/* The kernel looks at 32 bits of the register only. */
	struct sp_profile_key key = { sp_abi_of_call(event->arch, event->nr), (uint32_t)event->nr };
	const struct sp_profile_task *task = sp_profile_tasks_find(&p->tasks, event->tid);
	unsigned exe = task ? task->exe : SP_PROFILE_EXE_NONE;
	struct sp_profile_entry *call = sp_profile_find_entry(p, key);
	bool is_new;
	int r;

	if (exe == SP_PROFILE_EXE_NONE) {
		r = sp_profile_exes_get_unknown(&p->exes, &exe);
		if (r < 0)
			return r;
	}
	if (!call) {
		r = sp_profile_add_entry(p, key, &call);
		if (r < 0)
			return r;
	}
	if (!call) {
		p->unnamed_lost++;
		p->totals.syscalls += 1 + event->more;
		return 0;
	}
	r = sp_profile_reserve_count(&call->pub, exe);
	if (r < 0)
		return r;
	call->pub.last.phase = p->phase;
	is_new = call->pub.count == 0;
	count_call(&call->pub, event, exe, task, process_of(p, task, event->tid));
	p->totals.syscalls += 1 + event->more;
	if (!is_new)
		return 0;
	sp_profile_note_newest(p, call, event->time_ns);
	return 1;
}

int sp_profile_observe(struct sp_profile *p, const struct sp_event *event)
{
	int r = 0;

	p->totals.last_event_ns = event->time_ns;
	switch (event->kind) {
	case SP_EVENT_SYSCALL:
		return observe_syscall(p, event);
	case SP_EVENT_PROCESS:
		r = sp_profile_tasks_announce(&p->tasks, event->tid, false);
		p->totals.processes += r == 0;
		if (p->first_process == 0)
			p->first_process = event->tid;
		return r;
	case SP_EVENT_THREAD:
		r = sp_profile_tasks_announce(&p->tasks, event->tid, true);
		p->totals.threads += r == 0;
		return r;
	case SP_EVENT_EXEC:
		return sp_profile_tasks_exec(&p->tasks, event->tid, event->former_tid);
	case SP_EVENT_EXIT:
		sp_profile_tasks_forget(&p->tasks, event->tid);
		return 0;
	case SP_EVENT_ANSWER:
	case SP_EVENT_SIGNAL:
		return 0;
	case _SP_EVENT_MAX:
		break;
	}
	return -EINVAL;
}

void sp_profile_name_first(struct sp_profile *p, const char *comm)
{
	if (!p->newest)
		return;
	snprintf(p->newest->pub.first.comm, SP_COMM_SIZE, "%.*s", SP_COMM_SIZE - 1, comm);
	if (p->newest->pub.count == 1)
		memcpy(p->newest->pub.last.comm, p->newest->pub.first.comm, SP_COMM_SIZE);
}

void sp_profile_set_phase(struct sp_profile *p, enum sp_phase phase)
{
	p->phase = phase;
}

/* What is read at the end. */

static struct sp_made_call made_call(const struct sp_profile_entry *call)
{
	const struct sp_profile_call *pub = &call->pub;

	return (struct sp_made_call){ pub->abi, pub->nr, pub->named, pub->call };
}

static int compare_calls(const void *a, const void *b)
{
	return sp_made_call_compare(made_call(*(struct sp_profile_entry *const *)a),
				    made_call(*(struct sp_profile_entry *const *)b));
}

size_t sp_profile_n_calls(const struct sp_profile *p)
{
	return p->n_calls;
}

const struct sp_profile_call *sp_profile_call_at(struct sp_profile *p, size_t i)
{
	if (!p->sorted)
		qsort(p->calls, p->n_calls, sizeof(struct sp_profile_entry *), compare_calls);
	p->sorted = true;
	return &p->calls[i]->pub;
}

void sp_profile_names(const struct sp_profile *p, struct sp_sysset *ret)
{
	*ret = (struct sp_sysset){};
	for (size_t i = 0; i < p->n_calls; i++)
		if (p->calls[i]->pub.named)
			sp_sysset_add(ret, p->calls[i]->pub.call);
}

/* Calls are ordered by ABI, so each one's come in a run. */
size_t sp_profile_abis(struct sp_profile *p, sp_abi *ret, size_t size)
{
	sp_abi last = p->native;
	size_t n = 1;

	if (size > 0)
		ret[0] = last;
	for (size_t i = 0; i < p->n_calls; i++) {
		sp_abi abi = sp_profile_call_at(p, i)->abi;

		if (abi == last)
			continue;
		if (n < size)
			ret[n] = abi;
		last = abi;
		n++;
	}
	return n;
}

uint64_t sp_profile_unnamed_lost(const struct sp_profile *p)
{
	return p->unnamed_lost;
}

void sp_profile_totals(const struct sp_profile *p, struct sp_profile_totals *ret)
{
	*ret = p->totals;
	ret->live_processes = p->tasks.live_processes;
	ret->live_threads = p->tasks.live_threads;
	ret->since_new = p->totals.syscalls - p->syscalls_at_newest;
	ret->last_new = p->newest ? p->last_new : NULL;
}
