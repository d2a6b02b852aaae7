/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "completeness-private.h"
#include "sysprofile/completeness.h"
#include "sysprofile/profiles.h"
#include "sysprofile/util.h"

enum { MARGIN = 2, NSEC_PER_USEC = 1000, USEC_PER_SEC = 1000000, SHOWN = 6 };

/* Only what was made, and is known when. */
static bool is_timed(const struct sp_history_call *call)
{
	return call->sighted && call->origins & ~(unsigned)SP_ORIGIN_ASSUMED;
}

static int64_t when(const struct sp_history *h, const struct sp_history_sighting *s)
{
	return sp_history_run_of(h, s->run)->start_usec + s->time_usec;
}

/* The curve. */

static void put_line(const char *text, void *userdata)
{
	struct sp_page *page = userdata;

	sp_page_line(page, 0, 0);
	sp_page_put(page, SP_PAINT_NONE, "%s", text);
}

static const struct sp_history_run *longest_run(struct sp_history *h)
{
	const struct sp_history_run *longest = NULL;

	for (size_t i = 0; i < sp_history_n_runs(h); i++) {
		const struct sp_history_run *run = sp_history_run_at(h, i);

		if (!longest || run->duration_usec > longest->duration_usec)
			longest = run;
	}
	return longest;
}

/* A file may hold anything there, in any order. */
static size_t fill_columns(const struct sp_history_run *run, int64_t duration_ns,
			   size_t known[SP_PLOT_COLUMNS])
{
	const json_t *curve = json_object_get(run->object, "curve");
	size_t most = 0;

	memset(known, 0, SP_PLOT_COLUMNS * sizeof(*known));
	for (size_t i = 0; i + 1 < json_array_size(curve); i += 2) {
		const json_int_t usec = json_integer_value(json_array_get(curve, i));
		const json_int_t n = json_integer_value(json_array_get(curve, i + 1));
		size_t *column;

		if (usec < 0 || usec > INT64_MAX / NSEC_PER_USEC || n < 0 || n > SP_CALLS_MAX)
			continue;
		column = &known[sp_plot_column(usec * NSEC_PER_USEC, duration_ns)];
		*column = (size_t)n > *column ? (size_t)n : *column;
	}
	for (size_t c = 0; c < SP_PLOT_COLUMNS; c++) {
		most = known[c] > most ? known[c] : most;
		known[c] = most;
	}
	return most;
}

static void put_curve(struct sp_page *page, struct sp_history *h)
{
	const struct sp_history_run *run = longest_run(h);
	size_t known[SP_PLOT_COLUMNS];
	int64_t ns;

	if (!run || __builtin_mul_overflow(run->duration_usec, NSEC_PER_USEC, &ns) ||
	    ns < SP_PLOT_FROM_NS || fill_columns(run, ns, known) == 0)
		return;
	put_line(sp_history_n_runs(h) == 1 ? "calls known over time:"
					   : "calls known over time, in the longest run:",
		 page);
	sp_plot_print(known, ns, put_line, page);
}

/* How quiet it has become. */

static const struct sp_history_call *find_newest(struct sp_history *h)
{
	const struct sp_history_call *newest = NULL;

	for (size_t i = 0; i < sp_history_n_calls(h); i++) {
		const struct sp_history_call *call = sp_history_call_at(h, i);

		if (is_timed(call) && (!newest || when(h, &call->first) > when(h, &newest->first)))
			newest = call;
	}
	return newest;
}

/* Of the run that it came in, and of those that began later. */
static uint64_t calls_since(struct sp_history *h, const struct sp_history_call *newest)
{
	const struct sp_history_run *of = sp_history_run_of(h, newest->first.run);
	const json_int_t in_run =
		json_integer_value(json_object_get(of->object, "calls_since_new"));
	uint64_t sum = in_run > 0 ? (uint64_t)in_run : 0;

	for (size_t i = 0; i < sp_history_n_calls(h); i++) {
		const struct sp_history_call *call = sp_history_call_at(h, i);

		for (size_t k = 0; k < call->n_counts; k++)
			if (sp_history_run_of(h, call->counts[k].run)->start_usec >
				    of->start_usec &&
			    __builtin_add_overflow(sum, call->counts[k].count, &sum))
				return UINT64_MAX;
	}
	return sum;
}

static void put_newest(struct sp_page *page, struct sp_history *h)
{
	const struct sp_history_call *newest = find_newest(h);
	char label[SP_CALL_LABEL_SIZE], after[SP_TIMESPAN_SIZE], length[SP_TIMESPAN_SIZE];
	const struct sp_history_run *run;
	char date[64] = "";
	uint64_t since;
	struct tm tm;
	time_t at;

	if (!newest)
		return;
	run = sp_history_run_of(h, newest->first.run);
	/* A log without any time does not tell which of its calls came last. */
	if (run->start_usec == 0 && run->duration_usec == 0)
		return;
	since = calls_since(h, newest);
	at = (time_t)(when(h, &newest->first) / USEC_PER_SEC);
	if (run->start_usec == 0 || !gmtime_r(&at, &tm) ||
	    strftime(date, sizeof(date), " on %F %T UTC,", &tm) == 0)
		*date = 0;
	sp_page_line(page, 0, MARGIN);
	sp_page_words(
		page, SP_PAINT_NONE,
		"the last new one, %s, came%s %s into a run of %s; %" PRIu64
		" call%s counted since",
		sp_profiles_label(newest, label), date,
		sp_format_timespan(newest->first.time_usec * NSEC_PER_USEC, after, sizeof(after)),
		sp_format_timespan(run->duration_usec * NSEC_PER_USEC, length, sizeof(length)),
		since, since == 1 ? " was" : "s were");
}

/* What came once may well not be all of its kind. Of what passed uncounted nobody knows. */

static bool in_one_second(const struct sp_history *h, const struct sp_history_call *call)
{
	return is_timed(call) && !call->lower_bound &&
	       when(h, &call->last) - when(h, &call->first) < USEC_PER_SEC;
}

static bool in_one_run(const struct sp_history *h, const struct sp_history_call *call)
{
	(void)h;
	for (size_t i = 1; i < call->n_counts; i++)
		if (call->counts[i].run != call->counts[0].run)
			return false;
	return call->n_counts > 0 && !call->lower_bound;
}

static bool in_one_process(const struct sp_history *h, const struct sp_history_call *call)
{
	(void)h;
	return sp_history_in_one_process(call);
}

static void put_those(struct sp_page *page, struct sp_history *h,
		      bool (*is_one)(const struct sp_history *h,
				     const struct sp_history_call *call),
		      const char *words)
{
	size_t n = 0, shown = 0;

	for (size_t i = 0; i < sp_history_n_calls(h); i++)
		n += is_one(h, sp_history_call_at(h, i));
	if (n == 0)
		return;
	sp_page_line(page, 0, MARGIN);
	sp_page_words(page, SP_PAINT_NONE, "%zu call%s %s:", n, n == 1 ? "" : "s", words);
	for (size_t i = 0; i < sp_history_n_calls(h) && shown < SHOWN; i++) {
		char label[SP_CALL_LABEL_SIZE];

		if (!is_one(h, sp_history_call_at(h, i)))
			continue;
		sp_page_words(page, SP_PAINT_NONE, "%s",
			      sp_profiles_label(sp_history_call_at(h, i), label));
		shown++;
	}
	if (n > shown)
		sp_page_words(page, SP_PAINT_NONE, "and %zu more", n - shown);
}

void sp_completeness_put(struct sp_page *page, struct sp_history *h)
{
	_cleanup_(sp_freep) char *checklist = sp_completeness_checklist(sp_history_exercised(h));
	char words[64];

	put_curve(page, h);
	put_newest(page, h);
	if (sp_history_processes(h) > 1) {
		snprintf(words, sizeof(words), "seen in one process only, of %" PRIu64,
			 sp_history_processes(h));
		put_those(page, h, in_one_process, words);
	}
	if (sp_history_n_runs(h) > 1) {
		snprintf(words, sizeof(words), "seen in one run only, of %zu",
			 sp_history_n_runs(h));
		put_those(page, h, in_one_run, words);
	}
	if (sp_history_duration_ns(h) >= SP_PLOT_FROM_NS)
		put_those(page, h, in_one_second, "seen within one second only");
	if (!checklist)
		return;
	sp_page_line(page, 0, MARGIN);
	sp_page_words(page, SP_PAINT_NONE, "%s", checklist);
}
