/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "sysprofile/emit.h"
#include "sysprofile/profile-json.h"

int sp_emit_json(const struct sp_result *result, FILE *f)
{
	return result->facts.history ? sp_profile_write(result->facts.history, f) : -EINVAL;
}
