/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/summary.h"

#include <stdio.h>

#include "sysprofile/log.h"
#include "sysprofile/util.h"

/* The caller's; NULL without memory. */
static char *join(const struct sp_sysset *calls)
{
	char *names = NULL;
	sp_call sorted[SP_CALLS_MAX];
	size_t n = sp_sysset_sorted(calls, sorted), len;
	FILE *f = open_memstream(&names, &len);

	if (!f)
		return NULL;
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s%s", i ? " " : "", sp_call_name(sorted[i]));
	if (fclose(f) != 0) {
		free(names);
		return NULL;
	}
	return names;
}

static void explain_family(const struct sp_family *family, const struct sp_sysset *calls)
{
	_cleanup_(sp_freep) char *names = join(calls);

	if (names)
		sp_debug("headroom, %s: %s; %s (%s)", family->name, names, family->reason,
			 family->evidence);
}

static bool take_family(const struct sp_result *result, size_t family,
			const struct sp_sysset *calls, struct sp_sysset *ret)
{
	*ret = (struct sp_sysset){};
	sp_sysset_foreach (c, calls)
		if (result->headroom.family[c] == family)
			sp_sysset_add(ret, (sp_call)c);
	return !sp_sysset_is_empty(ret);
}

/* How many of them there are. */
static size_t print_startup(const struct sp_result *result, const struct sp_sysset *calls)
{
	_cleanup_(sp_freep) char *names = NULL;
	struct sp_sysset part;
	size_t n;

	if (!take_family(result, SP_HEADROOM_STARTUP, calls, &part))
		return 0;
	n = sp_sysset_count(&part);
	names = join(&part);
	sp_info("headroom allows %zu further call%s that a program makes at its start here", n,
		n == 1 ? "" : "s");
	if (names)
		sp_debug("headroom, startup: %s", names);
	return n;
}

void sp_summary_print_headroom(const struct sp_result *result)
{
	struct sp_sysset calls, part;
	size_t n, families = 0;

	sp_result_headroom(result, &calls);
	n = sp_sysset_count(&calls) - print_startup(result, &calls);
	if (n == 0)
		return;
	for (size_t i = 0; i < sp_family_count(); i++)
		if (take_family(result, i, &calls, &part)) {
			explain_family(sp_family_at(i), &part);
			families++;
		}
	sp_info("headroom allows %zu further call%s of %zu famil%s, which nobody made; -v tells "
		"why, and --headroom=none leaves them out",
		n, n == 1 ? "" : "s", families, families == 1 ? "y" : "ies");
}
