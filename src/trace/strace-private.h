/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The parts of the reader of strace's logs: strace.c knows what lines there are, strace-lines.c how
 * one is put together, strace-calls.c what a call means, strace-tasks.c who lives.
 */

#include "import-private.h"
#include "sysprofile/hash.h"

/* What stands before the matter of a line. */
struct sp_strace_prefix {
	pid_t tid;	  /* 0: the line names none */
	bool in_brackets; /* "[pid 123]", as on a terminal */
	const char *comm; /* of --decode-pids=comm; NULL: none */
	size_t comm_len;
	enum { SP_STRACE_NO_TIME, SP_STRACE_OF_DAY, SP_STRACE_ABSOLUTE, SP_STRACE_RELATIVE } timing;
	int64_t ns;
	bool numbered; /* -n */
	uint32_t nr;
	const char *rest;
};

/* false: no line of strace begins like that. */
bool sp_strace_prefix_parse(const char *text, struct sp_strace_prefix *ret);

/* How many characters a name of a call, which may begin here, has. */
size_t sp_strace_name_length(const char *text);

/* What follows "= " behind the last closing parenthesis of a call that returned; NULL: none. */
const char *sp_strace_result(const char *text, const char *end);

/* Whether the call goes on in a later line, or in none. */
bool sp_strace_is_unfinished(const char *text, const char *end);

/* The id of what a fork made, from its result; 0: it failed. */
pid_t sp_strace_child(const char *result);

/* The first string among the arguments, its escapes undone. Cut off at size; false: none. */
bool sp_strace_string(const char *text, const char *end, char *ret, size_t size);

enum { SP_STRACE_COMM_SIZE = 16, SP_STRACE_EXE_SIZE = 4096 };

struct sp_strace_task {
	pid_t key;     /* as lines call it; 0: they do not */
	pid_t tid;     /* as events call it: what lines called it first */
	pid_t process; /* the same of its process */
	int place;     /* of its ABI in sp_abi_local() */
	bool guessed;  /* the place was concluded from a name */
	char *exe;     /* owned; NULL: unknown */
	char comm[SP_STRACE_COMM_SIZE];
	const struct sp_log_name *pending; /* the call that it is in */
	char *pending_exe;		   /* owned; what that will run */
	bool pending_thread;		   /* what that will make is one */
	UT_hash_handle hh;
};

/* All zero is empty. */
struct sp_strace_tasks {
	struct sp_strace_task *table;
	struct sp_strace_task *last; /* asked for; lines of a task come in runs */
	struct sp_strace_task *main; /* of the lines without an id */
	struct sp_strace_task *forker;
	unsigned n_forkers; /* tasks whose pending call is a fork; forker is one of them */
};

void sp_strace_tasks_done(struct sp_strace_tasks *tasks);

struct sp_strace_task *sp_strace_tasks_find(struct sp_strace_tasks *tasks, pid_t key);

/* A new one, which inherits from parent unless that is NULL. NULL: out of memory. */
struct sp_strace_task *sp_strace_tasks_add(struct sp_strace_tasks *tasks, pid_t key,
					   const struct sp_strace_task *parent, bool is_thread);
void sp_strace_tasks_remove(struct sp_strace_tasks *tasks, struct sp_strace_task *task);

/* The task that is in a fork, when there is one or when it does not matter which; else NULL. */
const struct sp_strace_task *sp_strace_tasks_forker(const struct sp_strace_tasks *tasks);

void sp_strace_tasks_set_pending(struct sp_strace_tasks *tasks, struct sp_strace_task *task,
				 const struct sp_log_name *call);

/* From now on lines call it so. 0 or -ENOMEM. */
int sp_strace_tasks_rename(struct sp_strace_tasks *tasks, struct sp_strace_task *task, pid_t key);

/* 0 or -ENOMEM; the comm becomes the last part of the path. */
int sp_strace_task_set_exe(struct sp_strace_task *task, const char *path);

struct sp_strace {
	struct sp_strace_tasks tasks;
	struct sp_log_clock clock;
	int64_t span_before; /* of the clock, when this log began */
	char *base;	     /* owned; the name of the log but for the id behind it */
	pid_t file_id;	     /* that id; 0: none */
	bool any_call;	     /* of this run */
	bool declared;	     /* a line said which ABI is meant */
	bool is_torn;	     /* strace itself broke off a call */
	pid_t torn;	     /* of this task, by its key */
};

/* A line on its way through the functions below. */
struct sp_strace_reading {
	struct sp_strace *strace;
	struct sp_import *import;
	struct sp_strace_prefix prefix;
	const char *text, *end; /* without the prefix; a 0 byte is at end */
	int64_t time_ns;
	bool cut; /* its middle is missing */
};

/* Tells that a task is there, or what it runs now. 0 or negative errno, as are those below. */
int sp_strace_say_task(const struct sp_strace_reading *r, const struct sp_strace_task *task,
		       enum sp_event_kind kind);
int sp_strace_say_exit(struct sp_import *import, const struct sp_strace_task *task);
int sp_strace_add_task(const struct sp_strace_reading *r, pid_t key,
		       const struct sp_strace_task *parent, bool is_thread,
		       struct sp_strace_task **ret);

/* The task that the line is of, made known if need be; and the time of the line. */
int sp_strace_find_task(struct sp_strace_reading *r, struct sp_strace_task **ret);
int sp_strace_task_of(const struct sp_strace_reading *r, pid_t key, struct sp_strace_task **ret);

/* It is gone. */
int sp_strace_take_exit(const struct sp_strace_reading *r, struct sp_strace_task *task);

/* strace's own words on tasks, of which number is where one begins: 1; 0: it is none; or -ENOMEM.
 */
int sp_strace_take_mode(struct sp_strace_reading *r);
int sp_strace_take_end(const struct sp_strace_reading *r);
int sp_strace_take_process(const struct sp_strace_reading *r, const char *number);

/* A line whose text begins with a name of len characters and a parenthesis: 1, 0, or an error. */
int sp_strace_take_call(struct sp_strace_reading *r, size_t len);

/* The second half of a call: it is counted only when the log began after the first. */
int sp_strace_take_resumed(const struct sp_strace_reading *r, struct sp_strace_task *task,
			   const struct sp_log_name *call);
