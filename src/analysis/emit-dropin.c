/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "emit-private.h"
#include "sysprofile/emit.h"
#include "sysprofile/filter.h"

/* A longer line is split into several assignments of the same kind, which systemd adds up. */
enum { LINE_WIDTH = 120 };

/* SystemCallErrorNumber= knows the word "kill" from then on; before, empty means the same. */
enum { MAJOR_WITH_KILL_WORD = 247 };

/* prefix: "SystemCallFilter=~". systemd.exec(5): the "~" inverts its own line only. */
static void emit_words(const char *prefix, const struct sp_words *words, FILE *f)
{
	size_t column = 0;

	for (size_t i = 0; i < words->n; i++) {
		size_t len = strlen(words->v[i]);

		if (column > 0 && column + 1 + len <= LINE_WIDTH) {
			column += 1 + len;
			fprintf(f, " %s", words->v[i]);
			continue;
		}
		fprintf(f, "%s%s%s", column > 0 ? "\n" : "", prefix, words->v[i]);
		column = strlen(prefix) + len;
	}
	if (words->n)
		fputc('\n', f);
}

/* It accumulates as well, hence the empty line. Native calls can never be blocked. */
static void emit_architectures(const struct sp_result *result, FILE *f)
{
	sp_abi abis[SP_PROFILE_ABIS_MAX];
	size_t n = sp_profile_abis(result->profile, abis, SP_ARRAY_SIZE(abis));

	fputs("SystemCallArchitectures=\nSystemCallArchitectures=native", f);
	if (sp_filter_wants_native_named(result->groups) && sp_abi_name(sp_abi_native()))
		fprintf(f, " %s", sp_abi_name(sp_abi_native()));
	for (size_t i = 1; i < n && i < SP_ARRAY_SIZE(abis); i++)
		if (sp_abi_name(abis[i]))
			fprintf(f, " %s", sp_abi_name(abis[i]));
	fputc('\n', f);
}

static void emit_errno(const struct sp_result *result, FILE *f)
{
	const char *name = sp_errno_name(result->policy.err);

	if (name)
		fprintf(f, "SystemCallErrorNumber=%s\n", name);
	else
		fprintf(f, "SystemCallErrorNumber=%d\n", result->policy.err);
}

static void emit_filter(const struct sp_result *result, FILE *f)
{
	const struct sp_text *text = &result->text;

	fputs("SystemCallFilter=\n", f);
	emit_words("SystemCallFilter=", &text->allow, f);
	emit_words("SystemCallFilter=~", &text->deny, f);
	emit_words("SystemCallFilter=", &text->again, f);
}

/*
 * The same text with every line inverted: SystemCallLog=~ logs all calls but these. It knows no
 * implicit @default (systemd.exec(5)), so that is said.
 */
static int emit_log(const struct sp_result *result, FILE *f)
{
	_cleanup_(sp_words_done) struct sp_words allow = {};
	const struct sp_text *text = &result->text;
	int r;

	fputs("SystemCallLog=\n", f);
	if (result->policy.style == SP_STYLE_DENY) {
		emit_words("SystemCallLog=", &text->deny, f);
		emit_words("SystemCallLog=~", &text->again, f);
		return 0;
	}
	r = sp_words_add(&allow, "@default");
	for (size_t i = 0; r == 0 && i < text->allow.n; i++)
		r = sp_words_add(&allow, text->allow.v[i]);
	if (r < 0)
		return r;
	emit_words("SystemCallLog=~", &allow, f);
	emit_words("SystemCallLog=", &text->deny, f);
	emit_words("SystemCallLog=~", &text->again, f);
	return 0;
}

int sp_emit_dropin(const struct sp_result *result, FILE *f)
{
	int r;

	r = sp_emit_comments(result, f);
	if (r < 0)
		return r;
	fputs("[Service]\n", f);
	switch (result->policy.refusal) {
	case SP_REFUSAL_ERRNO:
		emit_architectures(result, f);
		emit_filter(result, f);
		emit_errno(result, f);
		return 0;
	case SP_REFUSAL_KILL:
		emit_architectures(result, f);
		emit_filter(result, f);
		/* The vendor's unit may have set a number, so that the default has to be said. */
		fprintf(f, "SystemCallErrorNumber=%s\n",
			sp_groups_major(result->groups) >= MAJOR_WITH_KILL_WORD ? "kill" : "");
		return 0;
	case SP_REFUSAL_LOG:
		/* Nothing may be refused: SystemCallArchitectures= would kill, so it is left out.
		 */
		return emit_log(result, f);
	case _SP_REFUSAL_MAX:
		break;
	}
	return -EINVAL;
}
