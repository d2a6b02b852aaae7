/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Profiles through reader, writer, join, and back to what a result is made of. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sysprofile/profile-json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static char *text_of(struct sp_history *history, size_t *ret_len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, ret_len);

	CHECK(f && sp_profile_write(history, f) == 0 && fclose(f) == 0);
	return text;
}

static struct sp_history *read_back(const char *text, size_t len)
{
	struct sp_history *history = NULL;
	struct sp_profile_error error;

	CHECK(sp_profile_parse(text, len, &history, &error) == 0);
	return history;
}

/* What was written is read as the same, and joined with itself is the same. */
static void check_text(struct sp_history *history)
{
	size_t len, other_len;
	char *text = text_of(history, &len), *other;
	struct sp_history *again = read_back(text, len);

	other = text_of(again, &other_len);
	CHECK(len == other_len && memcmp(text, other, len) == 0);
	free(other);
	CHECK(sp_history_join(again, history) == 0);
	other = text_of(again, &other_len);
	CHECK(len == other_len && memcmp(text, other, len) == 0);
	free(other);
	free(text);
	sp_history_free(again);
}

static void check_profile(struct sp_history *history)
{
	struct sp_profile *profile = NULL;
	struct sp_sysset assumed = {};
	struct sp_hosts hosts = {};

	CHECK(sp_profile_new(&profile) == 0);
	CHECK(sp_history_fill(history, profile, &assumed) == 0);
	CHECK(sp_profile_n_calls(profile) <= sp_history_n_calls(history));
	for (size_t i = 0; i < sp_profile_n_calls(profile); i++)
		CHECK(sp_profile_call_at(profile, i)->first.exe < sp_profile_n_exes(profile));
	CHECK(sp_hosts_list(history, &hosts) == 0);
	CHECK(hosts.n <= sp_history_n_runs(history));
	sp_hosts_done(&hosts);
	sp_profile_free(profile);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sp_history *history = NULL;
	struct sp_profile_error error;
	/* Exactly as long as it is, so that a byte too many is noticed. */
	char *copy = malloc(size ? size : 1);
	int r;

	CHECK(copy);
	if (size)
		memcpy(copy, data, size);
	r = sp_profile_parse(copy, size, &history, &error);
	CHECK(r == 0 || r == -EBADMSG || r == -EPROTO);
	if (r < 0) {
		CHECK(!history && error.line > 0 && error.column > 0 && error.text[0]);
	} else {
		check_text(history);
		check_profile(history);
	}
	sp_history_free(history);
	free(copy);
	return 0;
}
