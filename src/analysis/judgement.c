/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/judgement.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "judgement-private.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

enum { USEC_PER_SEC = 1000000, NSEC_PER_USEC = 1000 };

void sp_judgement_done(struct sp_judgement *j)
{
	free(j->v);
	*j = (struct sp_judgement){};
}

int sp_judgement_make(struct sp_history *history, const struct sp_filter *filter,
		      const struct sp_directives *directives, struct sp_judgement *ret)
{
	const size_t n = sp_history_n_calls(history);
	struct sp_judgement j = { .history = history };

	j.v = calloc(n + 1, sizeof(*j.v));
	if (!j.v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct sp_judged_call judged = { .call = sp_history_call_at(history, i) };

		if (!(judged.call->origins & ~(unsigned)SP_ORIGIN_ASSUMED))
			continue;
		j.n_made++;
		sp_refusals_verdict(filter, directives, judged.call->abi, judged.call->nr, NULL,
				    &judged.verdict);
		if (judged.verdict.action != SP_ACTION_ALLOW)
			j.v[j.n++] = judged;
	}
	j.n_needs = sp_needs_refused(filter, j.needs);
	*ret = j;
	return 0;
}

size_t sp_judgement_refused(const struct sp_judgement *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n; i++)
		n += sp_verdict_refuses(&j->v[i].verdict);
	return n;
}

bool sp_judgement_holds(const struct sp_judgement *j)
{
	return j->n_needs == 0 && sp_judgement_refused(j) == 0;
}

/* Who made it. */

static int compare_counts(const void *va, const void *vb)
{
	const struct sp_history_count *a = va, *b = vb;

	return strcmp(a->exe, b->exe);
}

int sp_judged_makers(const struct sp_history_call *call, struct sp_judged_maker **ret,
		     size_t *ret_n)
{
	_cleanup_(sp_freep) struct sp_history_count *counts =
		calloc(call->n_counts + 1, sizeof(*counts));
	_cleanup_(sp_freep) struct sp_judged_maker *v = calloc(call->n_counts + 1, sizeof(*v));
	size_t n = 0;

	if (!counts || !v)
		return -ENOMEM;
	for (size_t i = 0; i < call->n_counts; i++)
		counts[i] = call->counts[i];
	qsort(counts, call->n_counts, sizeof(*counts), compare_counts);
	for (size_t i = 0; i < call->n_counts; i++) {
		if (n == 0 || !sp_streq(v[n - 1].exe, counts[i].exe))
			v[n++].exe = counts[i].exe;
		v[n - 1].runs++;
		if (__builtin_add_overflow(v[n - 1].count, counts[i].count, &v[n - 1].count))
			v[n - 1].count = UINT64_MAX;
	}
	*ret = SP_TAKE(v);
	*ret_n = n;
	return 0;
}

const char *sp_judged_host(const struct sp_history_run *run)
{
	return json_string_value(json_object_get(json_object_get(run->object, "host"), "name"));
}

/* For people. */

static void print_label(const struct sp_history_call *call, FILE *f)
{
	const char *abi = sp_abi_name(call->abi);

	if ((!call->name || call->abi != sp_abi_native()) && abi)
		fprintf(f, "%s:", abi);
	else if (!call->name || call->abi != sp_abi_native())
		fprintf(f, "%#x:", call->abi);
	if (call->name)
		sp_fputs_escaped(call->name, f);
	else
		fprintf(f, "%" PRIu32, call->nr);
}

static void print_first(const struct sp_judgement *j, const struct sp_history_sighting *s, FILE *f)
{
	const struct sp_history_run *run = sp_history_run_of(j->history, s->run);
	const time_t when = (time_t)((run->start_usec + s->time_usec) / USEC_PER_SEC);
	const char *phase = sp_phase_name(s->phase), *host = sp_judged_host(run);
	char date[64], after[SP_TIMESPAN_SIZE];
	struct tm tm;

	fputs("    first", f);
	/* Not every log tells when it was made. */
	if (run->start_usec > 0 && gmtime_r(&when, &tm) &&
	    strftime(date, sizeof(date), "%F %T UTC", &tm) > 0)
		fprintf(f, " %s,", date);
	fprintf(f, " %s into a run",
		sp_format_timespan(s->time_usec * NSEC_PER_USEC, after, sizeof(after)));
	if (host) {
		fputs(" on ", f);
		sp_fputs_escaped(host, f);
	}
	fprintf(f, "%s%s, by ", phase ? ", phase " : "", phase ? phase : "");
	sp_fputs_escaped(s->comm ? s->comm : "?", f);
	fprintf(f, " (pid %d, ", (int)s->pid);
	sp_fputs_escaped(s->exe, f);
	fputs(")\n", f);
}

static void print_makers(const struct sp_history_call *call, FILE *f)
{
	_cleanup_(sp_freep) struct sp_judged_maker *v = NULL;
	size_t n = 0;

	if (sp_judged_makers(call, &v, &n) < 0)
		return;
	if (n == 0)
		fputs("    known to be made, and never counted\n", f);
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "    %s%" PRIu64 " time%s by ", call->lower_bound ? "at least " : "",
			v[i].count, v[i].count == 1 ? "" : "s");
		sp_fputs_escaped(v[i].exe, f);
		fprintf(f, " in %zu run%s\n", v[i].runs, v[i].runs == 1 ? "" : "s");
	}
}

static bool is_need(const struct sp_need *need, const struct sp_history_call *call)
{
	return call->name && call->abi == sp_abi_native() && sp_streq(call->name, need->name);
}

static void print_call(const struct sp_judgement *j, const struct sp_judged_call *judged, FILE *f)
{
	const struct sp_verdict *verdict = &judged->verdict;

	print_label(judged->call, f);
	fputs(": ", f);
	sp_verification_print_action(verdict, f);
	if (verdict->action != SP_ACTION_LOG || verdict->word)
		sp_verification_print_reason(verdict, judged->call->abi, f);
	putc('\n', f);
	for (size_t i = 0; i < j->n_needs; i++)
		if (is_need(&j->needs[i], judged->call))
			sp_verification_print_need(&j->needs[i], j->major, f);
	print_makers(judged->call, f);
	if (judged->call->sighted)
		print_first(j, &judged->call->first, f);
}

static bool was_made(const struct sp_judgement *j, const struct sp_need *need)
{
	for (size_t i = 0; i < j->n; i++)
		if (is_need(need, j->v[i].call))
			return true;
	return false;
}

void sp_judgement_print(const struct sp_judgement *j, FILE *f)
{
	for (size_t i = 0; i < j->n_needs; i++)
		if (!was_made(j, &j->needs[i]))
			sp_verification_print_lone_need(&j->needs[i], j->major, f);
	for (int refused = 1; refused >= 0; refused--)
		for (size_t i = 0; i < j->n; i++)
			if (sp_verdict_refuses(&j->v[i].verdict) == (bool)refused)
				print_call(j, &j->v[i], f);
}
