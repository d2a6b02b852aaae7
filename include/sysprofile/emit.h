/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Output formats, one function and one file each. They write to f and leave its errors to the
 * caller (ferror(3)); they return 0 or negative errno for what is not f's fault.
 */

#include <stdio.h>

#include "sysprofile/result.h"

/*
 * A systemd drop-in: comments (what was seen, when and by what; warnings), [Service], and the
 * directives, the resetting empty assignment of each accumulating one first (systemd.exec(5):
 * without it the lines merge with the vendor's list and only ever widen it).
 */
int sp_emit_dropin(const struct sp_result *result, FILE *f);

/*
 * One observed name a line, sorted; a foreign ABI's as "x86:name"; a number without a name as
 * "x86-64:467". Nothing but what was seen.
 */
int sp_emit_names(const struct sp_result *result, FILE *f);

/*
 * seccomp profile of the OCI runtime specification as Docker and Podman read it: an allow-list of
 * what was seen (and, as a rule of its own, of headroom), or for SP_STYLE_DENY the names that the
 * deny-list refuses.
 */
int sp_emit_oci(const struct sp_result *result, FILE *f);

/* The profile file itself: sysprofile-profile(5). The result's facts have to hold the history. */
int sp_emit_json(const struct sp_result *result, FILE *f);

enum sp_format {
	SP_FORMAT_DROPIN,
	SP_FORMAT_NAMES,
	SP_FORMAT_OCI,
	SP_FORMAT_JSON,
	_SP_FORMAT_MAX,
};

/* "drop-in", "names", "oci", "json". */
const char *sp_format_name(enum sp_format format);
int sp_format_from_name(const char *name); /* -EINVAL when none is called so */

int sp_emit(enum sp_format format, const struct sp_result *result, FILE *f);
