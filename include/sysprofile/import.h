/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Logs that others wrote, as events: what strace, `perf trace` and bpftrace print, and the audit
 * records of seccomp. Which it is, is told by the contents. A line that cannot be understood is
 * counted and left out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sysprofile/event.h"
#include "sysprofile/stream.h"
#include "sysprofile/util.h"

enum sp_import_format {
	SP_IMPORT_UNKNOWN,
	SP_IMPORT_STRACE,   /* calls, a line each */
	SP_IMPORT_SUMMARY,  /* strace -c: a table */
	SP_IMPORT_PERF,	    /* perf trace, lines or the tables of -s */
	SP_IMPORT_BPFTRACE, /* a printed map */
	SP_IMPORT_AUDIT,    /* audit.log, ausearch, dmesg, journalctl */
	SP_IMPORT_OCI,	    /* the seccomp profile of a container runtime */
	_SP_IMPORT_MAX,
};

/* "strace log", "audit records" and so on; static. */
const char *sp_import_format_name(enum sp_import_format format);

/*
 * What a log says. event.time_ns counts from the first line with a time, and is 0 where there is
 * none; event.tid is 0 where the log names no task.
 */
struct sp_sighted {
	struct sp_event event;
	const char *exe;  /* borrowed for the length of the call; NULL: the log does not say */
	const char *comm; /* the same */
};

/* 0; or a negative errno, which ends the import. */
typedef int sp_import_taker(const struct sp_sighted *what, void *userdata);

/* Only what all of these that are not empty name; every list is borrowed. */
struct sp_import_filter {
	const struct sp_words *comms;
	const struct sp_words *exes;
	const pid_t *pids; /* of processes: their threads are in it too, where the log tells */
	size_t n_pids;
};

enum { SP_IMPORT_SHOWN = 3, SP_IMPORT_TEXT = 80, SP_IMPORT_NAMES = 16 };

struct sp_import_report {
	enum sp_import_format format; /* of the line that decided */
	uint64_t lines;
	uint64_t calls;	  /* sightings handed on */
	uint64_t others;  /* sightings that the filter kept out */
	uint64_t damaged; /* lines */
	struct {
		uint64_t line;
		char text[SP_IMPORT_TEXT]; /* its beginning, as it stands */
	} first_damaged[SP_IMPORT_SHOWN];
	/* Calls that no ABI of this machine has by that name; they are damaged lines as well. */
	struct sp_words unknown; /* owned; the first SP_IMPORT_NAMES of them */
	/* Some programs that the filter kept out. */
	struct sp_words kept_out; /* owned; SP_IMPORT_NAMES at most */
	bool start_seen;	  /* the first call was an execve: a command was launched */
	bool has_times;
	int64_t start_usec;  /* CLOCK_REALTIME of the first time; 0: it does not tell */
	int64_t duration_ns; /* from the first time to the last */
};
void sp_import_report_done(struct sp_import_report *report);

struct sp_import;

/* taker, userdata and filter (NULL: all passes) are borrowed until the end. */
int sp_import_new(sp_import_taker *taker, void *userdata, const struct sp_import_filter *filter,
		  struct sp_import **ret);
struct sp_import *sp_import_free(struct sp_import *import);
static inline void sp_import_freep(struct sp_import **p)
{
	if (*p)
		(void)sp_import_free(*p);
}

/*
 * Reads one log to its end. name is the file's: strace -ff writes one file a task and puts the
 * task's id only there, behind the last dot; consecutive files of one name but for that are of one
 * run. *ret must be all zero; it is filled in any case, and the caller's to end. 0; -ENOMSG: no
 * line of it is of a known kind; or what the stream or the taker says.
 */
int sp_import_log(struct sp_import *import, struct sp_stream *stream, const char *name,
		  struct sp_import_report *ret);

/*
 * The names that a seccomp profile of the OCI runtime specification allows, each once, on the first
 * ABI of this machine that has it; what is allowed for some arguments or some machines counts.
 * Docker's conditions on capabilities are taken for unmet; their names are counted as others.
 * -EBADMSG: it is no such profile; -EOPNOTSUPP: it allows by default, so that what it names says
 * nothing about what was needed.
 */
int sp_import_oci(struct sp_import *import, const char *text, size_t len,
		  struct sp_import_report *ret);

/* Whether the beginning of a file is that of a JSON document other than the journal's lines. */
bool sp_import_is_document(const char *head, size_t len);
