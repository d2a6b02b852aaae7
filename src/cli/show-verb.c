/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "sysprofile/completeness.h"
#include "sysprofile/log.h"
#include "sysprofile/output.h"
#include "sysprofile/page.h"
#include "sysprofile/profile-json.h"
#include "sysprofile/profiles.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

enum { MARGIN = 2, COUNT_COLUMN = 28, EXE_COLUMN = 42 };

/* A call, with the smallest group that holds it: the one that says most of what it is for. */
struct row {
	const struct sp_history_call *call;
	const char *group; /* "" for none */
	uint64_t count, of_group;
};

static const char *group_of(const struct sp_groups *groups, const struct sp_history_call *call)
{
	const struct sp_group *best = NULL;
	sp_call handle;

	if (sp_call_from_number(call->abi, call->nr, &handle) < 0)
		return "";
	for (size_t i = 0; i < sp_groups_count(groups); i++) {
		const struct sp_group *group = sp_groups_at(groups, i);

		if (sp_sysset_contains(&group->set, handle) && !sp_streq(group->name, "@known") &&
		    (!best || sp_sysset_count(&group->set) < sp_sysset_count(&best->set)))
			best = group;
	}
	return best ? best->name : "";
}

static int by_group(const void *va, const void *vb)
{
	const struct row *a = va, *b = vb;

	return strcmp(a->group, b->group);
}

/* Groups rarest first, and the calls in each. */
static int rarest_first(const void *va, const void *vb)
{
	const struct row *a = va, *b = vb;
	int r = (a->of_group > b->of_group) - (a->of_group < b->of_group);

	if (r == 0)
		r = by_group(va, vb);
	if (r == 0)
		r = (a->count > b->count) - (a->count < b->count);
	if (r == 0 && a->call->name && b->call->name)
		r = strcmp(a->call->name, b->call->name);
	if (r == 0)
		r = (a->call->nr > b->call->nr) - (a->call->nr < b->call->nr);
	return r;
}

static struct row *list_rows(struct sp_history *all, const struct sp_groups *groups)
{
	const size_t n = sp_history_n_calls(all);
	struct row *rows = calloc(n + 1, sizeof(*rows));

	if (!rows)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const struct sp_history_call *call = sp_history_call_at(all, i);

		rows[i] = (struct row){ .call = call,
					.group = group_of(groups, call),
					.count = sp_history_total(call) };
	}
	qsort(rows, n, sizeof(*rows), by_group);
	for (size_t i = 0, end; i < n; i = end) {
		uint64_t sum = 0;

		for (end = i; end < n && by_group(&rows[i], &rows[end]) == 0; end++)
			sum += sum < INT64_MAX ? rows[end].count : 0;
		for (size_t k = i; k < end; k++)
			rows[k].of_group = sum;
	}
	qsort(rows, n, sizeof(*rows), rarest_first);
	return rows;
}

static void put_exes(struct sp_page *page, const struct sp_history_call *call, bool all)
{
	enum { SHOWN = 2 };
	size_t shown = 0;

	for (size_t i = 0; i < call->n_counts; i++) {
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = call->counts[k].exe == call->counts[i].exe;
		if (again)
			continue;
		if (shown < SHOWN || all)
			sp_page_words(page, SP_PAINT_NONE, "%s", call->counts[i].exe);
		shown++;
	}
	if (shown > SHOWN && !all)
		sp_page_words(page, SP_PAINT_NONE, "and %zu more", shown - SHOWN);
}

static void put_row(struct sp_page *page, const struct row *row, bool all)
{
	char label[SP_CALL_LABEL_SIZE];

	sp_page_line(page, MARGIN, EXE_COLUMN);
	sp_page_put(page, SP_PAINT_NONE, "%s", sp_profiles_label(row->call, label));
	sp_page_tab(page, COUNT_COLUMN);
	if (row->call->n_counts == 0)
		sp_page_put(page, SP_PAINT_NONE, "%11s",
			    row->call->origins == SP_ORIGIN_ASSUMED ? "assumed" : "uncounted");
	else
		sp_page_put(page, SP_PAINT_NONE, "%s%*" PRIu64, row->call->lower_bound ? ">=" : "",
			    row->call->lower_bound ? 9 : 11, row->count);
	sp_page_tab(page, EXE_COLUMN);
	put_exes(page, row->call, all);
}

static void put_head(struct sp_page *page, struct sp_history *all, size_t hosts)
{
	const size_t n = sp_history_n_runs(all);
	char time[SP_TIMESPAN_SIZE];

	sp_page_line(page, 0, MARGIN);
	sp_page_words(page, SP_PAINT_HEADING,
		      "%zu system call%s in %zu run%s on %zu host%s, %s in all",
		      sp_history_n_calls(all), sp_history_n_calls(all) == 1 ? "" : "s", n,
		      n == 1 ? "" : "s", hosts, hosts == 1 ? "" : "s",
		      sp_format_timespan(sp_history_duration_ns(all), time, sizeof(time)));
}

static int print_text(const struct sp_options *o, struct sp_history *all)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	_cleanup_(sp_hosts_done) struct sp_hosts hosts = {};
	_cleanup_(sp_freep) struct row *rows = NULL;
	struct sp_page page = sp_page_of_stdout(o);
	int r = sp_choose_groups(o, &groups);

	if (r < 0)
		return r == -EINVAL || r == -ERANGE ? SP_EXIT_USAGE : SP_EXIT_FAILED;
	rows = list_rows(all, groups);
	if (!rows || sp_hosts_list(all, &hosts) < 0) {
		sp_error("cannot show the profile: %s", strerror(ENOMEM));
		return SP_EXIT_FAILED;
	}
	put_head(&page, all, hosts.n);
	for (size_t i = 0; i < sp_history_n_calls(all); i++) {
		if (i == 0 || !sp_streq(rows[i].group, rows[i - 1].group))
			sp_page_heading(&page, *rows[i].group ? rows[i].group : "in no group");
		put_row(&page, &rows[i], o->verbose);
	}
	sp_page_heading(&page, "What was seen, and what was not");
	sp_completeness_put(&page, all);
	sp_page_end(&page);
	return SP_EXIT_OK;
}

static int print_json(struct sp_history *all)
{
	int r = sp_profile_write(all, stdout);

	if (r == 0)
		return SP_EXIT_OK;
	sp_error("cannot write to stdout: %s", strerror(-r));
	return SP_EXIT_FAILED;
}

int sp_verb_show(const struct sp_options *o)
{
	_cleanup_(sp_history_freep) struct sp_history *all = NULL;
	int r;

	if (sp_output_check_stdout() < 0) {
		sp_error("cannot write to stdout: it is closed");
		return SP_EXIT_FAILED;
	}
	r = sp_profiles_read("show", "show PROFILE...", o->arguments, &all);
	if (r == SP_EXIT_OK)
		r = o->view == SP_VIEW_JSON ? print_json(all) : print_text(o, all);
	return r == SP_EXIT_OK ? sp_finish_stdout() : r;
}
