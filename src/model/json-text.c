/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/json-text.h"

#include <stdio.h>

#include "sysprofile/util.h"

json_t *sp_json_text(const char *text)
{
	_cleanup_(sp_freep) char *escaped = NULL;
	size_t len;
	json_t *value = text ? json_string(text) : json_null();
	FILE *f;

	if (value)
		return value;
	f = open_memstream(&escaped, &len);
	if (!f)
		return NULL;
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (*p < 0x80)
			putc(*p, f);
		else
			fprintf(f, "\\x%02x", *p);
	return fclose(f) == 0 ? json_string(escaped) : NULL;
}
