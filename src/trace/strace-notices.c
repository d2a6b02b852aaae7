/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What strace itself says of tasks: which ABI they have, that they ended, that they are followed.
 */

#include <errno.h>
#include <stdlib.h>

#include "strace-private.h"

/* Of a task, so of as few digits as an int holds whatever they are. */
static bool is_number_then(const char *p, const char *then)
{
	const size_t digits = strspn(p, "0123456789");

	return digits > 0 && digits < 10 && strncmp(p + digits, then, strlen(then)) == 0;
}

/* "[ Process PID=123 runs in 32 bit mode. ]" */
int sp_strace_take_mode(struct sp_strace_reading *r)
{
	const char *number = sp_startswith(r->text, "[ Process PID=");
	const char *mode = number ? strstr(number, " runs in ") : NULL;
	struct sp_strace_task *task;
	int error, place = 0;

	if (!mode || !is_number_then(number, " runs in "))
		return 0;
	/* It begins with the task's id on a terminal with several, and names it in any case. */
	error = sp_strace_find_task(r, &task);
	if (error < 0)
		return error;
	mode += strlen(" runs in ");
	if (strncmp(mode, "x32 ", 4) == 0)
		place = sp_log_abi_place(sp_abi_from_name("x32"));
	else if (strncmp(mode, "32 bit ", 7) == 0)
		place = sp_abi_local()[1] ? 1 : 0;
	task->place = place < 0 ? 0 : place;
	task->guessed = false;
	r->strace->declared = true;
	return 1;
}

/* "+++ exited with 0 +++", "+++ killed by SIGKILL +++", "+++ superseded by execve in pid 5 +++" */
int sp_strace_take_end(const struct sp_strace_reading *r)
{
	static const char superseded[] = "+++ superseded by execve in pid ";
	struct sp_strace_tasks *tasks = &r->strace->tasks;
	struct sp_strace_task *task, *other;
	const pid_t key = r->prefix.tid ? r->prefix.tid : r->strace->file_id;

	if (strncmp(r->text, superseded, sizeof(superseded) - 1) == 0) {
		/* The other thread goes on under this id, in the execve that it had called. */
		other = sp_strace_tasks_find(tasks, atoi(r->text + sizeof(superseded) - 1));
		task = sp_strace_tasks_find(tasks, key);
		if (!task || !other || task == other)
			return 1;
		sp_strace_tasks_set_pending(tasks, task, other->pending);
		task->pending_exe = SP_TAKE(other->pending_exe);
		return sp_strace_take_exit(r, other) < 0 ? -ENOMEM : 1;
	}
	if (strncmp(r->text, "+++ exited ", 11) != 0 && strncmp(r->text, "+++ killed ", 11) != 0)
		return 0;
	if (key)
		task = sp_strace_tasks_find(tasks, key);
	else
		task = HASH_COUNT(tasks->table) == 1 ? tasks->table : tasks->main;
	if (!task)
		return 1;
	return sp_strace_take_exit(r, task) < 0 ? -ENOMEM : 1;
}

/* "Process 123 attached", "Process 123 detached". */
int sp_strace_take_process(const struct sp_strace_reading *r, const char *number)
{
	struct sp_strace_task *task;
	int error;

	if (is_number_then(number, " attached")) {
		error = sp_strace_task_of(r, atoi(number), &task);
		return error < 0 ? error : 1;
	}
	return is_number_then(number, " detached") || is_number_then(number, " suspended") ||
	       is_number_then(number, " resumed");
}
