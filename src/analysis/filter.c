/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/filter.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sysprofile/util.h"

#include "filter-private.h"

/*
 * Makes every call of this machine's ABIs known by name, so that reading a unit need not intern
 * what it finds: a file full of invented names could fill the table otherwise.
 */
static void intern_local_calls(void)
{
	static bool done;

	if (done)
		return;
	for (const sp_abi *abi = sp_abi_local(); *abi; abi++)
		sp_calls_intern_abi(*abi);
	done = true;
}

int sp_filter_new(const struct sp_groups *groups, struct sp_filter **ret)
{
	_cleanup_(sp_filter_freep) struct sp_filter *filter = calloc(1, sizeof(*filter));
	int r;

	if (!filter)
		return -ENOMEM;
	intern_local_calls();
	filter->groups = groups;
	filter->err = SP_FILTER_KILL;
	r = sp_call_intern("write", strlen("write"), &filter->write);
	if (r < 0)
		return r;
	sp_filter_init_rules(filter);
	*ret = SP_TAKE(filter);
	return 0;
}

struct sp_filter *sp_filter_free(struct sp_filter *filter)
{
	if (!filter)
		return NULL;
	for (struct sp_filter_word *word = filter->words, *next; word; word = next) {
		next = word->next;
		free(word);
	}
	for (struct sp_filter_file *file = filter->files, *next; file; file = next) {
		next = file->next;
		free(file);
	}
	free(filter);
	return NULL;
}

void sp_filter_say(const struct sp_filter_reading *reading, unsigned line, const char *format, ...)
{
	char text[256];
	struct sp_filter_message message = { .file = reading->given, .line = line, .text = text };
	va_list ap;

	if (!reading->message)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	reading->message(&message, reading->userdata);
}

const char *sp_filter_architectures_at(const struct sp_filter *filter, unsigned *ret_line)
{
	if (filter->n_abis == 0 || !filter->architectures)
		return NULL;
	*ret_line = filter->architectures->line;
	return filter->architectures->file;
}

void sp_filter_listed(const struct sp_filter *filter, struct sp_sysset *ret)
{
	int err;

	*ret = (struct sp_sysset){};
	for (unsigned call = 0; call < SP_CALLS_MAX; call++) {
		if (!sp_filter_is_listed(filter, (sp_call)call))
			continue;
		if (filter->calls.allow_list &&
		    sp_filter_listed_action(filter, (sp_call)call, &err) != SP_ACTION_ALLOW)
			continue;
		sp_sysset_add(ret, (sp_call)call);
	}
}

int sp_filter_listed_errno(const struct sp_filter *filter, sp_call call, int *ret)
{
	if (!sp_filter_is_listed(filter, call))
		return -ENOENT;
	*ret = sp_sysset_contains(&filter->calls.listed, call) ? filter->calls.err[call]
							       : SP_FILTER_NO_ERRNO;
	return 0;
}
