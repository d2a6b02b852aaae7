/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Logs of strace, and the tables that count, through their readers. */

#include <errno.h>

#include "fuzz-log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_line(struct fuzz_log *log, const struct sp_line *line)
{
	const uint64_t before = log->calls;
	int r = sp_strace_line(log->import->strace, log->import, line);

	if (r == 0) {
		/* What is no line says nothing about calls. */
		CHECK(log->calls == before);
		r = sp_tables_line(log->import->tables, log->import, line);
		CHECK(r != 0 || log->calls == before);
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_log log;

	fuzz_log_begin(&log);
	CHECK(sp_strace_begin(log.import->strace, log.import, "log.12") == 0);
	sp_tables_begin(log.import->tables);
	fuzz_lines(&log, data, size, read_line);
	/* Another run: all tasks of this one are told to be gone. */
	CHECK(sp_strace_begin(log.import->strace, log.import, "other") == 0);
	CHECK(log.tasks == 0);
	fuzz_log_end(&log);
	return 0;
}
