/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Histories for the tests: as text, of made-up runs. */

#include "fake-run.h"
#include "sysprofile/profile-json.h"

static inline char *history_text(struct sp_history *history)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_not_null(f);
	cr_assert_eq(sp_profile_write(history, f), 0);
	cr_assert_eq(fclose(f), 0);
	return text;
}

static inline struct sp_history *history_of(const char *text)
{
	struct sp_history *history = NULL;
	struct sp_profile_error error;
	int r = sp_profile_parse(text, strlen(text), &history, &error);

	cr_assert_eq(r, 0, "%u:%u: %s in\n%s", error.line, error.column, error.text, text);
	return history;
}

static inline struct sp_run_record fake_record(char digit)
{
	static char exe[] = "/usr/sbin/apache2", word[] = "-DFOREGROUND";
	static char *const argv[] = { exe, word, NULL };
	struct sp_run_record record = {
		.start_usec = INT64_C(1700000000000000) + digit,
		.duration_usec = 725000000,
		.source = "launch",
		.engine = "ptrace",
		.startup_seen = true,
		.argv = argv,
		.exe = "/usr/sbin/apache2",
		.build_id = "0123abcd",
		.host = "web1",
		.kernel = "6.1.0-18-amd64",
		.machine = "x86_64",
		.libc = "glibc 2.36",
		.systemd = "252.39",
		.libseccomp = "2.5.4",
		.origin = SP_ORIGIN_SEEN,
	};

	memset(record.id, digit, SP_RUN_ID_SIZE - 1);
	return record;
}

static inline struct sp_history *fake_history(char digit)
{
	const struct sp_run_record record = fake_record(digit);
	struct sp_profile *profile = fake_run();
	struct sp_history *history = NULL;

	cr_assert_eq(sp_history_new(&history), 0);
	cr_assert_eq(sp_history_add_run(history, &record, profile), 0);
	sp_profile_free(profile);
	return history;
}
