/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/imported.h"

#include <errno.h>
#include <stdio.h>

#include "sysprofile/log.h"
#include "sysprofile/util.h"

/* Documents are read whole; the largest seccomp profiles have some 20 KB. */
#define DOCUMENT_MAX ((size_t)64 << 20)

void sp_imported_done(struct sp_imported *imported)
{
	free(imported->sources);
	sp_words_done(&imported->notes);
}

/* A log tells what was, not what is: nothing is asked of /proc. */
static int take(const struct sp_sighted *what, void *userdata)
{
	struct sp_recording *rec = userdata;
	int r = sp_profile_observe(rec->profile, &what->event);

	if (r < 0)
		return r;
	switch (what->event.kind) {
	case SP_EVENT_PROCESS:
	case SP_EVENT_THREAD:
	case SP_EVENT_EXEC:
		return what->exe ? sp_profile_set_exe(rec->profile, what->event.tid, what->exe) : 0;
	case SP_EVENT_SYSCALL:
		if (r > 0 && what->comm)
			sp_profile_name_first(rec->profile, what->comm);
		/* Of the others the arguments decide, which are not known here. */
		if (r > 0 && sp_notices_classify(rec->notices, &what->event) == SP_NOTICE_IO_URING)
			r = sp_notices_add(rec->notices, SP_NOTICE_IO_URING,
					   what->exe ? what->exe : "?", &what->event, what->comm);
		return r < 0 ? r : 0;
	case SP_EVENT_EXIT:
	case SP_EVENT_ANSWER:
	case SP_EVENT_SIGNAL:
	case _SP_EVENT_MAX:
		break;
	}
	return 0;
}

/* "log.4711" is 4711, and *ret_len without it; 0: it has no such end. */
static long task_of(const char *name, size_t *ret_len)
{
	const char *dot = strrchr(name, '.');

	if (!dot || !dot[1] || strspn(dot + 1, "0123456789") != strlen(dot + 1))
		return 0;
	*ret_len = (size_t)(dot - name);
	return atol(dot + 1);
}

static bool same_run(const char *a, const char *b)
{
	size_t len_a = 0, len_b = 0;

	return task_of(a, &len_a) && task_of(b, &len_b) && len_a == len_b &&
	       memcmp(a, b, len_a) == 0;
}

static int compare_tasks(const void *va, const void *vb)
{
	size_t len;
	const long a = task_of(*(char *const *)va, &len), b = task_of(*(char *const *)vb, &len);

	return (a > b) - (a < b);
}

/*
 * strace -ff writes one file a task, and a shell sorts log.1000 before log.999. A parent's id is
 * the lower one, but for wrapping around, and what it runs is inherited.
 */
static void sort_runs(struct sp_words *names)
{
	for (size_t begin = 0, end; begin < names->n; begin = end) {
		for (end = begin + 1; end < names->n && same_run(names->v[begin], names->v[end]);)
			end++;
		qsort(names->v + begin, end - begin, sizeof(*names->v), compare_tasks);
	}
}

static const char *remedy(int error)
{
	switch (-error) {
	case EISDIR:
		return "it is a directory; name the files in it";
	case ENOENT:
		return "no such file";
	case EACCES:
	case EPERM:
		return "not permitted; root may read it";
	case EFBIG:
		return "it is a document of more than 64 MiB";
	case ENODATA:
		return "its compressed data end too early; what is there, zcat can still read";
	case EBADMSG:
		return "its compressed data are damaged";
	default:
		return strerror(-error);
	}
}

static const char *program_for(const char *compression)
{
	if (sp_streq(compression, "bzip2"))
		return "bzip2";
	if (sp_streq(compression, "xz"))
		return "xz";
	return sp_streq(compression, "lz4") ? "lz4" : "zstd";
}

static const char *shown(const char *name)
{
	return sp_streq(name, "-") ? "stdin" : name;
}

static int open_stream(const char *name, struct sp_stream **ret)
{
	_cleanup_(sp_stream_freep) struct sp_stream *stream = NULL;
	int r = sp_stream_open(name, &stream);

	if (r == -EPROTONOSUPPORT)
		sp_error("cannot read %s: it is compressed with %s; write: %s -dc %s | "
			 "sysprofile --input=-",
			 shown(name), sp_stream_compression(stream),
			 program_for(sp_stream_compression(stream)),
			 sp_streq(name, "-") ? "FILE" : name);
	else if (r < 0)
		sp_error("cannot read %s: %s", shown(name), remedy(r));
	else
		*ret = SP_TAKE(stream);
	return r;
}

/* A document is one of a container runtime's; other kinds of documents have their place here. */
static int read_document(struct sp_import *import, struct sp_stream *stream, const char *name,
			 struct sp_import_report *report)
{
	_cleanup_(sp_freep) char *text = NULL;
	size_t len = 0;
	int r = sp_stream_rest(stream, DOCUMENT_MAX, &text, &len);

	if (r < 0) {
		sp_error("cannot read %s: %s", name, remedy(r));
		return r;
	}
	r = sp_import_oci(import, text, len, report);
	if (r == -EBADMSG)
		sp_error("cannot use %s: it is JSON, but no seccomp profile of a container "
			 "runtime, nor the journal's; or it is damaged",
			 name);
	else if (r == -EOPNOTSUPP)
		sp_error("cannot use %s: it allows what it does not name, so that it does not "
			 "tell what is needed",
			 name);
	else if (r < 0)
		sp_error("cannot use %s: %s", name, strerror(-r));
	return r;
}

static int read_log(struct sp_import *import, struct sp_stream *stream, const char *name,
		    struct sp_import_report *report)
{
	int r = sp_import_log(import, stream, name, report);

	if (r == -ENOMSG)
		sp_error("cannot use %s: none of its %s; strace, strace -c, perf trace and "
			 "bpftrace write such, and audit.log, ausearch, dmesg, journalctl and "
			 "container runtimes have some",
			 name,
			 report->unknown.n ? "lines has a system call that this machine knows"
					   : "lines is of a known kind");
	else if (r < 0)
		sp_error("cannot read %s: %s", name, remedy(r));
	return r;
}

static int read_stream(struct sp_import *import, struct sp_stream *stream, const char *name,
		       struct sp_import_report *report)
{
	const char *head;
	const size_t len = sp_stream_head(stream, &head);

	if (len == 0) {
		sp_error("cannot use %s: it is empty", name);
		return -ENODATA;
	}
	return sp_import_is_document(head, len) ? read_document(import, stream, name, report)
						: read_log(import, stream, name, report);
}

/* What all files together are. */
struct gathering {
	struct sp_import *import;
	struct sp_recording *rec;
	struct sp_imported *imported;
	enum sp_import_format first_format;
	size_t n_audit;
	uint64_t others;
	struct sp_words kept_out;
};

static int gather(struct gathering *g, const char *name, const struct sp_import_report *report)
{
	int r = sp_imported_judge(shown(name), report, g->imported);

	if (!g->first_format)
		g->first_format = report->format;
	g->n_audit += report->format == SP_IMPORT_AUDIT;
	g->others += report->others;
	g->imported->start_seen |= report->start_seen;
	g->imported->has_times |= report->has_times;
	g->rec->duration_ns += report->duration_ns;
	for (size_t i = 0; i < report->kept_out.n && g->kept_out.n < SP_IMPORT_NAMES && r == 0; i++)
		if (!sp_words_contains(&g->kept_out, report->kept_out.v[i]))
			r = sp_words_add(&g->kept_out, report->kept_out.v[i]);
	if (r < 0)
		sp_error("cannot read %s: %s", name, strerror(-r));
	return r;
}

static int read_one(struct gathering *g, const char *name)
{
	_cleanup_(sp_import_report_done) struct sp_import_report report = {};
	_cleanup_(sp_stream_freep) struct sp_stream *stream = NULL;
	int r = open_stream(name, &stream);

	if (r == 0)
		r = read_stream(g->import, stream, shown(name), &report);
	return r == 0 ? gather(g, name, &report) : r;
}

static int name_sources(const struct gathering *g, const struct sp_words *names)
{
	const char *first = shown(names->v[0]);
	const char *format = sp_import_format_name(g->first_format);
	int r;

	if (names->n == 1)
		r = asprintf(&g->imported->sources, "%s (%s)", first, format);
	else
		r = asprintf(&g->imported->sources, "%zu files, the first of them %s (%s)",
			     names->n, first, format);
	if (r < 0) {
		g->imported->sources = NULL;
		sp_error("cannot read %s: %s", first, strerror(ENOMEM));
		return -ENOMEM;
	}
	return 0;
}

/* Nothing was found, or nothing was let through. */
static void explain_nothing(const struct gathering *g, const struct sp_words *names)
{
	const char *what = g->n_audit ? "record of seccomp (type 1326)" : "system call";
	_cleanup_(sp_freep) char *text = NULL;
	size_t len;
	FILE *f;

	if (g->others == 0) {
		sp_error("cannot use %s: there is no %s in it", shown(names->v[0]), what);
		return;
	}
	f = open_memstream(&text, &len);
	for (size_t i = 0; f && i < g->kept_out.n; i++)
		fprintf(f, "%s%s", i ? ", " : "", g->kept_out.v[i]);
	if (f && fclose(f) == 0)
		sp_error("nothing is left of what was read: no %s is of what --comm, --exe and "
			 "--pid ask for; there are those of %s",
			 what, text);
}

static int read_all(struct gathering *g, const struct sp_words *names)
{
	int r = 0;

	for (size_t i = 0; i < names->n && r == 0; i++)
		r = read_one(g, names->v[i]);
	if (r == 0 && sp_profile_n_calls(g->rec->profile) == 0) {
		explain_nothing(g, names);
		return -ENODATA;
	}
	g->imported->only_refusals = g->n_audit == names->n;
	return r == 0 ? name_sources(g, names) : r;
}

int sp_imported_read(const struct sp_options *o, struct sp_recording *rec, struct sp_imported *ret)
{
	_cleanup_(sp_words_done) struct sp_words names = {};
	_cleanup_(sp_import_freep) struct sp_import *import = NULL;
	_cleanup_(sp_freep) pid_t *pids = calloc(o->pids.n + 1, sizeof(*pids));
	struct sp_import_filter filter = {
		.comms = &o->comms, .exes = &o->exes, .pids = pids, .n_pids = o->pids.n
	};
	struct gathering g = { .rec = rec, .imported = ret };
	int r = pids ? sp_import_new(take, rec, &filter, &import) : -ENOMEM;

	for (size_t i = 0; i < o->inputs.n && r == 0; i++)
		r = sp_words_add(&names, o->inputs.v[i]);
	if (r < 0) {
		sp_error("cannot start: %s", strerror(-r));
		return r;
	}
	for (size_t i = 0; i < o->pids.n; i++)
		pids[i] = (pid_t)atol(o->pids.v[i]);
	sort_runs(&names);
	g.import = import;
	r = read_all(&g, &names);
	sp_words_done(&g.kept_out);
	return r;
}
