/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "emit-private.h"
#include "sysprofile/emit.h"

const char *sp_emit_call_word(const struct sp_profile_call *call,
			      char ret[static SP_CALL_WORD_SIZE])
{
	const char *abi = sp_abi_name(call->abi);
	char number[16];

	snprintf(number, sizeof(number), "%#x", call->abi);
	if (!call->named)
		snprintf(ret, SP_CALL_WORD_SIZE, "%s:%u", abi ? abi : number, call->nr);
	else if (call->abi == sp_abi_native())
		snprintf(ret, SP_CALL_WORD_SIZE, "%s", sp_call_name(call->call));
	else
		snprintf(ret, SP_CALL_WORD_SIZE, "%s:%s", abi ? abi : number,
			 sp_call_name(call->call));
	return ret;
}

int sp_emit_names(const struct sp_result *result, FILE *f)
{
	_cleanup_(sp_words_done) struct sp_words lines = {};

	for (size_t i = 0; i < sp_profile_n_calls(result->profile); i++) {
		char word[SP_CALL_WORD_SIZE];
		int r = sp_words_add(
			&lines, sp_emit_call_word(sp_profile_call_at(result->profile, i), word));

		if (r < 0)
			return r;
	}
	sp_words_sort(&lines);
	/* x32 reaches some calls by two numbers: one line is enough. */
	for (size_t i = 0; i < lines.n; i++)
		if (i == 0 || !sp_streq(lines.v[i], lines.v[i - 1]))
			fprintf(f, "%s\n", lines.v[i]);
	return 0;
}
