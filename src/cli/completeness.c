/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/completeness.h"

#include <inttypes.h>
#include <stdio.h>

#include "completeness-private.h"
#include "sysprofile/log.h"
#include "sysprofile/util.h"

enum { ROWS = 5, COLUMNS = SP_PLOT_COLUMNS };

#define ONE_SECOND_NS SP_NSEC_PER_SEC

size_t sp_plot_column(int64_t at_ns, int64_t duration_ns)
{
	/* In double, since a product of two such times does not fit. */
	const double place = (double)at_ns / (double)duration_ns * COLUMNS;

	return place < 0 ? 0 : place >= COLUMNS ? COLUMNS - 1 : (size_t)place;
}

/* From what its first fiftieth showed on: nearly all comes at the start, and hides the rest. */
void sp_plot_print(const size_t known[static SP_PLOT_COLUMNS], int64_t duration_ns,
		   void (*line)(const char *text, void *userdata), void *userdata)
{
	const size_t n = known[COLUMNS - 1], span = n - known[0];
	char end[SP_TIMESPAN_SIZE], stars[COLUMNS + 1] = "", text[COLUMNS + SP_TIMESPAN_SIZE + 16];

	for (size_t row = ROWS; row-- > 0;) {
		for (size_t c = 0; c < COLUMNS; c++) {
			size_t height = span ? (known[c] - known[0]) * (ROWS - 1) / span : 0;

			stars[c] = height == row ? '*' : ' ';
		}
		if (row == ROWS - 1 || row == 0)
			snprintf(text, sizeof(text), "  %4zu |%s", row ? n : known[0], stars);
		else
			snprintf(text, sizeof(text), "       |%s", stars);
		line(text, userdata);
	}
	memset(stars, '-', COLUMNS);
	snprintf(text, sizeof(text), "       +%s %s", stars,
		 sp_format_timespan(duration_ns, end, sizeof(end)));
	line(text, userdata);
}

/* How many calls were known at the end of each column. */
static size_t count_by_column(const struct sp_recording *rec, size_t known[COLUMNS])
{
	const size_t n = sp_profile_n_calls(rec->profile);

	memset(known, 0, COLUMNS * sizeof(*known));
	for (size_t i = 0; i < n; i++)
		known[sp_plot_column(sp_profile_call_at(rec->profile, i)->first.time_ns,
				     rec->duration_ns)]++;
	for (size_t c = 1; c < COLUMNS; c++)
		known[c] += known[c - 1];
	return n;
}

static void say_line(const char *text, void *userdata)
{
	(void)userdata;
	sp_info("%s", text);
}

static void print_curve(const struct sp_recording *rec)
{
	size_t known[COLUMNS];

	if (rec->duration_ns < SP_PLOT_FROM_NS || count_by_column(rec, known) == 0)
		return;
	sp_info("calls known over time:");
	sp_plot_print(known, rec->duration_ns, say_line, NULL);
}

static void print_quiet(const struct sp_recording *rec)
{
	struct sp_profile_totals t;

	sp_profile_totals(rec->profile, &t);
	if (t.last_new_ns >= 0)
		sp_info("%" PRIu64 " call%s made since the last new one came", t.since_new,
			t.since_new == 1 ? " was" : "s were");
}

static bool in_one_process(const struct sp_profile_call *call)
{
	return !call->several_processes;
}

static bool in_one_second(const struct sp_profile_call *call)
{
	return call->last.time_ns - call->first.time_ns < ONE_SECOND_NS;
}

static void print_those(const struct sp_recording *rec,
			bool (*is_one)(const struct sp_profile_call *call), const char *words)
{
	enum { SHOWN = 6 };
	char names[512] = "";
	size_t n = 0, at = 0;

	for (size_t i = 0; i < sp_profile_n_calls(rec->profile); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(rec->profile, i);

		if (!call->named || !is_one(call))
			continue;
		if (n < SHOWN && at < sizeof(names))
			at += (size_t)snprintf(names + at, sizeof(names) - at, " %s",
					       sp_call_name(call->call));
		n++;
	}
	if (n > SHOWN && at < sizeof(names))
		snprintf(names + at, sizeof(names) - at, " and %zu more", n - SHOWN);
	if (n > 0)
		sp_info("%zu call%s %s:%s", n, n == 1 ? "" : "s", words, names);
}

/* What came once may well not be all of its kind. */
static void print_rare(const struct sp_recording *rec)
{
	struct sp_profile_totals t;
	char words[64];

	sp_profile_totals(rec->profile, &t);
	if (t.processes > 1) {
		snprintf(words, sizeof(words), "seen in one process only, of %" PRIu64,
			 t.processes);
		print_those(rec, in_one_process, words);
	}
	if (rec->duration_ns >= SP_PLOT_FROM_NS)
		print_those(rec, in_one_second, "seen within one second only");
}

char *sp_completeness_checklist(unsigned exercised)
{
	static const char *const hints[SP_EXERCISES] = { "", "", " (SIGHUP)", " (SIGUSR1)", "" };
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (int seen = 1; seen >= 0; seen--) {
		const char *separator = seen ? "seen: " : "not seen: ";

		for (unsigned i = 0; i < SP_EXERCISES; i++) {
			if ((exercised >> i & 1) != (unsigned)seen)
				continue;
			fprintf(f, "%s%s%s", separator, sp_exercise_name(i), seen ? "" : hints[i]);
			separator = ", ";
		}
		if (seen && exercised && exercised != (1u << SP_EXERCISES) - 1)
			fputs("; ", f);
	}
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

void sp_completeness_print(const struct sp_recording *rec)
{
	_cleanup_(sp_freep) char *checklist = sp_completeness_checklist(rec->exercised);

	print_curve(rec);
	print_quiet(rec);
	print_rare(rec);
	if (checklist)
		sp_info("%s%s", checklist,
			rec->knows_phases || rec->exercised & SP_EXERCISE_SERVING
				? ""
				: "; the calls that tell serving pass unseen");
}
