/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/profiles.h"

#include <errno.h>
#include <stdio.h>

#include "sysprofile/log.h"
#include "sysprofile/profile-json.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

static int join(struct sp_history *all, const char *path)
{
	_cleanup_(sp_history_freep) struct sp_history *one = NULL;
	_cleanup_(sp_freep) char *sentence = NULL;
	struct sp_profile_error error;
	int r = sp_profile_read(path, &one, &error);

	if (r == 0)
		r = sp_history_join(all, one);
	if (r == 0)
		return SP_EXIT_OK;
	sentence = sp_profile_error_sentence(path, r, &error);
	sp_error("%s", sentence ? sentence : strerror(ENOMEM));
	return SP_EXIT_FAILED;
}

int sp_profiles_read(const char *verb, const char *remedy, char *const *words,
		     struct sp_history **ret)
{
	_cleanup_(sp_history_freep) struct sp_history *all = NULL;
	int r = SP_EXIT_OK;

	if (!words[0]) {
		sp_error("no profile to %s; write: sysprofile %s", verb, remedy);
		return SP_EXIT_USAGE;
	}
	if (sp_history_new(&all) < 0) {
		sp_error("cannot read %s: %s", words[0], strerror(ENOMEM));
		return SP_EXIT_FAILED;
	}
	for (; *words && r == SP_EXIT_OK; words++)
		r = join(all, *words);
	if (r == SP_EXIT_OK)
		*ret = SP_TAKE(all);
	return r;
}

char *sp_profiles_label(const struct sp_history_call *call, char ret[static SP_CALL_LABEL_SIZE])
{
	const char *abi = sp_abi_name(call->abi);
	char number[16];

	if (!abi) {
		snprintf(number, sizeof(number), "%#x", call->abi);
		abi = number;
	}
	if (!call->name)
		snprintf(ret, SP_CALL_LABEL_SIZE, "%s:%u", abi, call->nr);
	else if (call->abi == sp_abi_native())
		snprintf(ret, SP_CALL_LABEL_SIZE, "%.64s", call->name);
	else
		snprintf(ret, SP_CALL_LABEL_SIZE, "%s:%.64s", abi, call->name);
	return ret;
}
