/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/wait.h>

#include "sysprofile/completeness.h"
#include "sysprofile/imported.h"
#include "sysprofile/log.h"
#include "sysprofile/score.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* The call that was the last to be seen for the first time; NULL when none was seen. */
static const struct sp_profile_call *find_newest(const struct sp_recording *rec)
{
	const struct sp_profile_call *newest = NULL;

	for (size_t i = 0; i < sp_profile_n_calls(rec->profile); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(rec->profile, i);

		if (!newest || call->first.time_ns > newest->first.time_ns)
			newest = call;
	}
	return newest;
}

static void print_totals(const struct sp_recording *rec)
{
	char duration[SP_TIMESPAN_SIZE], when[SP_TIMESPAN_SIZE], quiet[SP_TIMESPAN_SIZE];
	struct sp_profile_totals t;
	const struct sp_profile_call *newest = find_newest(rec);
	int64_t since = newest ? rec->duration_ns - newest->first.time_ns : 0;
	size_t n = sp_profile_n_calls(rec->profile);

	sp_profile_totals(rec->profile, &t);
	sp_info("%zu system call%s seen, %" PRIu64 " time%s, by %" PRIu64 " process%s and %" PRIu64
		" further thread%s in %s",
		n, plural(n), t.syscalls, plural(t.syscalls), t.processes,
		t.processes == 1 ? "" : "es", t.threads, plural(t.threads),
		sp_format_timespan(rec->duration_ns, duration, sizeof(duration)));
	if (newest)
		sp_info("the last new one, %s, came after %s, %s before the end, from %s (pid %d, "
			"%s)",
			t.last_new, sp_format_timespan(newest->first.time_ns, when, sizeof(when)),
			/* The two clocks started a moment apart. */
			sp_format_timespan(since > 0 ? since : 0, quiet, sizeof(quiet)),
			newest->first.comm, newest->first.tid,
			sp_profile_exe(rec->profile, newest->first.exe));
}

static void print_leaving(const struct sp_recording *rec)
{
	const size_t left = rec->attachment.left;

	if (left == 0)
		sp_info("all that was followed has ended");
	else if (rec->was_asked)
		sp_info("the run was ended by %s; %zu task%s go%s on", rec->reason, left,
			plural(left), left == 1 ? "es" : "");
}

static void print_ending(const struct sp_recording *rec)
{
	int status = rec->root_status;
	bool died = status != -1 && WIFSIGNALED(status);
	int number = status == -1 ? 0 : died ? WTERMSIG(status) : WEXITSTATUS(status);
	const char *how = died ? "died of signal" : "ended with status";

	if (rec->was_asked)
		sp_info("the run was ended by %s; the command %s %d", rec->reason, how, number);
	else
		sp_info("the command %s %d", how, number);
}

static void print_unnamed_call(const struct sp_recording *rec, const struct sp_profile_call *call)
{
	const char *abi = sp_abi_name(call->abi);

	sp_warning("libseccomp %s has no name for call %" PRIu32 " (%s), made %" PRIu64
		   " time%s, first by %s (pid %d)",
		   sp_libseccomp_version(), call->nr, abi ? abi : "unknown ABI", call->count,
		   plural(call->count), sp_profile_exe(rec->profile, call->first.exe),
		   call->first.tid);
}

/* A number without a name cannot be said in a filter at all. The first few are enough to act on. */
static void print_unnamed(const struct sp_recording *rec)
{
	enum { SHOWN = 8 };
	uint64_t more = sp_profile_unnamed_lost(rec->profile);
	size_t shown = 0;

	for (size_t i = 0; i < sp_profile_n_calls(rec->profile); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(rec->profile, i);

		if (call->named)
			continue;
		if (shown < SHOWN) {
			print_unnamed_call(rec, call);
			shown++;
		} else {
			more += call->count;
		}
	}
	if (more)
		sp_warning("%" PRIu64 " more call%s of numbers without a name; -f names lists them",
			   more, plural(more));
}

void sp_summary_name_some(const struct sp_sysset *set, char *buffer, size_t size)
{
	enum { SHOWN = 4 };
	sp_call sorted[SP_CALLS_MAX];
	size_t n = sp_sysset_sorted(set, sorted), at = 0;

	buffer[0] = 0;
	for (size_t i = 0; i < n && i < SHOWN && at < size; i++)
		at += (size_t)snprintf(buffer + at, size - at, "%s%s", i ? " " : "",
				       sp_call_name(sorted[i]));
	if (n > SHOWN && at < size)
		snprintf(buffer + at, size - at, " and %zu more", n - SHOWN);
}

/* The calls that the text lets pass, of those that any group names. */
static void find_allowed(const struct sp_result *result, struct sp_sysset *ret)
{
	struct sp_sysset effect;

	sp_text_effect(result->groups, result->policy.style, &result->text, &effect);
	if (result->policy.style != SP_STYLE_DENY) {
		*ret = effect;
		return;
	}
	*ret = (struct sp_sysset){};
	for (size_t i = 0; i < sp_groups_count(result->groups); i++)
		sp_sysset_unite(ret, &sp_groups_at(result->groups, i)->set);
	sp_sysset_subtract(ret, &effect);
}

/* What systemd-analyze security will still hold against the unit, and which call it costs. */
static void print_rows(const struct sp_result *result)
{
	const char *known = result->facts.imported ? "imported" : "seen";
	const char *not_known =
		result->facts.imported ? "allowed, not imported" : "allowed, not seen";
	struct sp_score_row rows[SP_SCORE_ROWS];
	struct sp_sysset allowed, seen;
	size_t won = 0;

	if (result->policy.refusal == SP_REFUSAL_LOG)
		return;
	find_allowed(result, &allowed);
	sp_profile_names(result->profile, &seen);
	sp_score(result->groups, &allowed, &seen, rows);
	for (size_t i = 0; i < SP_SCORE_ROWS; i++)
		won += rows[i].won;
	sp_info("%zu of the %d filter rows of systemd-analyze security are won%s", won,
		SP_SCORE_ROWS, won < SP_SCORE_ROWS ? "; the others are lost to" : "");
	for (size_t i = 0; i < SP_SCORE_ROWS; i++) {
		char names[256];

		if (rows[i].won)
			continue;
		sp_summary_name_some(sp_sysset_is_empty(&rows[i].observed) ? &rows[i].allowed
									   : &rows[i].observed,
				     names, sizeof(names));
		sp_info("  %s: %s (%s)", rows[i].group, names,
			sp_sysset_is_empty(&rows[i].observed) ? not_known : known);
	}
}

/* Only of listings of groups that are like no release of systemd. */
static void print_gap(const struct sp_result *result)
{
	const struct sp_cover_proof *proof = &result->proof;

	if (proof->cost == proof->bound)
		return;
	sp_info("a cheaper text may exist: this one costs %" PRIu64 ", and none less than %" PRIu64
		" (sysprofile(1), --price)",
		proof->cost, proof->bound);
}

static void print_notices(const struct sp_recording *rec)
{
	for (size_t i = 0; i < sp_notices_count(rec->notices); i++) {
		_cleanup_(sp_freep) char *sentence =
			sp_notice_sentence(sp_notices_at(rec->notices, i));

		if (sentence)
			sp_warning("%s", sentence);
	}
}

void sp_summary_print(const struct sp_recording *rec, const struct sp_result *result)
{
	if (rec->imported)
		sp_summary_print_imported(rec);
	else
		print_totals(rec);
	if (rec->is_attached)
		print_leaving(rec);
	else if (rec->was_asked)
		print_ending(rec);
	print_unnamed(rec);
	print_notices(rec);
	if (result) {
		sp_summary_print_headroom(result);
		print_rows(result);
		print_gap(result);
	}
	if (rec->imported)
		return;
	sp_completeness_print(rec);
	if (rec->is_attached)
		sp_info("the start of the program was not seen; `sysprofile -P FILE -- COMMAND` "
			"shows "
			"it, and --pid with the same FILE adds to that");
	sp_info("what the run did not exercise is not in the profile: reload, log rotation, "
		"failures and shutdown have to happen while it records");
}

void sp_summary_print_run(const struct sp_recording *rec)
{
	print_totals(rec);
	print_ending(rec);
	print_notices(rec);
}

void sp_summary_print_calls(const struct sp_recording *rec)
{
	for (size_t i = 0; i < sp_profile_n_calls(rec->profile); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(rec->profile, i);
		const char *abi = sp_abi_name(call->abi);
		char number[16];

		snprintf(number, sizeof(number), "%" PRIu32, call->nr);
		fprintf(stderr, "call\t%s\t%s\t%" PRIu64 "\t%.6f\t%d\t", abi ? abi : "unknown",
			call->named ? sp_call_name(call->call) : number, call->count,
			(double)call->first.time_ns / (double)SP_NSEC_PER_SEC, call->first.tid);
		sp_fputs_escaped(call->first.comm, stderr);
		putc('\t', stderr);
		sp_fputs_escaped(sp_profile_exe(rec->profile, call->first.exe), stderr);
		putc('\n', stderr);
	}
}
