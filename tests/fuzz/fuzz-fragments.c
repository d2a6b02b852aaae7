/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whatever the other files of a unit hold, what they make of a result is found. The first byte
 * chooses release and policy, a byte 0x1e ends what comes before ours and begins what comes after.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sysprofile/emit.h"
#include "sysprofile/filter.h"
#include "sysprofile/fragments.h"
#include "sysprofile/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): it must hold in every kind of build. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static const char *const releases[] = { "231", "239", "247", "252.39", "257" };
static const char *const calls[] = { "execve", "read", "openat", "setuid", "bind", "accept4" };

static const struct sp_policy policies[] = {
	{ .style = SP_STYLE_GROUPS, .err = EPERM },
	{ .style = SP_STYLE_EXACT, .refusal = SP_REFUSAL_KILL },
	{ .style = SP_STYLE_DENY, .err = EPERM },
};

struct ours {
	struct sp_groups *groups;
	struct sp_profile *profile;
	struct sp_result result;
	char *text;
	size_t len;
};

static void observe(struct sp_profile *profile)
{
	for (size_t i = 0; i < SP_ARRAY_SIZE(calls); i++) {
		struct sp_event event = { .kind = SP_EVENT_SYSCALL,
					  .tid = 1,
					  .arch = sp_abi_native() };
		sp_call call;
		uint32_t nr;

		CHECK(sp_call_intern(calls[i], strlen(calls[i]), &call) == 0);
		CHECK(sp_call_number(call, sp_abi_native(), &nr) == 0);
		event.nr = nr;
		CHECK(sp_profile_observe(profile, &event) >= 0);
	}
}

static const struct ours *ours_of(size_t release, size_t policy)
{
	static struct ours all[SP_ARRAY_SIZE(releases)][SP_ARRAY_SIZE(policies)];
	struct ours *ours = &all[release][policy];
	const struct sp_run_facts facts = {};
	FILE *f;

	if (ours->text)
		return ours;
	CHECK(sp_groups_new_release(releases[release], &ours->groups) == 0);
	CHECK(sp_profile_new(&ours->profile) == 0);
	observe(ours->profile);
	CHECK(sp_result_make(ours->profile, ours->groups, &policies[policy], &facts,
			     &ours->result) == 0);
	f = open_memstream(&ours->text, &ours->len);
	CHECK(f && sp_emit_dropin(&ours->result, f) == 0 && fclose(f) == 0);
	return ours;
}

static void add(struct sp_unit_texts *texts, const char *file, const void *bytes, size_t len)
{
	struct sp_unit_text text = { strdup(file), malloc(len + 1), len };

	CHECK(text.file && text.text);
	if (len)
		memcpy(text.text, bytes, len);
	text.text[len] = 0;
	CHECK(sp_unit_texts_add(texts, &text) == 0);
}

static struct sp_filter *read_texts(const struct ours *ours, const struct sp_unit_texts *texts,
				    size_t from, size_t to)
{
	struct sp_filter *filter = NULL;

	CHECK(sp_filter_new(ours->groups, &filter) == 0);
	for (size_t i = from; i < to; i++)
		(void)sp_filter_parse(filter, texts->v[i].file, texts->v[i].text, texts->v[i].len,
				      NULL, NULL);
	return filter;
}

static bool passes(const struct sp_filter *filter, uint64_t nr)
{
	struct sp_verdict verdict;

	sp_filter_verdict(filter, sp_abi_native(), nr, &verdict);
	return verdict.action < SP_ACTION_ERRNO;
}

/* Where nothing was found, what was seen passes and what ours refuses does not. */
static void check_nothing(const struct ours *ours, const struct sp_unit_texts *texts)
{
	struct sp_filter *alone = read_texts(ours, texts, 1, 2);
	struct sp_filter *all = read_texts(ours, texts, 0, texts->n);
	struct sp_numbered_call ids[SP_CALLS_MAX];
	const size_t n = sp_calls_of_abi(sp_abi_native(), ids);

	for (size_t i = 0; i < n; i++) {
		CHECK(passes(alone, ids[i].nr) || !passes(all, ids[i].nr));
		CHECK(!sp_sysset_contains(&ours->result.needed, ids[i].call) ||
		      passes(all, ids[i].nr));
	}
	(void)sp_filter_free(alone);
	(void)sp_filter_free(all);
}

static void check_finding(const struct sp_finding *finding, const struct sp_unit_texts *texts)
{
	size_t i = 0;

	while (i < texts->n && strcmp(texts->v[i].file, finding->file) != 0)
		i++;
	CHECK(i < texts->n && finding->text);
	/* Ours sets all back, so that what is before it cannot be to blame. */
	if (finding->kind == SP_FINDING_BREAKS || finding->kind == SP_FINDING_WIDENS)
		CHECK(i == 2 && finding->line > 0);
	CHECK(finding->kind == SP_FINDING_UNREADABLE || finding->unnamed ||
	      !sp_sysset_is_empty(&finding->calls));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t choice = size ? data[0] : 0;
	const struct ours *ours =
		ours_of(choice % SP_ARRAY_SIZE(releases),
			choice / SP_ARRAY_SIZE(releases) % SP_ARRAY_SIZE(policies));
	const uint8_t *begin = data + (size > 0), *end = data + size;
	const uint8_t *middle = begin < end ? memchr(begin, 0x1e, (size_t)(end - begin)) : NULL;
	struct sp_unit_texts texts = {};
	struct sp_findings findings = {};

	add(&texts, "/a.service", begin, (size_t)((middle ? middle : begin) - begin));
	add(&texts, "/a.service.d/90-sysprofile.conf", ours->text, ours->len);
	begin = middle ? middle + 1 : begin;
	add(&texts, "/a.service.d/95-x.conf", begin, (size_t)(end - begin));
	CHECK(sp_fragments_judge(&ours->result, &texts, 1, &findings) == 0);
	for (size_t i = 0; i < findings.n; i++)
		check_finding(&findings.v[i], &texts);
	if (!sp_findings_matter(&findings))
		check_nothing(ours, &texts);
	sp_findings_done(&findings);
	sp_unit_texts_done(&texts);
	return 0;
}
