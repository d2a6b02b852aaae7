/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/util.h"

#include "options-private.h"

static bool is_given(const struct sp_parsing *parsing, enum option_index option)
{
	return parsing->given >> option & 1;
}

int sp_options_check_drop_in(const struct sp_parsing *parsing)
{
	static const enum option_index with_it[] = { OPTION_RUNTIME, OPTION_USER, OPTION_DRY_RUN };
	const struct sp_options *o = parsing->o;
	const bool has_result =
		o->verb == SP_VERB_RECORD || o->verb == SP_VERB_IMPORT || o->verb == SP_VERB_ATTACH;

	for (size_t i = 0; i < SP_ARRAY_SIZE(with_it) && !o->drop_in; i++)
		if (is_given(parsing, with_it[i]))
			return sp_options_complain(parsing->message,
						   "--%s has no meaning without --drop-in",
						   sp_option_table[with_it[i]].name);
	if (has_result && !o->drop_in && o->root)
		return sp_options_complain(parsing->message,
					   "--root has no meaning without --drop-in");
	if (o->force && !o->drop_in && o->verb == SP_VERB_RECORD)
		return sp_options_complain(
			parsing->message,
			"--force has no meaning without --pid, --input or --drop-in");
	if (o->drop_in && o->format != SP_FORMAT_DROPIN)
		return sp_options_complain(parsing->message,
					   "--drop-in writes a drop-in, which --format=%s is not",
					   sp_format_name(o->format));
	if (o->dry_run && o->output)
		return sp_options_complain(parsing->message,
					   "--dry-run writes nothing, --output=%.200s neither",
					   o->output);
	return 0;
}
