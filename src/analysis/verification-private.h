/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A call and what becomes of it, as all reports have it in JSON. */

#include <jansson.h>

#include "sysprofile/verification.h"

/* name: NULL when it has none. number is taken over. NULL: no memory. */
json_t *sp_verification_call_json(const char *name, sp_abi abi, json_t *number,
				  const struct sp_verdict *verdict);
