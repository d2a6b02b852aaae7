/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Strings from outside in JSON. */

#include <jansson.h>

/*
 * JSON holds UTF-8 only, names of files and comms any bytes: what is not UTF-8 becomes \xNN. null
 * for NULL; NULL without memory.
 */
json_t *sp_json_text(const char *text);
