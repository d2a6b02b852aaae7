/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profile-private.h"

#include <errno.h>

#include "sysprofile/util.h"

void sp_profile_tasks_done(struct sp_profile_tasks *tasks)
{
	sp_by_id_clear(&tasks->table);
	tasks->last = NULL;
}

struct sp_profile_task *sp_profile_tasks_find(struct sp_profile_tasks *tasks, pid_t tid)
{
	struct sp_profile_task *task = tasks->last;

	if (task && task->by.id == tid)
		return task;
	task = sp_by_id_find(tasks->table, tid);
	if (task)
		tasks->last = task;
	return task;
}

struct sp_profile_task *sp_profile_tasks_get(struct sp_profile_tasks *tasks, pid_t tid)
{
	struct sp_profile_task *task = sp_profile_tasks_find(tasks, tid);

	if (task)
		return task;
	task = sp_by_id_get(&tasks->table, tid, sizeof(*task));
	if (task)
		task->exe = SP_PROFILE_EXE_NONE;
	return task;
}

static size_t *live_count(struct sp_profile_tasks *tasks, const struct sp_profile_task *task)
{
	return task->is_thread ? &tasks->live_threads : &tasks->live_processes;
}

void sp_profile_tasks_forget(struct sp_profile_tasks *tasks, pid_t tid)
{
	struct sp_profile_task *task = sp_profile_tasks_find(tasks, tid);

	if (!task)
		return;
	if (task->announced)
		--*live_count(tasks, task);
	tasks->last = NULL;
	sp_by_id_remove(&tasks->table, tid);
}

int sp_profile_tasks_announce(struct sp_profile_tasks *tasks, pid_t tid, bool is_thread)
{
	struct sp_profile_task *task = sp_profile_tasks_find(tasks, tid);

	/* An id comes round again, and the source may have missed the end of its last owner. */
	if (task && task->announced)
		sp_profile_tasks_forget(tasks, tid);
	task = sp_profile_tasks_get(tasks, tid);
	if (!task)
		return -ENOMEM;
	task->announced = true;
	task->is_thread = is_thread;
	++*live_count(tasks, task);
	return 0;
}

/*
 * ptrace(2): a thread that calls execve takes over the id of its leader, under which the process
 * goes on; the leader may have ended long ago.
 */
int sp_profile_tasks_exec(struct sp_profile_tasks *tasks, pid_t tid, pid_t former_tid)
{
	const struct sp_profile_task *former, *task;
	bool announced;

	if (former_tid == 0 || former_tid == tid)
		return 0;
	former = sp_profile_tasks_find(tasks, former_tid);
	if (!former)
		return 0;
	announced = former->announced;
	task = sp_profile_tasks_find(tasks, tid);
	if (announced && (!task || !task->announced)) {
		int r = sp_profile_tasks_announce(tasks, tid, false);

		if (r < 0)
			return r;
	}
	sp_profile_tasks_forget(tasks, former_tid);
	return 0;
}
