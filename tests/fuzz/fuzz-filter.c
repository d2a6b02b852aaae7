/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Unit files through the parser and the filter model. The first byte chooses the release, a byte
 * 0x1e ends the fragment and begins a drop-in.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sysprofile/directives.h"
#include "sysprofile/filter.h"
#include "sysprofile/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): it must hold in every kind of build. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

/* One of each set of rules. */
static const char *const releases[] = {
	"231", "232", "235", "236", "239", "240", "242", "246", "247", "252.39", "256", "257",
};
#define N_RELEASES SP_ARRAY_SIZE(releases)

static struct sp_groups *groups_of(size_t i)
{
	static struct sp_groups *groups[N_RELEASES];

	if (!groups[i])
		CHECK(sp_groups_new_release(releases[i], &groups[i]) == 0);
	return groups[i];
}

static void on_message(const struct sp_filter_message *message, void *userdata)
{
	unsigned *n = userdata;

	CHECK(message->file && message->line > 0 && message->text[0]);
	++*n;
}

static int feed(struct sp_filter *filter, const char *file, const uint8_t *data, size_t size)
{
	/* A copy of its own, so that the sanitizer sees one byte too much. */
	char *text = malloc(size);
	unsigned n = 0;
	int r;

	CHECK(text || size == 0);
	if (size)
		memcpy(text, data, size);
	r = sp_filter_parse(filter, file, text, size, on_message, &n);
	free(text);
	CHECK(r == 0 || r == -EBADMSG);
	CHECK(r == 0 || n > 0);
	return r;
}

static struct sp_filter *read_all(const struct sp_groups *groups, const uint8_t *data, size_t size)
{
	const uint8_t *dropin = size ? memchr(data, 0x1e, size) : NULL;
	size_t n = dropin ? (size_t)(dropin - data) : size;
	struct sp_filter *filter = NULL;

	CHECK(sp_filter_new(groups, &filter) == 0);
	(void)feed(filter, "a.service", data, n);
	if (dropin)
		(void)feed(filter, "a.service.d/b.conf", dropin + 1, size - n - 1);
	return filter;
}

static bool is_same_word(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_verdict(const struct sp_filter *a, const struct sp_filter *b, sp_abi abi,
			  uint64_t nr)
{
	struct sp_verdict v, w;

	sp_filter_verdict(a, abi, nr, &v);
	sp_filter_verdict(b, abi, nr, &w);
	CHECK(v.action == w.action && v.err == w.err && v.line == w.line);
	CHECK(is_same_word(v.word, w.word) && is_same_word(v.file, w.file));
	CHECK(v.action < _SP_ACTION_MAX);
	CHECK(v.err >= 0 && v.err <= 4095 && (v.err == 0 || v.action == SP_ACTION_ERRNO));
	CHECK(!v.file == !v.line && (v.word || !v.file));
}

static void check_verdicts(const struct sp_filter *a, const struct sp_filter *b, uint64_t seed)
{
	static const uint64_t odd[] = { 0x3fffffff, 0x40000000, 0x7fffffff, UINT32_MAX,
					UINT64_MAX };

	for (const sp_abi *abi = sp_abi_local(); *abi; abi++) {
		for (uint64_t i = 0; i < 12; i++)
			check_verdict(a, b, *abi, (seed >> i * 5) % 512);
		for (size_t i = 0; i < SP_ARRAY_SIZE(odd); i++)
			check_verdict(a, b, *abi, odd[i]);
	}
	check_verdict(a, b, (sp_abi)seed, seed % 512);
}

/* What is listed is known, and what an allow-list lists is not refused by it. */
static void check_listed(const struct sp_filter *filter)
{
	struct sp_sysset listed;
	int err;

	sp_filter_listed(filter, &listed);
	sp_sysset_foreach (call, &listed) {
		CHECK(sp_call_is_known((sp_call)call));
		CHECK(sp_filter_listed_errno(filter, (sp_call)call, &err) == 0);
		CHECK(err >= SP_FILTER_KILL && err <= 4095);
	}
	if (!sp_sysset_is_empty(&listed))
		CHECK(sp_filter_is_active(filter));
	if (!sp_filter_is_active(filter))
		CHECK(!sp_filter_is_allow_list(filter));
}

static void check_reset(struct sp_filter *filter)
{
	static const char reset[] = "[Service]\nSystemCallFilter=\n";

	CHECK(feed(filter, "z.conf", (const uint8_t *)reset, strlen(reset)) == 0);
	CHECK(!sp_filter_is_active(filter));
}

/* Other directives of the same text; their effects are few, and each is on calls that exist. */
static void check_directives(const struct sp_groups *groups, const uint8_t *data, size_t size)
{
	struct sp_directives *directives = NULL;
	struct sp_effect effects[SP_EFFECTS_MAX];
	size_t n;
	int r;

	CHECK(sp_directives_new(groups, &directives) == 0);
	r = sp_directives_parse(directives, "a.service", (const char *)data, size, NULL, NULL);
	CHECK(r == 0 || r == -EBADMSG);
	n = sp_directives_effects(directives, NULL, sp_abi_native(), effects);
	CHECK(n <= SP_EFFECTS_MAX);
	for (size_t i = 0; i < n; i++) {
		CHECK(!sp_sysset_is_empty(&effects[i].calls));
		CHECK(effects[i].err > 0 && effects[i].value);
	}
	sp_directives_free(directives);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sp_groups *groups;
	struct sp_filter *a, *b;
	uint64_t seed = 14695981039346656037u;

	if (size == 0)
		return 0;
	groups = groups_of(*data % N_RELEASES);
	for (size_t i = 0; i < size; i++)
		seed = (seed ^ data[i]) * 1099511628211u;
	a = read_all(groups, data + 1, size - 1);
	b = read_all(groups, data + 1, size - 1);
	check_verdicts(a, b, seed);
	check_listed(a);
	check_reset(a);
	check_directives(groups, data + 1, size - 1);
	sp_filter_free(a);
	sp_filter_free(b);
	return 0;
}
