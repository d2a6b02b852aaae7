/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What import.c, which hands lines round, has in common with the readers of single formats. A
 * reader answers for one line: 1 when it is of its format, 0 when it is not, -EILSEQ when it is but
 * is damaged, or another negative errno.
 */

#include "sysprofile/import.h"
#include "sysprofile/lognames.h"

/* Times of a log, as ns from the first of them. All zero is a new log. */
struct sp_log_clock {
	bool started;
	int64_t first, last;
	bool since_epoch; /* of CLOCK_REALTIME, and not of a boot */
	int64_t day;	  /* what has been added for midnights */
	int64_t in_day;	  /* the last time of day */
	int64_t relative; /* the sum of what -r shows */
};

/* Seconds since some epoch. */
int64_t sp_log_clock_absolute(struct sp_log_clock *clock, int64_t ns);
/* Since midnight; one that is much earlier than the last is of the next day. */
int64_t sp_log_clock_of_day(struct sp_log_clock *clock, int64_t ns);
/* Since the line before. */
int64_t sp_log_clock_relative(struct sp_log_clock *clock, int64_t ns);

/* CLOCK_REALTIME of the first line, in us; 0: the log does not tell. */
int64_t sp_log_clock_start_usec(const struct sp_log_clock *clock);

/*
 * Reads "12:34:56", "12:34:56.789", "1700000000" or "1700000000.123456" at text. *ret_of_day tells
 * the first two. Returns where it ends, or NULL.
 */
const char *sp_log_time_parse(const char *text, bool *ret_of_day, int64_t *ret_ns);

struct sp_strace;
struct sp_tables;
struct sp_audit;

struct sp_import {
	sp_import_taker *taker;
	void *userdata;
	const struct sp_import_filter *filter; /* NULL: none */
	struct sp_log_names *names;	       /* owned, as are the next three */
	struct sp_strace *strace;
	struct sp_tables *tables;
	struct sp_audit *audit;
	struct sp_import_report *report; /* of the log that is being read */
};

bool sp_import_passes(const struct sp_import *import, const struct sp_sighted *what, pid_t process);

/* Hands a call on, unless the filter keeps it out: process is whose it is, 0 when unknown. */
int sp_import_emit(struct sp_import *import, const struct sp_sighted *what, pid_t process);

/*
 * The same for a call by name, on the ABI of that place in sp_abi_local() or, if that has no such
 * call, on the first one that has it. Returns the place, or negative errno.
 */
int sp_import_emit_name(struct sp_import *import, const struct sp_log_name *name, int place,
			struct sp_sighted *what, pid_t process);

/* As events have it: the kernel counts x32 to x86-64. */
uint32_t sp_import_audit_arch(sp_abi abi);

/* Remembers a name that no ABI has. 0, that is, no line of a known form; or -ENOMEM. */
int sp_import_note_unknown(struct sp_import *import, const char *name, size_t len);

/* The readers. Each has a state of its own, made new by _begin() for every log. */

int sp_strace_new(struct sp_strace **ret);
struct sp_strace *sp_strace_free(struct sp_strace *strace);
int sp_strace_begin(struct sp_strace *strace, struct sp_import *import, const char *name);
int sp_strace_line(struct sp_strace *strace, struct sp_import *import, const struct sp_line *line);

int sp_tables_new(struct sp_tables **ret);
struct sp_tables *sp_tables_free(struct sp_tables *tables);
void sp_tables_begin(struct sp_tables *tables);
int sp_tables_line(struct sp_tables *tables, struct sp_import *import, const struct sp_line *line);

int sp_audit_new(struct sp_audit **ret);
struct sp_audit *sp_audit_free(struct sp_audit *audit);
void sp_audit_begin(struct sp_audit *audit);
int sp_audit_line(struct sp_audit *audit, struct sp_import *import, const struct sp_line *line);

/*
 * The same line of either, taken out of the journal's JSON: *ret is the message, the caller's;
 * NULL when the line has none. 0 or -ENOMEM.
 */
int sp_journal_message(const char *text, size_t len, char **ret, int64_t *ret_ns);
