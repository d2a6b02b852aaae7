/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the targets for logs share: lines of exactly their length, and a look at what is said. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "import-private.h"

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

struct fuzz_log {
	struct sp_import *import;
	struct sp_import_report report;
	uint64_t calls;
	int64_t tasks; /* that were told and not yet gone */
};

static inline int fuzz_take(const struct sp_sighted *what, void *userdata)
{
	const struct sp_event *event = &what->event;
	struct fuzz_log *log = userdata;

	CHECK(event->tid >= 0 && event->time_ns >= 0);
	/* Strings have to have an end. */
	CHECK(!what->exe || strlen(what->exe) < 4096);
	CHECK(!what->comm || strlen(what->comm) < 4096);
	switch (event->kind) {
	case SP_EVENT_SYSCALL:
		CHECK(event->arch && event->nr <= UINT32_MAX);
		log->calls += 1 + event->more;
		return 0;
	case SP_EVENT_PROCESS:
	case SP_EVENT_THREAD:
		log->tasks++;
		return 0;
	case SP_EVENT_EXIT:
		log->tasks--;
		CHECK(log->tasks >= 0);
		return 0;
	case SP_EVENT_EXEC:
		return 0;
	case SP_EVENT_ANSWER:
	case SP_EVENT_SIGNAL:
	case _SP_EVENT_MAX:
		break;
	}
	abort();
}

/* All names of all ABIs are in it: one does for all inputs, each of which begins a new log. */
static inline void fuzz_log_begin(struct fuzz_log *log)
{
	static struct sp_import *import;

	*log = (struct fuzz_log){};
	CHECK(import || sp_import_new(fuzz_take, NULL, NULL, &import) == 0);
	import->userdata = log;
	import->report = &log->report;
	log->import = import;
}

static inline void fuzz_log_end(struct fuzz_log *log)
{
	CHECK(log->calls == log->report.calls);
	CHECK(log->report.unknown.n <= SP_IMPORT_NAMES);
	sp_import_report_done(&log->report);
}

/* A 0 byte behind it and nothing more, so that the sanitizer sees the first byte too much. */
static inline int fuzz_line(struct fuzz_log *log, const uint8_t *data, size_t len, uint64_t number,
			    int (*read)(struct fuzz_log *log, const struct sp_line *line))
{
	struct sp_line line = { .text = malloc(len + 1), .len = len, .number = number };
	int r;

	CHECK(line.text);
	if (len)
		memcpy(line.text, data, len);
	line.text[len] = 0;
	line.ended = true;
	r = read(log, &line);
	CHECK(r == 0 || r == 1 || r == -EILSEQ);
	free(line.text);
	return r;
}

static inline void fuzz_lines(struct fuzz_log *log, const uint8_t *data, size_t size,
			      int (*read)(struct fuzz_log *log, const struct sp_line *line))
{
	uint64_t number = 0;

	while (size > 0) {
		const uint8_t *newline = memchr(data, '\n', size);
		const size_t len = newline ? (size_t)(newline - data) : size;

		(void)fuzz_line(log, data, len, ++number, read);
		data += len + (newline != NULL);
		size -= len + (newline != NULL);
	}
}
