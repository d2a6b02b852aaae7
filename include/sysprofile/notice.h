/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Things a traced program did that a set of calls alone does not tell, and that matter to who
 * loads a filter. Each is kept once per kind and program, so memory follows what is known.
 */

#include <stddef.h>
#include <stdio.h>

#include "sysprofile/event.h"
#include "sysprofile/profile.h"

enum sp_notice_kind {
	SP_NOTICE_NONE,
	SP_NOTICE_SETID_EXEC,	/* ran a setuid or setgid file */
	SP_NOTICE_FILECAP_EXEC, /* ran a file with capabilities */
	SP_NOTICE_POWERLESS,	/* ran either, but the kernel gave it nothing under this tracer */
	SP_NOTICE_OWN_SECCOMP,	/* installs a filter of its own */
	SP_NOTICE_STRICT,	/* enters strict seccomp mode */
	SP_NOTICE_IO_URING,	/* io_uring_setup */
	SP_NOTICE_PERSONALITY,	/* changes its execution domain */
	SP_NOTICE_PTRACE,	/* traces, or asks to be traced */
	_SP_NOTICE_MAX,
};

struct sp_notice {
	enum sp_notice_kind kind;
	char *exe; /* owned; the program that did it, or the file that was run */
	pid_t tid; /* of the first time, as are the next two */
	char comm[SP_COMM_SIZE];
	int64_t time_ns;
	unsigned long count;
};

struct sp_notices;

int sp_notices_new(struct sp_notices **ret);
struct sp_notices *sp_notices_free(struct sp_notices *notices);
static inline void sp_notices_freep(struct sp_notices **p)
{
	if (*p)
		(void)sp_notices_free(*p);
}

/*
 * Whether a SYSCALL event is one of these, judged by number and arguments. One table look-up for
 * a call that is not: it is asked for every call.
 */
enum sp_notice_kind sp_notices_classify(const struct sp_notices *notices,
					const struct sp_event *event);

/*
 * Keeps it. 1: first of its kind by that program; 0: counted; -ENOMEM. comm may be NULL.
 */
int sp_notices_add(struct sp_notices *notices, enum sp_notice_kind kind, const char *exe,
		   const struct sp_event *event, const char *comm);

size_t sp_notices_count(const struct sp_notices *notices);
const struct sp_notice *sp_notices_at(const struct sp_notices *notices, size_t i);

/*
 * Who did what and what it means for the filter, as one sentence without a dot at its end. The
 * string is the caller's; NULL without memory.
 */
char *sp_notice_sentence(const struct sp_notice *notice);
