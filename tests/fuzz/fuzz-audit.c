/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Audit records, out of the journal's JSON too, and seccomp profiles of containers. */

#include <errno.h>

#include "fuzz-log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_line(struct fuzz_log *log, const struct sp_line *line)
{
	const uint64_t before = log->calls;
	int r = sp_audit_line(log->import->audit, log->import, line);

	CHECK(r == 1 || log->calls == before);
	return r;
}

static void read_document(const uint8_t *data, size_t size)
{
	struct fuzz_log log;
	char *text = malloc(size);
	int r;

	CHECK(text || size == 0);
	if (size)
		memcpy(text, data, size);
	fuzz_log_begin(&log);
	r = sp_import_oci(log.import, text, size, &log.report);
	CHECK(r == 0 || ((r == -EBADMSG || r == -EOPNOTSUPP) && log.calls == 0));
	fuzz_log_end(&log);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_log log;

	if (size && sp_import_is_document((const char *)data, size)) {
		read_document(data, size);
		return 0;
	}
	fuzz_log_begin(&log);
	sp_audit_begin(log.import->audit);
	fuzz_lines(&log, data, size, read_line);
	fuzz_log_end(&log);
	return 0;
}
