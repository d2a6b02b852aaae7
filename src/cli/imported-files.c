/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>

#include "imported-private.h"
#include "sysprofile/imported.h"
#include "sysprofile/log.h"
#include "sysprofile/profile-json.h"
#include "sysprofile/util.h"

/* Documents are read whole. */
#define DOCUMENT_MAX ((size_t)SP_PROFILE_SIZE_MAX)

void sp_imported_file_done(struct sp_imported_file *file)
{
	sp_import_report_done(&file->report);
	(void)sp_history_free(file->profile);
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

bool sp_imported_same_run(const char *a, const char *b)
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

void sp_imported_sort(struct sp_words *names)
{
	for (size_t begin = 0, end; begin < names->n; begin = end) {
		for (end = begin + 1;
		     end < names->n && sp_imported_same_run(names->v[begin], names->v[end]);)
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
		return "it is a document of more than 256 MiB";
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

const char *sp_imported_shown(const char *name)
{
	return sp_streq(name, "-") ? "stdin" : name;
}

int sp_imported_open(const char *name, struct sp_stream **ret)
{
	_cleanup_(sp_stream_freep) struct sp_stream *stream = NULL;
	int r = sp_stream_open(name, &stream);

	if (r == -EPROTONOSUPPORT)
		sp_error("cannot read %s: it is compressed with %s; write: %s -dc %s | "
			 "sysprofile --input=-",
			 sp_imported_shown(name), sp_stream_compression(stream),
			 program_for(sp_stream_compression(stream)),
			 sp_streq(name, "-") ? "FILE" : name);
	else if (r < 0)
		sp_error("cannot read %s: %s", sp_imported_shown(name), remedy(r));
	else
		*ret = SP_TAKE(stream);
	return r;
}

/* The member that every profile has; wherever it stands, since others may have sorted them. */
static bool names_itself(const char *text, size_t len)
{
	static const char key[] = "\"sysprofile\"";
	const char *p = text, *end = text + len;

	while ((p = memmem(p, (size_t)(end - p), key, sizeof(key) - 1))) {
		p += sizeof(key) - 1;
		while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
			p++;
		if (p < end && *p == ':')
			return true;
	}
	return false;
}

static int read_profile(const char *text, size_t len, const char *name, bool filtered,
			struct sp_history **ret)
{
	_cleanup_(sp_freep) char *sentence = NULL;
	struct sp_profile_error error = {};
	int r;

	if (filtered) {
		sp_error("cannot use %s with --comm, --exe and --pid: it is a profile, which does "
			 "not keep who made every call; filter the log that it comes from",
			 name);
		return -EOPNOTSUPP;
	}
	r = sp_profile_parse(text, len, ret, &error);
	if (r < 0) {
		sentence = sp_profile_error_sentence(name, r, &error);
		sp_error("%s", sentence ? sentence : strerror(ENOMEM));
	}
	return r;
}

static int read_container(struct sp_import *import, const char *text, size_t len, const char *name,
			  struct sp_import_report *report)
{
	int r = sp_import_oci(import, text, len, report);

	if (r == -EBADMSG)
		sp_error("cannot use %s: it is JSON, but no profile of sysprofile, no seccomp "
			 "profile of a container runtime, nor the journal's; or it is damaged",
			 name);
	else if (r == -EOPNOTSUPP)
		sp_error("cannot use %s: it allows what it does not name, so that it does not "
			 "tell what is needed",
			 name);
	else if (r < 0)
		sp_error("cannot use %s: %s", name, strerror(-r));
	return r;
}

static int read_document(struct sp_import *import, struct sp_stream *stream, const char *name,
			 bool filtered, struct sp_imported_file *ret)
{
	_cleanup_(sp_freep) char *text = NULL;
	size_t len = 0;
	int r = sp_stream_rest(stream, DOCUMENT_MAX, &text, &len);

	if (r < 0) {
		sp_error("cannot read %s: %s", name, remedy(r));
		return r;
	}
	return names_itself(text, len) ? read_profile(text, len, name, filtered, &ret->profile)
				       : read_container(import, text, len, name, &ret->report);
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

/* First, since the words of a command in a profile may be the journal's keys. */
static bool is_profile(const char *head, size_t len)
{
	static const char key[] = "\"sysprofile\"";
	const char *p = head, *end = head + len;

	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n' || *p == '{'))
		p++;
	return p > head && (size_t)(end - p) >= sizeof(key) - 1 &&
	       memcmp(p, key, sizeof(key) - 1) == 0;
}

int sp_imported_read_file(struct sp_import *import, const char *word, struct sp_stream *stream,
			  bool filtered, struct sp_digest *digest, struct sp_imported_file *ret)
{
	const char *name = sp_imported_shown(word), *head;
	const size_t len = sp_stream_head(stream, &head);

	if (len == 0) {
		sp_error("cannot use %s: it is empty", name);
		return -ENODATA;
	}
	if (is_profile(head, len))
		return read_document(import, stream, name, filtered, ret);
	sp_stream_digest_to(stream, digest);
	return sp_import_is_document(head, len) ? read_document(import, stream, name, filtered, ret)
						: read_log(import, stream, name, &ret->report);
}
