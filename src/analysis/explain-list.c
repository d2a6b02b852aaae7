/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/explain.h"
#include "sysprofile/util.h"

const char *sp_verdict_word(const struct sp_verdict *verdict,
			    char buffer[static SP_VERDICT_WORD_SIZE])
{
	const char *word = "allow", *name;

	switch (verdict->action) {
	case SP_ACTION_LOG:
		word = "log";
		break;
	case SP_ACTION_ERRNO:
		name = verdict->err > 0 ? sp_errno_name(verdict->err) : NULL;
		if (name)
			snprintf(buffer, SP_VERDICT_WORD_SIZE, "errno:%s", name);
		else
			snprintf(buffer, SP_VERDICT_WORD_SIZE, "errno:%d", verdict->err);
		return buffer;
	case SP_ACTION_KILL_THREAD:
		word = "kill-thread";
		break;
	case SP_ACTION_KILL_PROCESS:
		word = "kill-process";
		break;
	case SP_ACTION_ALLOW:
	case _SP_ACTION_MAX:
		break;
	}
	snprintf(buffer, SP_VERDICT_WORD_SIZE, "%s", word);
	return buffer;
}

void sp_explain_list(const struct sp_filter *filter, sp_abi abi, FILE *f)
{
	struct sp_numbered_call calls[SP_CALLS_MAX];
	size_t n = sp_calls_of_abi(abi, calls);

	for (size_t i = 0; i < n; i++) {
		char word[SP_VERDICT_WORD_SIZE];
		struct sp_verdict verdict;

		sp_filter_verdict(filter, abi, calls[i].nr, &verdict);
		fprintf(f, "%s %s\n", sp_call_name(calls[i].call), sp_verdict_word(&verdict, word));
	}
}
