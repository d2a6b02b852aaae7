/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>

#include "strace-private.h"

static int emit_number(const struct sp_strace_reading *r, const struct sp_strace_task *task,
		       int place, uint32_t nr)
{
	struct sp_sighted what = {
		.event = { .kind = SP_EVENT_SYSCALL,
			   .tid = task->tid,
			   .arch = sp_import_audit_arch(sp_abi_local()[place]),
			   .nr = nr,
			   .time_ns = r->time_ns },
		.exe = task->exe,
		.comm = task->comm[0] ? task->comm : NULL,
	};

	return sp_import_emit(r->import, &what, task->process);
}

/* -n tells the number, and name and number together fit one ABI, or several and are the same. */
static int place_of_number(const struct sp_strace_task *task, const struct sp_log_name *call,
			   uint32_t nr)
{
	if (!call || call->nr[task->place] == nr || call->also[task->place] == nr)
		return task->place;
	for (int i = 0; i < SP_LOG_ABIS_MAX; i++)
		if (call->nr[i] == nr || call->also[i] == nr)
			return i;
	return task->place;
}

static int emit_named(const struct sp_strace_reading *r, struct sp_strace_task *task,
		      const struct sp_log_name *call)
{
	struct sp_sighted what = {
		.event = { .kind = SP_EVENT_SYSCALL, .tid = task->tid, .time_ns = r->time_ns },
		.exe = task->exe,
		.comm = task->comm[0] ? task->comm : NULL,
	};
	const int place = sp_import_emit_name(r->import, call, task->place, &what, task->process);

	if (place < 0)
		return place;
	/*
	 * A log in a file does not tell the ABI. A name that only another one has is of a program
	 * of that kind, most likely, and so will be the next call.
	 */
	if (place != task->place && !r->strace->declared) {
		task->place = place;
		task->guessed = place != 0;
	}
	return 0;
}

static int emit_call(const struct sp_strace_reading *r, struct sp_strace_task *task,
		     const struct sp_log_name *call)
{
	const struct sp_strace_prefix *prefix = &r->prefix;

	if (!r->strace->any_call && call)
		r->import->report->start_seen = call->kind == SP_LOG_EXEC;
	r->strace->any_call = true;
	if (r->import->report->format == SP_IMPORT_UNKNOWN)
		r->import->report->format = SP_IMPORT_STRACE;
	if (prefix->numbered)
		return emit_number(r, task, place_of_number(task, call, prefix->nr), prefix->nr);
	return emit_named(r, task, call);
}

/* Calls that mean more. */

static bool makes_thread(const struct sp_strace_reading *r)
{
	return memmem(r->text, (size_t)(r->end - r->text), "CLONE_THREAD", 12) != NULL;
}

static int finish_fork(const struct sp_strace_reading *r, const struct sp_strace_task *parent,
		       bool is_thread, const char *result)
{
	const pid_t key = result ? sp_strace_child(result) : 0;
	struct sp_strace_task *child;

	if (key == 0)
		return 0;
	child = sp_strace_tasks_find(&r->strace->tasks, key);
	if (!child)
		return sp_strace_add_task(r, key, parent, is_thread, &child);
	if (child->exe || !parent->exe)
		return 0;
	/* Its own lines came first, and nobody could say whose child it was. */
	if (sp_strace_task_set_exe(child, parent->exe) < 0)
		return -ENOMEM;
	return sp_strace_say_task(r, child, SP_EVENT_EXEC);
}

static int finish_exec(const struct sp_strace_reading *r, struct sp_strace_task *task,
		       const char *path)
{
	if (sp_strace_task_set_exe(task, path) < 0)
		return -ENOMEM;
	if (task->guessed)
		task->place = 0;
	task->guessed = false;
	return sp_strace_say_task(r, task, SP_EVENT_EXEC);
}

/* What a task ran before the first execve of a log is not known: it counts to what came of it. */
static int begin_exec(const struct sp_strace_reading *r, struct sp_strace_task *task, bool succeeds,
		      char path[static SP_STRACE_EXE_SIZE])
{
	if (!sp_strace_string(r->text, r->end, path, SP_STRACE_EXE_SIZE))
		path[0] = 0;
	if (task->exe || !path[0] || !succeeds)
		return 0;
	if (sp_strace_task_set_exe(task, path) < 0)
		return -ENOMEM;
	return sp_strace_say_task(r, task, SP_EVENT_EXEC);
}

static void take_comm(const struct sp_strace_reading *r, struct sp_strace_task *task)
{
	char name[SP_STRACE_COMM_SIZE];

	if (memmem(r->text, (size_t)(r->end - r->text), "PR_SET_NAME", 11) &&
	    sp_strace_string(r->text, r->end, name, sizeof(name)))
		memcpy(task->comm, name, sizeof(name));
}

int sp_strace_take_exit(const struct sp_strace_reading *r, struct sp_strace_task *task)
{
	int error = sp_strace_say_exit(r->import, task);

	sp_strace_tasks_remove(&r->strace->tasks, task);
	return error;
}

/* A call that is whole in its line. result: what it returned; NULL when it is missing. */
static int take_whole(const struct sp_strace_reading *r, struct sp_strace_task *task,
		      const struct sp_log_name *call, const char *result)
{
	char path[SP_STRACE_EXE_SIZE];
	int error = 0;

	sp_strace_tasks_set_pending(&r->strace->tasks, task, NULL);
	if (!call || call->kind == SP_LOG_PLAIN)
		return emit_call(r, task, call);
	if (call->kind == SP_LOG_EXEC)
		error = begin_exec(r, task, result && *result == '0', path);
	if (error == 0)
		error = emit_call(r, task, call);
	if (error < 0)
		return error;
	switch (call->kind) {
	case SP_LOG_FORK:
		return finish_fork(r, task, makes_thread(r), result);
	case SP_LOG_EXEC:
		return result && *result == '0' && path[0] ? finish_exec(r, task, path) : 0;
	case SP_LOG_EXIT:
		return sp_strace_take_exit(r, task);
	case SP_LOG_PRCTL:
		take_comm(r, task);
		return 0;
	case SP_LOG_PLAIN:
	case _SP_LOG_MAX:
		break;
	}
	return 0;
}

static int take_unfinished(const struct sp_strace_reading *r, struct sp_strace_task *task,
			   const struct sp_log_name *call)
{
	static const struct sp_log_name nameless = { .kind = SP_LOG_PLAIN };
	char path[SP_STRACE_EXE_SIZE] = "";
	int error = 0;

	if (call && call->kind == SP_LOG_EXEC)
		error = begin_exec(r, task, true, path);
	if (error == 0)
		error = emit_call(r, task, call);
	if (error < 0)
		return error;
	sp_strace_tasks_set_pending(&r->strace->tasks, task, call ? call : &nameless);
	task->pending_thread = call && call->kind == SP_LOG_FORK && makes_thread(r);
	if (path[0]) {
		task->pending_exe = strdup(path);
		if (!task->pending_exe)
			return -ENOMEM;
	}
	return 0;
}

int sp_strace_take_resumed(const struct sp_strace_reading *r, struct sp_strace_task *task,
			   const struct sp_log_name *call)
{
	const struct sp_log_name *pending = task->pending;
	const char *result = sp_strace_result(r->text, r->end);
	int error = 0;

	if (!pending)
		return !call || call->kind == SP_LOG_EXIT ? 0 : take_whole(r, task, call, result);
	if (sp_strace_is_unfinished(r->text, r->end))
		return 0;
	if (pending->kind == SP_LOG_FORK)
		error = finish_fork(r, task, task->pending_thread || makes_thread(r), result);
	else if (pending->kind == SP_LOG_EXEC && result && *result == '0' && task->pending_exe)
		error = finish_exec(r, task, task->pending_exe);
	else if (pending->kind == SP_LOG_EXIT)
		return sp_strace_take_exit(r, task);
	sp_strace_tasks_set_pending(&r->strace->tasks, task, NULL);
	return error;
}

/* "syscall_0x1b3": a number that strace has no name for. */
static bool parse_nameless(const char *name, size_t len, uint32_t *ret)
{
	static const char prefix[] = "syscall_0x";
	char *end;
	unsigned long nr;

	if (len < sizeof(prefix) || memcmp(name, prefix, sizeof(prefix) - 1) != 0)
		return false;
	errno = 0;
	nr = strtoul(name + sizeof(prefix) - 1, &end, 16);
	if (end != name + len || errno)
		return false;
	*ret = (uint32_t)nr;
	return true;
}

/*
 * Of a thread that an execve ends while its clone returns, strace takes what that returned for the
 * number of a call. Numbers of calls do not come near those of tasks, but for the first of these.
 */
static bool is_id(const struct sp_strace_reading *r, uint32_t nr)
{
	enum { NUMBERS_MAX = 4096, X32_BIT = 0x40000000 };

	return (nr >= NUMBERS_MAX && nr < X32_BIT) ||
	       (nr > 0 && sp_strace_tasks_find(&r->strace->tasks, (pid_t)nr));
}

/*
 * Output of the traced program may stand in the log, in the middle of lines too; what has the end
 * of a call is one. A call that writes has its own output there: "write(1, "x\n", 2x".
 */
static bool is_torn_write(const struct sp_strace_reading *r, size_t len)
{
	const char *name = r->text;

	return (memmem(name, len, "write", 5) || memmem(name, len, "send", 4)) &&
	       (r->text[len + 1] >= '0' && r->text[len + 1] <= '9');
}

/*
 * On a terminal strace's own word breaks off the call: "vfork(strace: Process 24299 attached", and
 * at the end "epoll_wait(4, strace: Process 24299 detached".
 */
static bool is_broken_off(const struct sp_strace_reading *r, pid_t *ret_child)
{
	static const char word[] = "strace: Process ";
	const char *p = memmem(r->text, (size_t)(r->end - r->text), word, sizeof(word) - 1);
	char *end;
	long task;

	if (!p)
		return false;
	task = strtol(p + sizeof(word) - 1, &end, 10);
	if (task <= 0 || task > INT_MAX)
		return false;
	if (sp_streq(end, " attached"))
		*ret_child = (pid_t)task;
	return *ret_child || sp_streq(end, " detached");
}

int sp_strace_take_call(struct sp_strace_reading *r, size_t len)
{
	const struct sp_log_name *call = sp_log_names_find(r->import->names, r->text, len);
	const char *result = sp_strace_result(r->text + len, r->end);
	pid_t child = 0;
	const bool unfinished =
		!result && (is_broken_off(r, &child) || sp_strace_is_unfinished(r->text, r->end));
	struct sp_strace_task *task;
	int error;

	if (!result && !unfinished && !(call && (r->cut || is_torn_write(r, len))))
		return 0;
	if (!call && !r->prefix.numbered) {
		if (!parse_nameless(r->text, len, &r->prefix.nr))
			return sp_import_note_unknown(r->import, r->text, len);
		if (is_id(r, r->prefix.nr))
			return 0;
		r->prefix.numbered = true;
	}
	error = sp_strace_find_task(r, &task);
	if (error < 0)
		return error;
	error = unfinished ? take_unfinished(r, task, call) : take_whole(r, task, call, result);
	if (error == 0 && child) {
		r->strace->is_torn = true;
		r->strace->torn = task->key;
		error = sp_strace_task_of(r, child, &task);
	}
	return error < 0 ? error : 1;
}
