/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Parts of explanations as JSON values; NULL when memory is out. */

#include <jansson.h>

#include "sysprofile/explain.h"
#include "sysprofile/json-text.h"

json_t *sp_json_names(const struct sp_sysset *set);
json_t *sp_json_verdict(const struct sp_verdict *verdict);
json_t *sp_json_effect(const struct sp_effect *effect);

/* list with item behind it, both taken over; NULL, and both let go, if either is NULL. */
json_t *sp_json_append(json_t *list, json_t *item);
