/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "sysprofile/emit.h"

/* "read", "x86:read", "x86-64:467"; an architecture that systemd cannot name as a number. */
static int add_line(const struct sp_profile_call *call, struct sp_words *lines)
{
	const char *abi = sp_abi_name(call->abi);
	char number[16], line[128];

	if (call->named && call->abi == sp_abi_native())
		return sp_words_add(lines, sp_call_name(call->call));
	if (!abi) {
		snprintf(number, sizeof(number), "%#x", call->abi);
		abi = number;
	}
	if (call->named)
		snprintf(line, sizeof(line), "%s:%s", abi, sp_call_name(call->call));
	else
		snprintf(line, sizeof(line), "%s:%u", abi, call->nr);
	return sp_words_add(lines, line);
}

int sp_emit_names(const struct sp_result *result, FILE *f)
{
	_cleanup_(sp_words_done) struct sp_words lines = {};

	for (size_t i = 0; i < sp_profile_n_calls(result->profile); i++) {
		int r = add_line(sp_profile_call_at(result->profile, i), &lines);

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
