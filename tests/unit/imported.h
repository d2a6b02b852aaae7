/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Logs as texts, through the readers; what they say is kept as a text too. */

#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/mman.h>

#include "leak.h"
#include "sysprofile/import.h"
#include "sysprofile/syscalls.h"

/* A descriptor from which the text can be read. */
static inline int fd_of(const char *text, size_t len)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, len), (ssize_t)len);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static inline struct sp_stream *stream_of(const char *text, size_t len)
{
	struct sp_stream *stream = NULL;

	cr_assert_eq(sp_stream_new(fd_of(text, len), &stream), 0);
	return stream;
}

/* "+12 /bin/sh" a process, "%13" a thread, "!12 /bin/ls" an exec, "-12" an end, and calls. */
static inline int write_down(const struct sp_sighted *what, void *userdata)
{
	static const char marks[_SP_EVENT_MAX] = {
		[SP_EVENT_PROCESS] = '+',
		[SP_EVENT_THREAD] = '%',
		[SP_EVENT_EXEC] = '!',
		[SP_EVENT_EXIT] = '-',
	};
	const struct sp_event *event = &what->event;
	FILE *f = userdata;
	const sp_abi abi = sp_abi_of_call(event->arch, event->nr);
	sp_call call;

	if (event->kind != SP_EVENT_SYSCALL) {
		fprintf(f, "%c%d%s%s\n", marks[event->kind], (int)event->tid, what->exe ? " " : "",
			what->exe ? what->exe : "");
		return 0;
	}
	fprintf(f, "%d ", (int)event->tid);
	if (abi != sp_abi_native())
		fprintf(f, "%s:", sp_abi_name(abi) ? sp_abi_name(abi) : "?");
	if (sp_call_from_number(abi, event->nr, &call) == 0)
		fputs(sp_call_name(call), f);
	else
		fprintf(f, "%llu", (unsigned long long)event->nr);
	if (event->more)
		fprintf(f, " x%llu", (unsigned long long)event->more + 1);
	if (event->time_ns)
		fprintf(f, " @%lld", (long long)(event->time_ns / 1000));
	fputc('\n', f);
	return 0;
}

struct imported {
	char *text; /* what was said */
	int r;	    /* what sp_import_log() returned */
	struct sp_import_report report;
};

static inline void imported_done(struct imported *imported)
{
	free(imported->text);
	sp_import_report_done(&imported->report);
}

static inline struct imported import_filtered(const char *log, size_t log_len,
					      const struct sp_import_filter *filter)
{
	struct sp_stream *stream = stream_of(log, log_len);
	struct sp_import *import = NULL;
	struct imported imported = {};
	size_t len;
	FILE *f = open_memstream(&imported.text, &len);

	cr_assert(f);
	cr_assert_eq(sp_import_new(write_down, f, filter, &import), 0);
	imported.r = sp_import_log(import, stream, "log", &imported.report);
	sp_import_free(import);
	sp_stream_free(stream);
	cr_assert_eq(fclose(f), 0);
	return imported;
}

/* The log has to be read to its end, as that format, and to say that. */
static inline void expect_import(const char *log, enum sp_import_format format, const char *wanted)
{
	struct imported imported = import_filtered(log, strlen(log), NULL);

	cr_expect_eq(imported.r, 0, "%s: %d", log, imported.r);
	cr_expect_eq(imported.report.format, format, "%s: %s", log,
		     sp_import_format_name(imported.report.format));
	cr_expect_str_eq(imported.text, wanted, "%s\nwanted\n%s\ngot\n%s", log, wanted,
			 imported.text);
	cr_expect_eq(imported.report.damaged, 0, "%s: %llu damaged", log,
		     (unsigned long long)imported.report.damaged);
	imported_done(&imported);
}
