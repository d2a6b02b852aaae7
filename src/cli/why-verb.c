/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "sysprofile/log.h"
#include "sysprofile/near.h"
#include "sysprofile/output.h"
#include "sysprofile/page.h"
#include "sysprofile/profiles.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

/* Columns of a call and of what is said of it. */
enum { MARGIN = 2, COLUMN = 10 };

/* What was asked for: a name on any ABI, or on one; or a number of one. */
struct question {
	const char *word;
	sp_abi abi; /* 0: any */
	const char *name;
	uint32_t nr; /* when name is NULL */
};

static int list_names(sp_abi abi, struct sp_words *ret)
{
	struct sp_numbered_call calls[SP_CALLS_MAX];
	size_t n = sp_calls_of_abi(abi, calls);
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = sp_words_add(ret, sp_call_name(calls[i].call));
	return r;
}

static int complain(const struct question *q)
{
	_cleanup_(sp_words_done) struct sp_words all = {}, near = {};

	if (list_names(q->abi ? q->abi : sp_abi_native(), &all) == 0 &&
	    sp_nearest(&all, q->name, &near) == 0 && near.n > 0)
		sp_error("%s is no system call that libseccomp %s knows; near it is %s", q->word,
			 sp_libseccomp_version(), near.v[0]);
	else
		sp_error("%s is no system call that libseccomp %s knows", q->word,
			 sp_libseccomp_version());
	return SP_EXIT_USAGE;
}

static int parse(const char *word, struct question *ret)
{
	const char *colon = strchr(word, ':'), *rest = colon ? colon + 1 : word;
	struct question q = { .word = word, .name = rest };
	sp_call call;

	if (colon) {
		_cleanup_(sp_freep) char *abi = strndup(word, (size_t)(colon - word));

		q.abi = abi ? sp_abi_from_name(abi) : 0;
		if (q.abi == 0) {
			sp_error("%s: there is no such ABI; write for example x86:read", word);
			return SP_EXIT_USAGE;
		}
		if (*rest && !rest[strspn(rest, "0123456789")] && strlen(rest) <= 10) {
			unsigned long long number = strtoull(rest, NULL, 10);

			q.name = NULL;
			q.nr = (uint32_t)number;
			if (number > UINT32_MAX) {
				sp_error("%s: there is no such number", word);
				return SP_EXIT_USAGE;
			}
		}
	}
	*ret = q;
	if (q.name &&
	    (sp_call_intern(q.name, strlen(q.name), &call) < 0 || !sp_call_is_known(call)))
		return complain(&q);
	return SP_EXIT_OK;
}

/* A name is that of the file, or else the one that this libseccomp has. */
static bool is_asked(const struct question *q, const struct sp_history_call *call)
{
	sp_call handle;

	if (q->abi && q->abi != call->abi)
		return false;
	if (!q->name)
		return call->nr == q->nr;
	if (call->name && sp_streq(call->name, q->name))
		return true;
	return sp_call_from_number(call->abi, call->nr, &handle) == 0 &&
	       sp_streq(sp_call_name(handle), q->name);
}

static void put_sighting(struct sp_page *page, const struct sp_history *all, const char *which,
			 const struct sp_history_sighting *s)
{
	const struct sp_history_run *run = sp_history_run_of(all, s->run);
	const char *host =
		json_string_value(json_object_get(json_object_get(run->object, "host"), "name"));
	const time_t when = (time_t)((run->start_usec + s->time_usec) / 1000000);
	char date[64], after[SP_TIMESPAN_SIZE];
	const char *phase = sp_phase_name(s->phase);
	struct tm tm;

	if (!gmtime_r(&when, &tm) || strftime(date, sizeof(date), "%F %T UTC", &tm) == 0)
		snprintf(date, sizeof(date), "?");
	sp_page_line(page, MARGIN, COLUMN);
	sp_page_put(page, SP_PAINT_NONE, "%s", which);
	sp_page_tab(page, COLUMN);
	/* Not every log tells when it was made, or where. */
	if (run->start_usec > 0)
		sp_page_words(page, SP_PAINT_NONE, "%s,", date);
	sp_page_words(page, SP_PAINT_NONE, "%s into a run on %s%s%s,",
		      sp_format_timespan(s->time_usec * 1000, after, sizeof(after)),
		      host ? host : "a host that nobody told", phase ? ", phase " : "",
		      phase ? phase : "");
	sp_page_words(page, SP_PAINT_NONE, "by %s (pid %d, %s)", s->comm ? s->comm : "?",
		      (int)s->pid, s->exe);
}

static int compare_counts(const void *va, const void *vb)
{
	const struct sp_history_count *a = va, *b = vb;

	return strcmp(a->exe, b->exe);
}

static int put_programs(struct sp_page *page, const struct sp_history_call *call)
{
	_cleanup_(sp_freep) struct sp_history_count *v = calloc(call->n_counts + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < call->n_counts; i++)
		v[i] = call->counts[i];
	qsort(v, call->n_counts, sizeof(*v), compare_counts);
	for (size_t i = 0; i < call->n_counts;) {
		const char *exe = v[i].exe;
		struct sp_history_call one = { .counts = v + i };

		for (; i < call->n_counts && sp_streq(v[i].exe, exe); i++)
			one.n_counts++;
		sp_page_line(page, MARGIN, COLUMN);
		sp_page_put(page, SP_PAINT_NONE, "by");
		sp_page_tab(page, COLUMN);
		sp_page_words(page, SP_PAINT_NONE, "%s, %" PRIu64 " time%s in %zu run%s", exe,
			      sp_history_total(&one), sp_history_total(&one) == 1 ? "" : "s",
			      one.n_counts, one.n_counts == 1 ? "" : "s");
	}
	return 0;
}

static int put_call(struct sp_page *page, struct sp_history *all, const struct sp_hosts *hosts,
		    const struct sp_history_call *call)
{
	_cleanup_(sp_freep) bool *marks = calloc(hosts->n + 1, sizeof(*marks));
	const char *abi = sp_abi_name(call->abi), *one, *separator = "";
	char label[SP_CALL_LABEL_SIZE];
	size_t n;

	if (!marks)
		return -ENOMEM;
	n = sp_hosts_of_call(hosts, call, marks, &one);
	sp_page_line(page, 0, MARGIN);
	sp_page_put(page, SP_PAINT_HEADING,
		    "%s (%s, number %" PRIu32 "):", sp_profiles_label(call, label),
		    abi ? abi : "an unknown ABI", call->nr);
	for (unsigned i = 0; i < SP_ORIGINS; i++)
		if (call->origins >> i & 1) {
			sp_page_words(page, SP_PAINT_NONE, "%s%s", separator, sp_origin_name(i));
			separator = "and ";
		}
	if (n > 0)
		sp_page_words(page, SP_PAINT_NONE, "%s%" PRIu64 " time%s, on %zu of %zu host%s",
			      call->lower_bound ? "at least " : "", sp_history_total(call),
			      sp_history_total(call) == 1 ? "" : "s", n, hosts->n,
			      hosts->n == 1 ? "" : "s");
	if (!call->sighted)
		return 0;
	put_sighting(page, all, "first", &call->first);
	put_sighting(page, all, "last", &call->last);
	return put_programs(page, call);
}

static int answer(const struct sp_options *o, const struct question *q, struct sp_history *all)
{
	struct sp_page page = sp_page_of_stdout(o);
	_cleanup_(sp_hosts_done) struct sp_hosts hosts = {};
	bool found = false;
	int r = sp_hosts_list(all, &hosts);

	for (size_t i = 0; i < sp_history_n_calls(all) && r == 0; i++)
		if (is_asked(q, sp_history_call_at(all, i))) {
			r = put_call(&page, all, &hosts, sp_history_call_at(all, i));
			found = true;
		}
	if (r < 0) {
		sp_error("cannot say why: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	if (!found) {
		sp_page_line(&page, 0, MARGIN);
		sp_page_words(&page, SP_PAINT_NONE,
			      "%s: not in the profile, made in none of %zu run%s", q->word,
			      sp_history_n_runs(all), sp_history_n_runs(all) == 1 ? "" : "s");
	}
	sp_page_end(&page);
	r = sp_finish_stdout();
	return r != SP_EXIT_OK || found ? r : SP_EXIT_NO;
}

int sp_verb_why(const struct sp_options *o)
{
	_cleanup_(sp_history_freep) struct sp_history *all = NULL;
	struct question question;
	int r;

	if (!o->arguments[0]) {
		sp_error("no call to explain; write: sysprofile why CALL PROFILE...");
		return SP_EXIT_USAGE;
	}
	if (sp_output_check_stdout() < 0) {
		sp_error("cannot write to stdout: it is closed");
		return SP_EXIT_FAILED;
	}
	r = parse(o->arguments[0], &question);
	if (r == SP_EXIT_OK)
		r = sp_profiles_read("ask", "why CALL PROFILE...", o->arguments + 1, &all);
	return r == SP_EXIT_OK ? answer(o, &question, all) : r;
}
