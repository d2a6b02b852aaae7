/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>

#include "strace-private.h"

static void free_task(struct sp_strace_task *task)
{
	free(task->exe);
	free(task->pending_exe);
	free(task);
}

void sp_strace_tasks_done(struct sp_strace_tasks *tasks)
{
	struct sp_strace_task *task, *next;

	HASH_ITER (hh, tasks->table, task, next) {
		HASH_DEL(tasks->table, task);
		free_task(task);
	}
	*tasks = (struct sp_strace_tasks){};
}

struct sp_strace_task *sp_strace_tasks_find(struct sp_strace_tasks *tasks, pid_t key)
{
	struct sp_strace_task *task = tasks->last;

	if (task && task->key == key)
		return task;
	HASH_FIND(hh, tasks->table, &key, sizeof(key), task);
	if (task)
		tasks->last = task;
	return task;
}

static int inherit(struct sp_strace_task *task, const struct sp_strace_task *parent, bool is_thread)
{
	if (parent->exe) {
		task->exe = strdup(parent->exe);
		if (!task->exe)
			return -ENOMEM;
	}
	memcpy(task->comm, parent->comm, sizeof(task->comm));
	task->place = parent->place;
	task->guessed = parent->guessed;
	if (is_thread)
		task->process = parent->process;
	return 0;
}

struct sp_strace_task *sp_strace_tasks_add(struct sp_strace_tasks *tasks, pid_t key,
					   const struct sp_strace_task *parent, bool is_thread)
{
	struct sp_strace_task *task = calloc(1, sizeof(*task));

	if (!task)
		return NULL;
	task->key = task->tid = task->process = key;
	if (parent && inherit(task, parent, is_thread) < 0) {
		free_task(task);
		return NULL;
	}
	HASH_ADD(hh, tasks->table, key, sizeof(task->key), task);
	if (!task->hh.tbl) {
		free_task(task);
		return NULL;
	}
	tasks->last = task;
	return task;
}

void sp_strace_tasks_remove(struct sp_strace_tasks *tasks, struct sp_strace_task *task)
{
	sp_strace_tasks_set_pending(tasks, task, NULL);
	if (tasks->last == task)
		tasks->last = NULL;
	if (tasks->main == task)
		tasks->main = NULL;
	HASH_DEL(tasks->table, task);
	free_task(task);
}

static bool is_forking(const struct sp_strace_task *task)
{
	return task->pending && task->pending->kind == SP_LOG_FORK;
}

static bool same_exe(const struct sp_strace_task *a, const struct sp_strace_task *b)
{
	return a->exe == b->exe || (a->exe && b->exe && sp_streq(a->exe, b->exe));
}

const struct sp_strace_task *sp_strace_tasks_forker(const struct sp_strace_tasks *tasks)
{
	const struct sp_strace_task *task, *next;

	if (tasks->n_forkers < 2)
		return tasks->forker;
	HASH_ITER (hh, tasks->table, task, next)
		if (is_forking(task) && (!same_exe(task, tasks->forker) ||
					 task->pending_thread != tasks->forker->pending_thread))
			return NULL;
	return tasks->forker;
}

static struct sp_strace_task *find_forker(const struct sp_strace_tasks *tasks)
{
	struct sp_strace_task *task, *next;

	HASH_ITER (hh, tasks->table, task, next)
		if (is_forking(task))
			return task;
	return NULL;
}

void sp_strace_tasks_set_pending(struct sp_strace_tasks *tasks, struct sp_strace_task *task,
				 const struct sp_log_name *call)
{
	const bool was = is_forking(task);

	free(SP_TAKE(task->pending_exe));
	task->pending = call;
	if (is_forking(task)) {
		tasks->forker = task;
		tasks->n_forkers += !was;
	} else if (was) {
		tasks->n_forkers--;
		if (tasks->forker == task)
			tasks->forker = tasks->n_forkers ? find_forker(tasks) : NULL;
	}
}

int sp_strace_tasks_rename(struct sp_strace_tasks *tasks, struct sp_strace_task *task, pid_t key)
{
	/* uthash finds a table through its entries; one that was alone takes it along. */
	HASH_DEL(tasks->table, task);
	if (task->process == task->tid)
		task->process = key;
	task->key = key;
	HASH_ADD(hh, tasks->table, key, sizeof(task->key), task);
	if (task->hh.tbl)
		return 0;
	if (tasks->last == task)
		tasks->last = NULL;
	if (tasks->main == task)
		tasks->main = NULL;
	if (tasks->forker == task)
		tasks->forker = NULL;
	free_task(task);
	return -ENOMEM;
}

int sp_strace_task_set_exe(struct sp_strace_task *task, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	free(task->exe);
	task->exe = copy;
	snprintf(task->comm, sizeof(task->comm), "%.*s", (int)sizeof(task->comm) - 1,
		 slash ? slash + 1 : path);
	return 0;
}
