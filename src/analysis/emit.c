/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/emit.h"

#include <errno.h>

static const struct {
	const char *name;
	int (*emit)(const struct sp_result *result, FILE *f);
} formats[_SP_FORMAT_MAX] = {
	[SP_FORMAT_DROPIN] = { "drop-in", sp_emit_dropin },
	[SP_FORMAT_NAMES] = { "names", sp_emit_names },
	[SP_FORMAT_OCI] = { "oci", sp_emit_oci },
	[SP_FORMAT_JSON] = { "json", sp_emit_json },
};

const char *sp_format_name(enum sp_format format)
{
	return formats[format].name;
}

int sp_format_from_name(const char *name)
{
	for (int i = 0; i < _SP_FORMAT_MAX; i++)
		if (sp_streq(formats[i].name, name))
			return i;
	return -EINVAL;
}

int sp_emit(enum sp_format format, const struct sp_result *result, FILE *f)
{
	return formats[format].emit(result, f);
}
