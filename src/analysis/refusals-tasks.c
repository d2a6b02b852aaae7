/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "refusals-private.h"

struct sp_refusal_process {
	struct sp_by_id by; /* by process id */
	bool killed;
	uint64_t made[SP_REFUSALS_MAX / 64]; /* a bit for each entry that it has come to */
};

struct sp_refusal_task *sp_refusal_tasks_find(const struct sp_refusal_tasks *tasks, pid_t tid)
{
	return sp_by_id_find(tasks->by_tid, tid);
}

struct sp_refusal_task *sp_refusal_tasks_get(struct sp_refusal_tasks *tasks, pid_t tid)
{
	return sp_by_id_get(&tasks->by_tid, tid, sizeof(struct sp_refusal_task));
}

int sp_refusal_tasks_count(struct sp_refusal_tasks *tasks, pid_t pid, size_t index, bool kills)
{
	struct sp_refusal_process *process = sp_by_id_get(&tasks->by_pid, pid, sizeof(*process));
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
	const struct sp_refusal_process *process = sp_by_id_find(tasks->by_pid, pid);

	return process && process->killed;
}

void sp_refusal_tasks_forget(struct sp_refusal_tasks *tasks, pid_t tid)
{
	sp_by_id_remove(&tasks->by_tid, tid);
}

void sp_refusal_tasks_forget_process(struct sp_refusal_tasks *tasks, pid_t pid)
{
	sp_by_id_remove(&tasks->by_pid, pid);
}

void sp_refusal_tasks_done(struct sp_refusal_tasks *tasks)
{
	sp_by_id_clear(&tasks->by_tid);
	sp_by_id_clear(&tasks->by_pid);
}
