/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Output of `systemd-analyze syscall-filter` through its parser. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sysprofile/groups.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/*
 * Names are kept for the life of the process and their table has an end: without this the first
 * thousand inventions would be the last ones. Short names of four letters are few enough; the
 * limit of their length is far enough away to stay in reach.
 */
static size_t fold_names(const uint8_t *data, size_t size, char *out)
{
	enum { SHORT = 4, LONG = 60 };
	size_t n = 0, run = 0;

	for (size_t i = 0; i < size; i += run) {
		run = 0;
		while (i + run < size && is_letter(data[i + run]))
			run++;
		for (size_t k = 0; k < (run > SHORT && run < LONG ? (size_t)SHORT : run); k++)
			out[n++] = run < LONG ? "abcd"[data[i + k] & 3] : 'a';
		if (run == 0) {
			out[n++] = (char)data[i];
			run = 1;
		}
	}
	return n;
}

static unsigned count_lines(const char *text, size_t n)
{
	unsigned lines = 1;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return lines;
}

static void check_groups(const struct sp_groups *groups)
{
	CHECK(sp_groups_major(groups) == 252 && strcmp(sp_groups_label(groups), "252.1") == 0);
	CHECK(sp_groups_count(groups) > 0);
	for (size_t i = 0; i < sp_groups_count(groups); i++) {
		const struct sp_group *group = sp_groups_at(groups, i);

		CHECK(group->name[0] == '@' && sp_groups_find(groups, group->name) == group);
		CHECK(i == 0 || strcmp(sp_groups_at(groups, i - 1)->name, group->name) < 0);
		for (size_t k = 0; k < group->n_members; k++) {
			const char *member = group->members[k];
			const struct sp_group *nested = sp_groups_find(groups, member);
			sp_call call;

			CHECK(k == 0 || strcmp(group->members[k - 1], member) < 0);
			if (nested)
				CHECK(sp_sysset_is_subset(&nested->set, &group->set));
			else if (sp_call_lookup(member, strlen(member), &call) == 0)
				CHECK(sp_sysset_contains(&group->set, call));
			else
				CHECK(*member == '@');
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sp_groups_error error = {};
	struct sp_groups *groups = NULL;
	char *folded = malloc(size + 1), *text;
	size_t n;
	int r;

	CHECK(folded);
	n = fold_names(data, size, folded);
	/* Exactly as long as its contents, so that the sanitizer sees one byte too much. */
	text = malloc(n);
	CHECK(text || n == 0);
	if (n)
		memcpy(text, folded, n);
	r = sp_groups_parse_listing(text, n, 252, "252.1", &groups, &error);
	if (r == 0)
		check_groups(groups);
	else
		CHECK(r == -EBADMSG && !groups && error.what && error.line > 0 &&
		      error.line <= count_lines(folded, n));
	sp_groups_free(groups);
	free(text);
	free(folded);
	return 0;
}
