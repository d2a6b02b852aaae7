/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "refusals-private.h"
#include "sysprofile/util.h"

struct sp_refusal_process {
	pid_t pid;
	bool killed;
	uint64_t made[SP_REFUSALS_MAX / 64]; /* a bit for each entry that it has come to */
	UT_hash_handle hh;
};

struct sp_refusal_task *sp_refusal_tasks_find(const struct sp_refusal_tasks *tasks, pid_t tid)
{
	struct sp_refusal_task *task;

	HASH_FIND(hh, tasks->by_tid, &tid, sizeof(tid), task);
	return task;
}

struct sp_refusal_task *sp_refusal_tasks_get(struct sp_refusal_tasks *tasks, pid_t tid)
{
	struct sp_refusal_task *task = sp_refusal_tasks_find(tasks, tid);

	if (task)
		return task;
	task = calloc(1, sizeof(*task));
	if (!task)
		return NULL;
	task->tid = tid;
	HASH_ADD(hh, tasks->by_tid, tid, sizeof(task->tid), task);
	if (!task->hh.tbl) {
		free(task);
		return NULL;
	}
	return task;
}

static struct sp_refusal_process *get_process(struct sp_refusal_tasks *tasks, pid_t pid)
{
	struct sp_refusal_process *process;

	HASH_FIND(hh, tasks->by_pid, &pid, sizeof(pid), process);
	if (process)
		return process;
	process = calloc(1, sizeof(*process));
	if (!process)
		return NULL;
	process->pid = pid;
	HASH_ADD(hh, tasks->by_pid, pid, sizeof(process->pid), process);
	if (!process->hh.tbl) {
		free(process);
		return NULL;
	}
	return process;
}

int sp_refusal_tasks_count(struct sp_refusal_tasks *tasks, pid_t pid, size_t index, bool kills)
{
	struct sp_refusal_process *process = get_process(tasks, pid);
	uint64_t bit = UINT64_C(1) << (index % 64);

	if (!process)
		return -ENOMEM;
	process->killed = process->killed || kills;
	if (process->made[index / 64] & bit)
		return 0;
	process->made[index / 64] |= bit;
	return 1;
}

bool sp_refusal_tasks_is_killed(const struct sp_refusal_tasks *tasks, pid_t pid)
{
	const struct sp_refusal_process *process;

	HASH_FIND(hh, tasks->by_pid, &pid, sizeof(pid), process);
	return process && process->killed;
}

void sp_refusal_tasks_forget(struct sp_refusal_tasks *tasks, pid_t tid)
{
	struct sp_refusal_task *task = sp_refusal_tasks_find(tasks, tid);

	if (!task)
		return;
	HASH_DEL(tasks->by_tid, task);
	free(task);
}

void sp_refusal_tasks_forget_process(struct sp_refusal_tasks *tasks, pid_t pid)
{
	struct sp_refusal_process *process;

	HASH_FIND(hh, tasks->by_pid, &pid, sizeof(pid), process);
	if (!process)
		return;
	HASH_DEL(tasks->by_pid, process);
	free(process);
}

void sp_refusal_tasks_done(struct sp_refusal_tasks *tasks)
{
	struct sp_refusal_task *task, *next_task;
	struct sp_refusal_process *process, *next_process;

	HASH_ITER (hh, tasks->by_tid, task, next_task) {
		HASH_DEL(tasks->by_tid, task);
		free(task);
	}
	HASH_ITER (hh, tasks->by_pid, process, next_process) {
		HASH_DEL(tasks->by_pid, process);
		free(process);
	}
}
