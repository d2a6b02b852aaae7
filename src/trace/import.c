/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>

#include "import-private.h"

const char *sp_import_format_name(enum sp_import_format format)
{
	static const char *const names[_SP_IMPORT_MAX] = {
		[SP_IMPORT_UNKNOWN] = "unknown format",	 [SP_IMPORT_STRACE] = "strace log",
		[SP_IMPORT_SUMMARY] = "strace -c table", [SP_IMPORT_PERF] = "perf trace",
		[SP_IMPORT_BPFTRACE] = "bpftrace map",	 [SP_IMPORT_AUDIT] = "audit records",
		[SP_IMPORT_OCI] = "OCI seccomp profile",
	};

	return names[format];
}

void sp_import_report_done(struct sp_import_report *report)
{
	sp_words_done(&report->unknown);
	sp_words_done(&report->kept_out);
}

int sp_import_new(sp_import_taker *taker, void *userdata, const struct sp_import_filter *filter,
		  struct sp_import **ret)
{
	_cleanup_(sp_import_freep) struct sp_import *import = calloc(1, sizeof(*import));
	int r;

	if (!import)
		return -ENOMEM;
	import->taker = taker;
	import->userdata = userdata;
	import->filter = filter;
	r = sp_log_names_new(&import->names);
	if (r == 0)
		r = sp_strace_new(&import->strace);
	if (r == 0)
		r = sp_tables_new(&import->tables);
	if (r == 0)
		r = sp_audit_new(&import->audit);
	if (r < 0)
		return r;
	*ret = SP_TAKE(import);
	return 0;
}

struct sp_import *sp_import_free(struct sp_import *import)
{
	if (!import)
		return NULL;
	sp_strace_free(import->strace);
	sp_tables_free(import->tables);
	sp_audit_free(import->audit);
	sp_log_names_free(import->names);
	free(import);
	return NULL;
}

/* Handing on. */

uint32_t sp_import_audit_arch(sp_abi abi)
{
	return abi == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : abi;
}

static bool is_named(const struct sp_words *words, const char *word)
{
	return words->n == 0 || (word && sp_words_contains(words, word));
}

static bool is_pid(const struct sp_import_filter *filter, pid_t pid)
{
	for (size_t i = 0; i < filter->n_pids; i++)
		if (filter->pids[i] == pid)
			return true;
	return filter->n_pids == 0;
}

static int keep_out(struct sp_import_report *report, const struct sp_sighted *what, pid_t process)
{
	char name[SP_IMPORT_TEXT];

	report->others += 1 + what->event.more;
	if (what->exe || what->comm)
		snprintf(name, sizeof(name), "%s", what->comm ? what->comm : what->exe);
	else
		snprintf(name, sizeof(name), "pid %d", (int)process);
	if (report->kept_out.n == SP_IMPORT_NAMES || sp_words_contains(&report->kept_out, name))
		return 0;
	return sp_words_add(&report->kept_out, name);
}

bool sp_import_passes(const struct sp_import *import, const struct sp_sighted *what, pid_t process)
{
	const struct sp_import_filter *filter = import->filter;

	return !filter || (is_named(filter->comms, what->comm) &&
			   is_named(filter->exes, what->exe) && is_pid(filter, process));
}

int sp_import_emit(struct sp_import *import, const struct sp_sighted *what, pid_t process)
{
	if (!sp_import_passes(import, what, process))
		return keep_out(import->report, what, process);
	import->report->calls += 1 + what->event.more;
	return import->taker(what, import->userdata);
}

static int emit_at(struct sp_import *import, sp_abi abi, uint32_t nr, struct sp_sighted *what,
		   pid_t process)
{
	what->event.arch = sp_import_audit_arch(abi);
	what->event.nr = nr;
	return sp_import_emit(import, what, process);
}

int sp_import_emit_name(struct sp_import *import, const struct sp_log_name *name, int place,
			struct sp_sighted *what, pid_t process)
{
	const sp_abi *local = sp_abi_local();
	int r;

	for (int i = 0; name->nr[place] == SP_LOG_NO_NUMBER && i < SP_LOG_ABIS_MAX; i++)
		if (name->nr[i] != SP_LOG_NO_NUMBER)
			place = i;
	r = emit_at(import, local[place], name->nr[place], what, process);
	if (r == 0 && name->also[place] != SP_LOG_NO_NUMBER)
		r = emit_at(import, local[place], name->also[place], what, process);
	return r < 0 ? r : place;
}

int sp_import_note_unknown(struct sp_import *import, const char *name, size_t len)
{
	struct sp_words *unknown = &import->report->unknown;
	char copy[SP_IMPORT_TEXT];

	snprintf(copy, sizeof(copy), "%.*s", (int)(len < sizeof(copy) ? len : sizeof(copy)), name);
	if (unknown->n == SP_IMPORT_NAMES || sp_words_contains(unknown, copy))
		return 0;
	return sp_words_add(unknown, copy);
}

/* Lines. */

static void count_damaged(struct sp_import_report *report, const struct sp_line *line)
{
	if (report->damaged < SP_IMPORT_SHOWN) {
		report->first_damaged[report->damaged].line = line->number;
		snprintf(report->first_damaged[report->damaged].text, SP_IMPORT_TEXT, "%s",
			 line->text);
	}
	report->damaged++;
}

/*
 * The first line that only one kind of log has decides. Until then output of a program may stand
 * before its strace, and whatever else a kernel says before its audit records.
 */
static int take_line(struct sp_import *import, const struct sp_line *line)
{
	int r = 0;

	switch (import->report->format) {
	case SP_IMPORT_UNKNOWN:
		/* First: what a traced program writes may look like any of the others. */
		r = sp_strace_line(import->strace, import, line);
		if (r == 0)
			r = sp_audit_line(import->audit, import, line);
		return r == 0 ? sp_tables_line(import->tables, import, line) : r;
	case SP_IMPORT_STRACE:
		/* With -C the table of -c comes last. */
		r = sp_strace_line(import->strace, import, line);
		return r == 0 ? sp_tables_line(import->tables, import, line) : r;
	case SP_IMPORT_SUMMARY:
	case SP_IMPORT_PERF:
	case SP_IMPORT_BPFTRACE:
		r = sp_tables_line(import->tables, import, line);
		/* Before a table may stand "strace: Process 123 attached". */
		return r == 0 ? sp_strace_line(import->strace, import, line) : r;
	case SP_IMPORT_AUDIT:
		return sp_audit_line(import->audit, import, line);
	case SP_IMPORT_OCI:
	case _SP_IMPORT_MAX:
		break;
	}
	return r;
}

/* What else is in the journal, or in the log of the audit daemon, is no damage. */
static void forgive(struct sp_import_report *report)
{
	if (report->format == SP_IMPORT_AUDIT)
		report->damaged = 0;
}

static int begin(struct sp_import *import, const char *name)
{
	sp_tables_begin(import->tables);
	sp_audit_begin(import->audit);
	return sp_strace_begin(import->strace, import, name);
}

int sp_import_log(struct sp_import *import, struct sp_stream *stream, const char *name,
		  struct sp_import_report *report)
{
	struct sp_line line;
	int r, taken;

	import->report = report;
	r = begin(import, name);
	if (r < 0)
		return r;
	while ((r = sp_stream_next(stream, &line)) > 0) {
		const bool undecided = report->format == SP_IMPORT_UNKNOWN;

		report->lines++;
		taken = take_line(import, &line);
		if (taken < 0 && taken != -EILSEQ)
			return taken;
		if (undecided && report->format != SP_IMPORT_UNKNOWN)
			forgive(report);
		if (taken == -EILSEQ || (taken == 0 && report->format != SP_IMPORT_AUDIT))
			count_damaged(report, &line);
	}
	if (r < 0)
		return r;
	return report->format == SP_IMPORT_UNKNOWN ? -ENOMSG : 0;
}

/* Keys of the lines of `journalctl -o json`. Each line is a document of its own. */
static bool is_journal(const char *head, size_t len)
{
	static const char *const keys[] = { "\"__CURSOR\"", "\"__REALTIME_TIMESTAMP\"",
					    "\"MESSAGE\"" };

	for (size_t i = 0; i < SP_ARRAY_SIZE(keys); i++)
		if (memmem(head, len, keys[i], strlen(keys[i])))
			return true;
	return false;
}

bool sp_import_is_document(const char *head, size_t len)
{
	size_t i = 0;

	while (i < len && strchr(" \t\r\n", head[i]) && head[i])
		i++;
	return i < len && head[i] == '{' && !is_journal(head, len);
}
