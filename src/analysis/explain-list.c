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

void sp_explain_list(const struct sp_explanation *explanation, FILE *f)
{
	for (size_t i = 0; i < explanation->n_calls; i++) {
		const struct sp_explain_call *call = &explanation->calls[i];
		char word[SP_VERDICT_WORD_SIZE];

		fprintf(f, "%s %s\n", sp_call_name(call->id.call),
			sp_verdict_word(&call->effective, word));
	}
}
