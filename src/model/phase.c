/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "sysprofile/profile.h"
#include "sysprofile/util.h"

static const char *const names[_SP_PHASE_MAX] = {
	[SP_PHASE_START] = "start",
	[SP_PHASE_SERVING] = "serving",
	[SP_PHASE_RELOAD] = "reload",
	[SP_PHASE_STOP] = "stop",
};

const char *sp_exercise_name(unsigned i)
{
	static const char *const exercises[SP_EXERCISES] = { "start", "serving", "reload",
							     "rotation", "stop" };

	return exercises[i];
}

const char *sp_phase_name(enum sp_phase phase)
{
	return names[phase];
}

int sp_phase_from_name(const char *name)
{
	for (int i = SP_PHASE_NONE + 1; i < _SP_PHASE_MAX; i++)
		if (sp_streq(names[i], name))
			return i;
	return -EINVAL;
}
