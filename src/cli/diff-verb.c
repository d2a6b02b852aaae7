/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/verbs.h"

int sp_verb_diff(const struct sp_options *options)
{
	(void)options;
	return SP_EXIT_FAILED;
}
