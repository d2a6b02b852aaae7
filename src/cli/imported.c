/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/imported.h"

#include <errno.h>
#include <stdio.h>

#include "imported-private.h"
#include "sysprofile/deliver.h"
#include "sysprofile/log.h"
#include "sysprofile/util.h"

/* Of the runs of a profile each may have warnings of its own. */
enum { WARNINGS_MAX = 16 };

/* What all files together are. */
struct gathering {
	const struct sp_options *o;
	struct sp_import *import; /* borrowed */
	struct sp_recording *rec;
	struct sp_imported *imported;
	struct sp_stream *opened; /* owned; of the first file, when it is open already */
	const char *first_kind;	  /* static */
	size_t n_audit, n_refused_runs;
	uint64_t others;
	struct sp_words kept_out; /* owned, as are the next three */

	/* The run whose files are being read. */
	struct sp_recording one;
	struct sp_imported of_one; /* has no history */
	struct sp_digest *digest;
	size_t one_audit, one_files;
	int64_t start_usec;
};

static void end_run(struct gathering *g)
{
	sp_recording_done(&g->one);
	sp_imported_done(&g->of_one);
	(void)sp_digest_free(g->digest);
	g->one = (struct sp_recording){};
	g->of_one = (struct sp_imported){};
	g->digest = NULL;
	g->one_audit = g->one_files = 0;
	g->start_usec = 0;
}

static void gathering_done(struct gathering *g)
{
	end_run(g);
	(void)sp_stream_free(g->opened);
	sp_words_done(&g->kept_out);
}

void sp_imported_done(struct sp_imported *imported)
{
	(void)sp_history_free(imported->history);
	free(imported->sources);
	sp_words_done(&imported->notes);
}

static int add_notice(struct sp_recording *rec, const struct sp_sighted *what)
{
	return sp_notices_add(rec->notices, SP_NOTICE_IO_URING, what->exe ? what->exe : "?",
			      &what->event, what->comm);
}

/* The arguments, by which other notices are told, are not known here. */
static int note_call(struct gathering *g, const struct sp_sighted *what)
{
	int r;

	if (what->comm)
		sp_profile_name_first(g->one.profile, what->comm);
	if (sp_notices_classify(g->one.notices, &what->event) != SP_NOTICE_IO_URING)
		return 0;
	r = add_notice(&g->one, what);
	return r < 0 ? r : add_notice(g->rec, what);
}

static int take_task(struct sp_profile *profile, const struct sp_sighted *what)
{
	int r = what->exe ? sp_profile_set_exe(profile, what->event.tid, what->exe) : 0;

	return r == 0 && what->comm ? sp_profile_set_comm(profile, what->event.tid, what->comm) : r;
}

/* A log tells what was, not what is: nothing is asked of /proc. */
static int take(const struct sp_sighted *what, void *userdata)
{
	struct gathering *g = userdata;
	struct sp_profile *profile = g->one.profile;
	int r;

	if (what->event.kind == SP_EVENT_SYSCALL && what->comm)
		sp_profile_follow_comm(profile, what->event.tid, what->comm);
	r = sp_profile_observe(profile, &what->event);
	if (r < 0)
		return r;
	switch (what->event.kind) {
	case SP_EVENT_PROCESS:
	case SP_EVENT_THREAD:
	case SP_EVENT_EXEC:
		return take_task(profile, what);
	case SP_EVENT_SYSCALL:
		return r > 0 ? note_call(g, what) : 0;
	case SP_EVENT_EXIT:
	case SP_EVENT_ANSWER:
	case SP_EVENT_SIGNAL:
	case _SP_EVENT_MAX:
		break;
	}
	return 0;
}

/* Runs. */

static int begin_run(struct gathering *g)
{
	int r = sp_recording_init(&g->one);

	return r < 0 ? r : sp_digest_new(&g->digest);
}

/* Of the machine and the program that a log is of nobody knows. */
static int add_run(struct gathering *g)
{
	_cleanup_(sp_words_done) struct sp_words notes = {};
	struct sp_run_record record = {
		.start_usec = g->start_usec,
		.duration_usec = g->one.duration_ns / 1000,
		.source = "import",
		.engine = "import",
		.startup_seen = g->of_one.start_seen,
		.libseccomp = sp_libseccomp_version(),
		.warnings = &notes,
		.exercised = g->of_one.start_seen ? SP_EXERCISE_START : 0,
		.origin = SP_ORIGIN_IMPORTED,
	};
	int r;

	_Static_assert(SP_RUN_ID_SIZE == SP_DIGEST_SIZE, "a digest serves as an id");
	sp_digest_text(g->digest, record.id);
	g->of_one.only_refusals = g->one_audit == g->one_files;
	g->n_refused_runs += g->of_one.only_refusals;
	g->one.imported = &g->of_one;
	r = sp_deliver_notes(&g->one, &notes);
	if (r == 0)
		r = sp_history_add_run(g->imported->history, &record, g->one.profile);
	for (size_t i = 0; i < g->of_one.notes.n && r == 0; i++)
		r = sp_words_add(&g->imported->notes, g->of_one.notes.v[i]);
	return r;
}

static int finish_run(struct gathering *g)
{
	int r = 0;

	/* What only a profile was read for is no run, and neither is what a filter kept out. */
	if (sp_profile_n_calls(g->one.profile) > 0)
		r = add_run(g);
	end_run(g);
	return r;
}

/* Files. */

static int gather_log(struct gathering *g, const char *name, const struct sp_import_report *report)
{
	int r = sp_imported_judge(name, report, &g->of_one);

	if (!g->first_kind)
		g->first_kind = sp_import_format_name(report->format);
	g->n_audit += report->format == SP_IMPORT_AUDIT;
	g->one_audit += report->format == SP_IMPORT_AUDIT;
	g->one_files++;
	g->others += report->others;
	g->of_one.start_seen |= report->start_seen;
	g->imported->has_times |= report->has_times;
	g->one.duration_ns += report->duration_ns;
	if (g->start_usec == 0)
		g->start_usec = report->start_usec;
	for (size_t i = 0; i < report->kept_out.n && g->kept_out.n < SP_IMPORT_NAMES && r == 0; i++)
		if (!sp_words_contains(&g->kept_out, report->kept_out.v[i]))
			r = sp_words_add(&g->kept_out, report->kept_out.v[i]);
	return r;
}

/* What its runs warned of, whoever makes a result of them has to know as well. */
static int gather_warnings(struct gathering *g, const struct sp_history *profile)
{
	_cleanup_(sp_words_done) struct sp_words all = {};
	struct sp_words *notes = &g->imported->notes;
	int r = sp_history_warnings(profile, &all);
	size_t added = 0;

	for (size_t i = 0; i < all.n && r == 0; i++) {
		if (sp_streq(all.v[i], SP_IMPORTED_ONLY_REFUSALS) ||
		    sp_words_contains(notes, all.v[i]))
			continue;
		if (added++ < WARNINGS_MAX)
			r = sp_words_add(notes, all.v[i]);
	}
	if (added > WARNINGS_MAX && r == 0) {
		char more[64];

		snprintf(more, sizeof(more), "%zu more warnings are in the profile",
			 added - WARNINGS_MAX);
		r = sp_words_add(notes, more);
	}
	return r;
}

static int gather_profile(struct gathering *g, const struct sp_history *profile)
{
	int r = sp_history_join(g->imported->history, profile);

	if (!g->first_kind)
		g->first_kind = "profile";
	g->imported->knows_exercised = true;
	g->imported->has_times = true;
	g->n_refused_runs += sp_history_warned(profile, SP_IMPORTED_ONLY_REFUSALS);
	return r < 0 ? r : gather_warnings(g, profile);
}

static int read_one(struct gathering *g, const char *word)
{
	_cleanup_(sp_imported_file_done) struct sp_imported_file file = {};
	const bool filtered = g->o->comms.n + g->o->exes.n + g->o->pids.n > 0;
	const char *name = sp_imported_shown(word);
	_cleanup_(sp_stream_freep) struct sp_stream *stream = SP_TAKE(g->opened);
	int r = stream ? 0 : sp_imported_open(word, &stream);

	if (r == 0)
		r = sp_imported_read_file(g->import, word, stream, filtered, g->digest, &file);
	if (r < 0)
		return r;
	r = file.profile ? gather_profile(g, file.profile) : gather_log(g, name, &file.report);
	if (r < 0)
		sp_error("cannot read %s: %s", name, strerror(-r));
	return r;
}

/* Files n of names, from v on, that are of one run. */
static int read_run(struct gathering *g, char *const *v, size_t n)
{
	int r = begin_run(g);

	if (r < 0) {
		sp_error("cannot read %s: %s", sp_imported_shown(v[0]), strerror(-r));
		return r;
	}
	for (size_t i = 0; i < n && r == 0; i++)
		r = read_one(g, v[i]);
	if (r < 0)
		return r;
	r = finish_run(g);
	if (r < 0)
		sp_error("cannot read %s: %s", sp_imported_shown(v[0]), strerror(-r));
	return r;
}

static int name_sources(const struct gathering *g, const struct sp_words *names)
{
	const char *first = sp_imported_shown(names->v[0]);
	int r;

	if (names->n == 1)
		r = asprintf(&g->imported->sources, "%s (%s)", first, g->first_kind);
	else
		r = asprintf(&g->imported->sources, "%zu files, the first of them %s (%s)",
			     names->n, first, g->first_kind);
	if (r < 0) {
		g->imported->sources = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* Nothing was found, or nothing was let through. */
static void explain_nothing(const struct gathering *g, const struct sp_words *names)
{
	const char *what = g->n_audit ? "record of seccomp (type 1326)" : "system call";
	_cleanup_(sp_freep) char *text = NULL;
	size_t len;
	FILE *f;

	if (g->others == 0) {
		sp_error("cannot use %s: there is no %s in it", sp_imported_shown(names->v[0]),
			 what);
		return;
	}
	f = open_memstream(&text, &len);
	for (size_t i = 0; f && i < g->kept_out.n; i++)
		fprintf(f, "%s%s", i ? ", " : "", g->kept_out.v[i]);
	if (f && fclose(f) == 0)
		sp_error("nothing is left of what was read: no %s is of what --comm, --exe and "
			 "--pid ask for; there are those of %s",
			 what, text);
}

/* What is said of a run, for all together. */
static int sum_up(struct gathering *g)
{
	struct sp_history *all = g->imported->history;
	g->imported->start_seen = sp_history_startup_seen(all);
	g->imported->only_refusals = g->n_refused_runs == sp_history_n_runs(all);
	g->rec->exercised = sp_history_exercised(all);
	g->rec->duration_ns = sp_history_duration_ns(all);
	return sp_history_fill(all, g->rec->profile, &g->imported->assumed);
}

static int read_all(struct gathering *g, const struct sp_words *names)
{
	int r = 0;

	for (size_t begin = 0, end; begin < names->n && r == 0; begin = end) {
		for (end = begin + 1;
		     end < names->n && sp_imported_same_run(names->v[begin], names->v[end]);)
			end++;
		r = read_run(g, names->v + begin, end - begin);
	}
	if (r < 0)
		return r;
	if (sp_history_n_calls(g->imported->history) == 0) {
		explain_nothing(g, names);
		return -ENODATA;
	}
	r = sum_up(g);
	if (r == 0)
		r = name_sources(g, names);
	if (r < 0)
		sp_error("cannot read %s: %s", sp_imported_shown(names->v[0]), strerror(-r));
	return r;
}

static int read_inputs(const struct sp_options *o, struct sp_stream *opened,
		       struct sp_recording *rec, struct sp_imported *ret)
{
	_cleanup_(sp_words_done) struct sp_words names = {};
	_cleanup_(sp_import_freep) struct sp_import *import = NULL;
	_cleanup_(sp_freep) pid_t *pids = calloc(o->pids.n + 1, sizeof(*pids));
	struct sp_import_filter filter = {
		.comms = &o->comms, .exes = &o->exes, .pids = pids, .n_pids = o->pids.n
	};
	_cleanup_(gathering_done) struct gathering g = {
		.o = o, .rec = rec, .imported = ret, .opened = opened
	};
	int r = pids ? sp_import_new(take, &g, &filter, &import) : -ENOMEM;

	if (r == 0)
		r = sp_history_new(&ret->history);
	for (size_t i = 0; i < o->inputs.n && r == 0; i++)
		r = sp_words_add(&names, o->inputs.v[i]);
	if (r < 0) {
		sp_error("cannot start: %s", strerror(-r));
		return r;
	}
	for (size_t i = 0; i < o->pids.n; i++)
		pids[i] = (pid_t)atol(o->pids.v[i]);
	sp_imported_sort(&names);
	g.import = import;
	return read_all(&g, &names);
}

int sp_imported_read(const struct sp_options *o, struct sp_recording *rec, struct sp_imported *ret)
{
	return read_inputs(o, NULL, rec, ret);
}

int sp_imported_read_stream(struct sp_stream *stream, const char *name, struct sp_recording *rec,
			    struct sp_imported *ret)
{
	struct sp_options o = {};
	int r = sp_words_add(&o.inputs, name);

	if (r < 0) {
		sp_error("cannot read %s: %s", name, strerror(-r));
		(void)sp_stream_free(stream);
	} else {
		r = read_inputs(&o, stream, rec, ret);
	}
	sp_words_done(&o.inputs);
	return r;
}
