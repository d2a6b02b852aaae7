/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "sysprofile/completeness.h"
#include "sysprofile/imported.h"
#include "sysprofile/log.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void print_damaged(const char *name, const struct sp_import_report *report)
{
	if (report->format == SP_IMPORT_OCI || report->damaged == 0)
		return;
	sp_warning("%s: %" PRIu64 " of %" PRIu64 " lines %s not understood and left out", name,
		   report->damaged, report->lines, report->damaged == 1 ? "was" : "were");
	for (uint64_t i = 0; i < report->damaged && i < SP_IMPORT_SHOWN; i++)
		sp_warning("%s:%" PRIu64 ": %s", name, report->first_damaged[i].line,
			   report->first_damaged[i].text);
}

/* Names that cannot be said in a filter here; where the log comes from, they may mean something. */
static int note_unknown(const char *name, const struct sp_import_report *report,
			struct sp_imported *imported)
{
	_cleanup_(sp_freep) char *names = NULL, *note = NULL;
	size_t len;
	FILE *f;

	if (report->unknown.n == 0)
		return 0;
	f = open_memstream(&names, &len);
	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < report->unknown.n; i++)
		fprintf(f, "%s%s", i ? " " : "", report->unknown.v[i]);
	if (fclose(f) != 0)
		return -ENOMEM;
	if (asprintf(&note,
		     "%s names what libseccomp %s does not know as a system call, and the filter "
		     "will refuse: %s",
		     name, sp_libseccomp_version(), names) < 0) {
		note = NULL;
		return -ENOMEM;
	}
	sp_warning("%s", note);
	return sp_words_add(&imported->notes, note);
}

int sp_imported_judge(const char *name, const struct sp_import_report *report,
		      struct sp_imported *imported)
{
	print_damaged(name, report);
	if (report->others > 0 && report->format == SP_IMPORT_OCI)
		sp_info("%s: %" PRIu64 " names that it allows to who has a capability are left "
			"out",
			name, report->others);
	else if (report->others > 0)
		sp_info("%s: %" PRIu64 " call%s of others left out", name, report->others,
			plural(report->others));
	return note_unknown(name, report, imported);
}

static void print_start(const struct sp_imported *imported)
{
	if (imported->only_refusals)
		sp_warning("%s", SP_IMPORTED_ONLY_REFUSALS);
	else if (imported->start_seen)
		sp_info("the start of the program is in it: it begins with an execve");
	else
		sp_info("whether the start of the program is in it is unknown; what only that "
			"calls may be missing");
}

void sp_summary_print_imported(const struct sp_recording *rec)
{
	const struct sp_imported *imported = rec->imported;
	const size_t n = sp_profile_n_calls(rec->profile);
	char duration[SP_TIMESPAN_SIZE], of[48] = "", threads[48] = "";
	struct sp_profile_totals t;

	sp_profile_totals(rec->profile, &t);
	if (t.processes > 0)
		snprintf(of, sizeof(of), ", of %" PRIu64 " process%s", t.processes,
			 t.processes == 1 ? "" : "es");
	if (t.threads > 0)
		snprintf(threads, sizeof(threads), " and %" PRIu64 " further thread%s", t.threads,
			 plural(t.threads));
	sp_format_timespan(rec->duration_ns, duration, sizeof(duration));
	sp_info("%zu system call%s imported from %s, %" PRIu64 " time%s%s%s%s%s", n, plural(n),
		imported->sources, t.syscalls, plural(t.syscalls), of, threads,
		imported->has_times ? " in " : "", imported->has_times ? duration : "");
	print_start(imported);
	if (imported->knows_exercised) {
		_cleanup_(sp_freep) char *checklist = sp_completeness_checklist(rec->exercised);

		sp_info("%s", checklist ? checklist : strerror(ENOMEM));
	}
}
