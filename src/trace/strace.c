/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <limits.h>

#include "strace-private.h"

int sp_strace_new(struct sp_strace **ret)
{
	struct sp_strace *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*ret = s;
	return 0;
}

struct sp_strace *sp_strace_free(struct sp_strace *s)
{
	if (!s)
		return NULL;
	sp_strace_tasks_done(&s->tasks);
	free(s->base);
	free(s);
	return NULL;
}

/* "log.4711": the id, and how much stands before it. */
static pid_t parse_suffix(const char *name, size_t *ret_len)
{
	const char *dot = strrchr(name, '.');
	char *end;
	long id;

	if (!dot || !isdigit((unsigned char)dot[1]))
		return 0;
	errno = 0;
	id = strtol(dot + 1, &end, 10);
	if (*end || errno || id <= 0 || id > INT_MAX)
		return 0;
	*ret_len = (size_t)(dot - name);
	return (pid_t)id;
}

static int64_t span_of(const struct sp_log_clock *clock)
{
	return clock->last - clock->first;
}

int sp_strace_say_exit(struct sp_import *import, const struct sp_strace_task *task)
{
	const struct sp_sighted gone = {
		.event = { .kind = SP_EVENT_EXIT, .tid = task->tid },
	};

	return import->taker(&gone, import->userdata);
}

/* Another run: what its tasks are called has nothing to do with what these were called. */
static int forget_run(struct sp_strace *s, struct sp_import *import)
{
	struct sp_strace_task *task, *next;
	int r = 0;

	HASH_ITER (hh, s->tasks.table, task, next)
		if (r == 0)
			r = sp_strace_say_exit(import, task);
	sp_strace_tasks_done(&s->tasks);
	s->clock = (struct sp_log_clock){};
	s->any_call = s->declared = false;
	s->is_torn = false;
	return r;
}

int sp_strace_begin(struct sp_strace *s, struct sp_import *import, const char *name)
{
	size_t len = 0;
	const pid_t id = parse_suffix(name, &len);
	const bool same_run =
		id && s->base && strlen(s->base) == len && memcmp(s->base, name, len) == 0;

	if (!same_run) {
		char *base = id ? strndup(name, len) : NULL;
		int r = forget_run(s, import);

		free(s->base);
		s->base = base;
		if (r < 0 || (id && !base))
			return r < 0 ? r : -ENOMEM;
	}
	s->file_id = id;
	s->tasks.main = NULL;
	s->span_before = span_of(&s->clock);
	return 0;
}

static void look_at_clock(struct sp_strace_reading *r)
{
	const struct sp_strace_prefix *prefix = &r->prefix;
	struct sp_log_clock *clock = &r->strace->clock;

	switch (prefix->timing) {
	case SP_STRACE_NO_TIME:
		r->time_ns = span_of(clock);
		return;
	case SP_STRACE_OF_DAY:
		r->time_ns = sp_log_clock_of_day(clock, prefix->ns);
		break;
	case SP_STRACE_ABSOLUTE:
		r->time_ns = sp_log_clock_absolute(clock, prefix->ns);
		break;
	case SP_STRACE_RELATIVE:
		r->time_ns = sp_log_clock_relative(clock, prefix->ns);
		break;
	}
	r->import->report->has_times = true;
	r->import->report->start_usec = sp_log_clock_start_usec(clock);
	r->import->report->duration_ns = span_of(clock) - r->strace->span_before;
}

/* Tells that a task is there, or what it runs now. */
int sp_strace_say_task(const struct sp_strace_reading *r, const struct sp_strace_task *task,
		       enum sp_event_kind kind)
{
	const struct sp_sighted what = {
		.event = { .kind = kind, .tid = task->tid, .time_ns = r->time_ns },
		.exe = task->exe,
		.comm = task->comm[0] ? task->comm : NULL,
	};

	return r->import->taker(&what, r->import->userdata);
}

int sp_strace_add_task(const struct sp_strace_reading *r, pid_t key,
		       const struct sp_strace_task *parent, bool is_thread,
		       struct sp_strace_task **ret)
{
	struct sp_strace_task *task =
		sp_strace_tasks_add(&r->strace->tasks, key, parent, is_thread);

	if (!task)
		return -ENOMEM;
	*ret = task;
	return sp_strace_say_task(r, task, is_thread ? SP_EVENT_THREAD : SP_EVENT_PROCESS);
}

/*
 * On a terminal strace names tasks only while there are several. A line without an id is of the
 * one that is left, or else of the one that was there before the others.
 */
static int unnamed_task(const struct sp_strace_reading *r, struct sp_strace_task **ret)
{
	struct sp_strace_tasks *tasks = &r->strace->tasks;
	struct sp_strace_task *task = tasks->main;

	if (r->strace->file_id)
		task = sp_strace_tasks_find(tasks, r->strace->file_id);
	else if (!task || HASH_COUNT(tasks->table) == 1)
		task = tasks->table;
	if (!task) {
		int error = sp_strace_add_task(r, r->strace->file_id, NULL, false, &task);

		if (error < 0)
			return error;
		tasks->main = task;
	}
	*ret = task;
	return 0;
}

int sp_strace_task_of(const struct sp_strace_reading *r, pid_t key, struct sp_strace_task **ret)
{
	struct sp_strace_tasks *tasks = &r->strace->tasks;
	struct sp_strace_task *main_task = tasks->main;
	const struct sp_strace_task *parent;

	if (!key)
		return unnamed_task(r, ret);
	*ret = sp_strace_tasks_find(tasks, key);
	if (*ret)
		return 0;
	/* The task that had no name, now that it is not alone: others are told when they come. */
	if (r->prefix.in_brackets && main_task && main_task->key == r->strace->file_id &&
	    key == r->prefix.tid) {
		int error = sp_strace_tasks_rename(tasks, main_task, key);

		*ret = main_task;
		tasks->main = error < 0 ? NULL : main_task;
		return error;
	}
	parent = sp_strace_tasks_forker(tasks);
	return sp_strace_add_task(r, key, parent, parent && parent->pending_thread, ret);
}

int sp_strace_find_task(struct sp_strace_reading *r, struct sp_strace_task **ret)
{
	const struct sp_strace_prefix *prefix = &r->prefix;
	int error;

	look_at_clock(r);
	error = sp_strace_task_of(r, prefix->tid, ret);

	if (error == 0 && prefix->comm) {
		const size_t len = prefix->comm_len < SP_STRACE_COMM_SIZE ? prefix->comm_len
									  : SP_STRACE_COMM_SIZE - 1;

		memcpy((*ret)->comm, prefix->comm, len);
		(*ret)->comm[len] = 0;
	}
	return error;
}

/* "<... read resumed>", "<unfinished ...>) = ?" */
static int take_angle(struct sp_strace_reading *r)
{
	struct sp_strace_task *task;
	const char *name = r->text + strlen("<... ");
	size_t len;
	int error;

	if (strncmp(r->text, "<unfinished ...>", 16) == 0 ||
	    strncmp(r->text, "<detached ...>", 14) == 0)
		return 1;
	if (strncmp(r->text, "<... ", 5) != 0)
		return 0;
	len = sp_strace_name_length(name);
	if (strncmp(name + len, " resumed>", 9) != 0)
		return 0;
	error = sp_strace_find_task(r, &task);
	if (error < 0)
		return error;
	r->text = name + len;
	error = sp_strace_take_resumed(r, task, sp_log_names_find(r->import->names, name, len));
	return error < 0 ? error : 1;
}

/* Behind "strace: ", or what else it was called by: "/usr/bin/strace: ". */
static const char *skip_strace(const char *p)
{
	static const char strace[] = "strace:";
	const size_t word = strcspn(p, " "), len = sizeof(strace) - 1;

	if (word < len || p[word] != ' ' || memcmp(p + word - len, strace, len) != 0 ||
	    (word > len && p[word - len - 1] != '/'))
		return p;
	return p + word + 1;
}

static int take_word(struct sp_strace_reading *r)
{
	static const char process[] = "Process ";
	const size_t len = sp_strace_name_length(r->text);
	const char *p = r->text;

	if (len > 0 && r->text[len] == '(')
		return sp_strace_take_call(r, len);
	p = skip_strace(p);
	if (strncmp(p, process, sizeof(process) - 1) == 0)
		return sp_strace_take_process(r, p + sizeof(process) - 1);
	/* strace's own words: "strace: Can't stat ...". */
	return p > r->text;
}

/* What is left of a call that was broken off: ", child_tidptr=0x7f0f33162a10) = 24300". */
static int take_rest(const struct sp_strace_reading *r)
{
	struct sp_strace_task *task = sp_strace_tasks_find(&r->strace->tasks, r->strace->torn);
	int error;

	if (!r->strace->is_torn || !sp_strace_result(r->text, r->end))
		return 0;
	r->strace->is_torn = false;
	error = task ? sp_strace_take_resumed(r, task, task->pending) : 0;
	return error < 0 ? error : 1;
}

static int take_matter(struct sp_strace_reading *r)
{
	switch (*r->text) {
	case '<':
		return take_angle(r);
	case '+':
		look_at_clock(r);
		return sp_strace_take_end(r);
	case '-':
		look_at_clock(r);
		return strncmp(r->text, "--- SIG", 7) == 0 ||
		       strncmp(r->text, "--- stopped", 11) == 0;
	case '[':
		return sp_strace_take_mode(r);
	case ')':
		/* The end of a line that output of the program had torn. */
		return r->strace->is_torn ? take_rest(r)
					  : r->text[1] == ' ' && sp_strace_result(r->text, r->end);
	case ',':
		return take_rest(r);
	case '>':
		/* A frame of -k. */
		return r->text[1] == ' ';
	case '|':
		/* A dump of what was read or written. */
		return r->text[1] == ' ';
	case '?':
		/* A call that was begun before strace was there: "????( <unfinished ...>". */
		return r->text[1] == '?';
	default:
		return take_word(r);
	}
}

int sp_strace_line(struct sp_strace *s, struct sp_import *import, const struct sp_line *line)
{
	/* The last line of a strace that was killed has no end. */
	struct sp_strace_reading r = { .strace = s,
				       .import = import,
				       .cut = line->cut || !line->ended };
	size_t len = line->len;
	int result;

	/* A terminal's log has them: script(1), serial consoles. */
	if (len > 0 && line->text[len - 1] == '\r')
		line->text[--len] = 0;
	r.end = line->text + len;
	if (sp_strace_prefix_parse(line->text, &r.prefix)) {
		r.text = r.prefix.rest;
		if (*r.text == 0)
			return r.text == r.end;
		result = take_matter(&r);
		if (result != 0)
			return result;
	}
	/* What is left of a call may begin with anything. */
	r.text = line->text;
	r.prefix = (struct sp_strace_prefix){};
	return take_rest(&r);
}
