/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/profile-json.h"

#include <errno.h>

#include "histories.h"
#include "leak.h"

#define RUN                                                                                        \
	"{\"id\": \"0123456789abcdef0123456789abcdef\", \"start_usec\": 5, \"duration_usec\": "    \
	"7,\n"                                                                                     \
	" \"source\": \"launch\", \"engine\": null, \"startup_seen\": true, \"processes\": 1,\n"   \
	" \"threads\": 0, \"warnings\": [], \"program\": {\"argv\": [\"a\"], \"exe\": null, "      \
	"\"build_id\": null},\n"                                                                   \
	" \"host\": {\"name\": \"h\", \"kernel\": null, \"machine\": null, \"libc\": null,\n"      \
	" \"systemd\": null, \"libseccomp\": null}}"
#define SIGHTING                                                                                   \
	"{\"run\": 0, \"time_usec\": 3, \"phase\": null, \"pid\": 4, \"comm\": null, \"exe\": "    \
	"\"/a\"}"
#define CALL                                                                                       \
	"{\"abi\": \"x86-64\", \"number\": 0, \"name\": \"read\", \"origin\": [\"seen\"],\n"       \
	" \"count\": 2, \"counts\": {\"/a\": [0, 2]}, \"lower_bound\": false,\n"                   \
	" \"first\": " SIGHTING ", \"last\": " SIGHTING "}"
#define WHOLE                                                                                      \
	"{\"sysprofile\": \"profile\", \"version\": 1,\n\"runs\": [\n" RUN                         \
	"\n],\n\"calls\": [\n" CALL "\n]}\n"

/* The text with the first place of what replaced by with; the caller's. */
static char *changed(const char *text, const char *what, const char *with)
{
	const char *at = strstr(text, what);
	char *result = NULL;

	cr_assert_not_null(at, "%s", what);
	cr_assert_gt(asprintf(&result, "%.*s%s%s", (int)(at - text), text, with, at + strlen(what)),
		     0);
	return result;
}

Test(profile_json, what_is_written_is_read_and_written_the_same)
{
	struct sp_history *history = fake_history('a'), *again;
	char *text = history_text(history), *second;

	again = history_of(text);
	second = history_text(again);
	cr_expect_str_eq(second, text);
	free(text);
	free(second);
	sp_history_free(history);
	sp_history_free(again);
	sp_assert_no_leak();
}

Test(profile_json, an_empty_history_is_a_profile)
{
	struct sp_history *history = NULL, *again;
	char *text;

	cr_assert_eq(sp_history_new(&history), 0);
	text = history_text(history);
	again = history_of(text);
	cr_expect_eq(sp_history_n_runs(again), 0);
	cr_expect_eq(sp_history_n_calls(again), 0);
	free(text);
	sp_history_free(history);
	sp_history_free(again);
}

Test(profile_json, members_of_later_versions_survive)
{
	static const struct {
		const char *at, *with;
	} places[] = {
		{ "\"version\": 1", "\"version\": 1, \"later\": [1.5, null]" },
		{ "\"duration_usec\"", "\"later\": [1.5, null], \"duration_usec\"" },
		{ "\"argv\"", "\"later\": [1.5, null], \"argv\"" },
		{ "\"kernel\"", "\"later\": [1.5, null], \"kernel\"" },
		{ "\"abi\"", "\"later\": [1.5, null], \"abi\"" },
		{ "\"time_usec\"", "\"later\": [1.5, null], \"time_usec\"" },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(places); i++) {
		char *text = changed(WHOLE, places[i].at, places[i].with), *written;
		struct sp_history *history = history_of(text), *all = NULL;

		written = history_text(history);
		cr_expect_not_null(strstr(written, "\"later\": [1.5, null]"), "%s: %s",
				   places[i].at, written);
		free(written);
		/* And a join. */
		cr_assert_eq(sp_history_new(&all), 0);
		cr_assert_eq(sp_history_join(all, history), 0);
		written = history_text(all);
		cr_expect_not_null(strstr(written, "\"later\": [1.5, null]"), "%s: %s",
				   places[i].at, written);
		free(written);
		free(text);
		sp_history_free(history);
		sp_history_free(all);
	}
	sp_assert_no_leak();
}

Test(profile_json, what_is_wrong_is_told_with_its_place)
{
	static const struct {
		const char *at, *with;
		unsigned line, column;
		const char *words;
	} cases[] = {
		{ "\"profile\"", "\"groups\"", 1, 1, "no profile of sysprofile" },
		{ "\"version\": 1", "\"version\": -1", 1, 38, "not an integer" },
		{ "\"version\": 1,", "", 1, 1, "there is no \"version\"" },
		{ "\"runs\": [", "\"runs\": {}, \"x\": [", 2, 9, "not an array" },
		{ "\"id\": \"0", "\"id\": \"G", 3, 8, "32 hexadecimal digits" },
		{ "\"start_usec\": 5", "\"start_usec\": 9223372036854775807", 3, 58, "integer" },
		{ "\"startup_seen\": true", "\"startup_seen\": 1", 4, 54, "true nor false" },
		{ "[\"a\"]", "[\"a\", 5]", 5, 58, "not a string" },
		{ "\"systemd\": null, ", "", 6, 10, "there is no \"systemd\"" },
		{ "\"x86-64\"", "\"native\"", 10, 9, "no ABI" },
		{ "\"number\": 0", "\"number\": 4294967296", 10, 29, "not an integer" },
		{ "[\"seen\"]", "[\"seen\", \"felt\"]", 10, 67, "seen, assumed and imported" },
		{ "[0, 2]", "[0, 2, 1]", 11, 31, "runs and counts" },
		{ "[0, 2]", "[1, 2]", 11, 32, "not the number of a run" },
		{ "[0, 2]", "[0, 0]", 11, 35, "how often" },
		{ "{\"run\": 0", "{\"run\": 7", 12, 19, "there is no run 7" },
		{ "\"phase\": null", "\"phase\": \"tea\"", 12, 47, "start, serving" },
		{ ", \"last\": " SIGHTING, ", \"last\": null", 10, 1, "no \"last\"" },
		{ "\n]}", ",\n" CALL "\n]}", 13, 1, "twice" },
		{ "\n],", ",\n" RUN "\n],", 8, 1, "twice" },
		{ "\"calls\": [\n", "\"calls\": [\n5,", 10, 1, "not an object" },
		/* The library's own. */
		{ "\n],", "\n],,", 8, 3, "string or '}' expected" },
		{ "\"count\": 2", "\"count\": 2, \"count\": 3", 11, 0, "duplicate" },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		char *text = changed(WHOLE, cases[i].at, cases[i].with);
		struct sp_history *history = NULL;
		struct sp_profile_error error;

		cr_expect_eq(sp_profile_parse(text, strlen(text), &history, &error), -EBADMSG, "%s",
			     cases[i].with);
		cr_expect_null(history);
		cr_expect_eq(error.line, cases[i].line, "%s: line %u", cases[i].with, error.line);
		if (cases[i].column)
			cr_expect_eq(error.column, cases[i].column, "%s: column %u", cases[i].with,
				     error.column);
		cr_expect_not_null(strstr(error.text, cases[i].words), "%s: %s", cases[i].with,
				   error.text);
		free(text);
	}
	sp_assert_no_leak();
}

Test(profile_json, a_newer_version_is_refused)
{
	char *text = changed(WHOLE, "\"version\": 1", "\"version\": 2"), *sentence;
	struct sp_history *history = NULL;
	struct sp_profile_error error;
	int r = sp_profile_parse(text, strlen(text), &history, &error);

	cr_expect_eq(r, -EPROTO);
	sentence = sp_profile_error_sentence("p.json", r, &error);
	cr_expect_str_eq(sentence, "p.json:1:38: a newer sysprofile wrote it (profile version 2; "
				   "this one reads up to 1)");
	free(sentence);
	free(text);
}

/* Every text that ends too early, or has one wrong byte, is refused or read, and nothing else. */
Test(profile_json, a_broken_text_does_no_harm)
{
	const size_t len = strlen(WHOLE);
	char text[sizeof(WHOLE)];

	for (size_t i = 0; i < len; i++) {
		static const char bytes[] = "\"{}[]:,0\\\xff\n";
		struct sp_history *history = NULL;
		struct sp_profile_error error;

		/* The last brace and what is behind it. */
		if (i < len - 1)
			cr_expect_eq(sp_profile_parse(WHOLE, i, &history, &error), -EBADMSG);
		cr_expect_null(history);
		for (size_t k = 0; k < sizeof(bytes); k++) {
			memcpy(text, WHOLE, sizeof(text));
			text[i] = bytes[k];
			if (sp_profile_parse(text, len, &history, &error) == 0)
				history = sp_history_free(history);
			else
				cr_expect_gt(error.line, 0);
		}
	}
	sp_assert_no_leak();
}

Test(profile_json, an_abi_without_a_name_is_a_number)
{
	char *text = changed(WHOLE, "\"x86-64\"", "\"0xdead\""), *written;
	struct sp_history *history = history_of(text);

	cr_expect_eq(sp_history_call_at(history, 0)->abi, 0xdead);
	written = history_text(history);
	cr_expect_not_null(strstr(written, "\"abi\": \"0xdead\""));
	sp_history_free(history);
	free(written);
	free(text);
}

Test(profile_json, a_file_that_is_not_there_is_told)
{
	struct sp_history *history = NULL;
	struct sp_profile_error error;
	int r = sp_profile_read("/nonexistent/p.json", &history, &error);
	char *sentence = sp_profile_error_sentence("/nonexistent/p.json", r, &error);

	cr_expect_eq(r, -ENOENT);
	cr_expect_str_eq(sentence, "cannot read /nonexistent/p.json: there is no such file");
	free(sentence);
}
