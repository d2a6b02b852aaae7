/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "comment.h"
#include "emit-private.h"
#include "sysprofile/timespan.h"

#include <config.h>
#include <errno.h>
#include <inttypes.h>

#include "sysprofile/risk.h"

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* "6.1" of "6.1.0-18-amd64". */
static void put_kernel(const char *release, FILE *f)
{
	char text[32];
	size_t len = strcspn(release, ".");

	if (release[len])
		len += 1 + strspn(release + len + 1, "0123456789");
	snprintf(text, sizeof(text), "%.*s", (int)(len < 31 ? len : 31), release);
	sp_comment_outside(text, f);
}

/* "252.39" of "252.39-1~deb12u1". */
static void put_release(const char *label, FILE *f)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(label, "-"), label);
	sp_comment_outside(text, f);
}

static void emit_first_line(const struct sp_result *result, FILE *f)
{
	const struct sp_run_facts *facts = &result->facts;
	size_t n = sp_profile_n_calls(result->profile);
	struct sp_profile_totals totals;
	char time[32];

	sp_profile_totals(result->profile, &totals);
	fprintf(f, "# Written by sysprofile %s", SP_VERSION);
	if (facts->unit) {
		fputs(" for ", f);
		sp_comment_outside(facts->unit, f);
	}
	fprintf(f, ": %zu system call%s", n, plural(n));
	if (facts->imported) {
		fputs(" imported from ", f);
		sp_comment_outside(facts->imported, f);
		fputc(',', f);
	}
	if (totals.processes > 0)
		fprintf(f, " of %" PRIu64 " process%s", totals.processes,
			totals.processes == 1 ? "" : "es");
	if (facts->duration_ns > 0) {
		sp_format_timespan(facts->duration_ns, time, sizeof(time));
		fprintf(f, " in %s", time);
	}
	fputs(facts->imported ? ", for systemd " : " on systemd ", f);
	put_release(sp_groups_label(result->groups), f);
	if (facts->kernel) {
		fputs(", Linux ", f);
		put_kernel(facts->kernel, f);
	}
	if (facts->libc) {
		fputs(", ", f);
		sp_comment_outside(facts->libc, f);
	}
	fputs(".\n", f);
}

static void emit_start(const struct sp_run_facts *facts, struct sp_comment *c)
{
	if (facts->start_missing) {
		sp_comment_sentence(
			c,
			"Warning: The start of the program is not in it, which ran already: what "
			"only that calls may be missing.");
		sp_comment_end(c);
		return;
	}
	if (!facts->imported)
		return;
	sp_comment_sentence(
		c, facts->start_imported
			   ? "The start of the program is in it: it begins with an execve."
			   : "Whether the start of the program is in it is unknown: what only "
			     "that calls may be missing.");
	sp_comment_end(c);
}

static void emit_notes(const struct sp_result *result, struct sp_comment *c)
{
	const struct sp_run_facts *facts = &result->facts;

	if (facts->command) {
		fputs("# Command: ", c->f);
		sp_comment_outside(facts->command, c->f);
		fputc('\n', c->f);
	}
	for (size_t i = 0; facts->notes && facts->notes[i]; i++) {
		char escaped[SP_COMMENT_OUTSIDE_SIZE];

		sp_comment_escape(facts->notes[i], escaped);
		sp_comment_word(c, "Warning:");
		sp_comment_sentence(c, escaped);
		sp_comment_end(c);
	}
}

static size_t count_known(const struct sp_sysset *set)
{
	size_t n = 0;

	sp_sysset_foreach (i, set)
		n += sp_call_is_known((sp_call)i);
	return n;
}

static void emit_groups_seen(const struct sp_result *result, struct sp_comment *c)
{
	struct sp_sysset seen;

	sp_profile_names(result->profile, &seen);
	sp_comment_sentence(c, result->facts.imported
				       ? "Groups imported, with how many of their calls:"
				       : "Groups seen, with how many of their calls:");
	for (size_t i = 0; i < sp_groups_count(result->groups); i++) {
		const struct sp_group *g = sp_groups_at(result->groups, i);
		struct sp_sysset both = g->set;
		char word[96];

		sp_sysset_intersect(&both, &seen);
		if (sp_streq(g->name, "@known") || sp_sysset_is_empty(&both))
			continue;
		snprintf(word, sizeof(word), "%.64s %zu/%zu", g->name, sp_sysset_count(&both),
			 count_known(&g->set));
		sp_comment_word(c, word);
	}
	sp_comment_end(c);
}

/* What was allowed on the user's word, apart from what was seen (systemd's @default is both). */
static void emit_assumed(const struct sp_result *result, struct sp_comment *c)
{
	struct sp_sysset unseen = result->policy.assumed, seen;
	sp_call calls[SP_CALLS_MAX];
	size_t n;

	sp_profile_names(result->profile, &seen);
	sp_sysset_subtract(&unseen, &seen);
	n = sp_sysset_sorted(&unseen, calls);
	if (n == 0)
		return;
	sp_comment_sentence(c, "Assumed (--assume) and not watched:");
	for (size_t i = 0; i < n; i++) {
		uint32_t nr;

		/* Groups hold the names of all machines; here are those of this one. */
		if (sp_call_number(calls[i], sp_abi_native(), &nr) == 0)
			sp_comment_word(c, sp_call_name(calls[i]));
	}
	sp_comment_end(c);
}

/* " open: open openat2;" */
static void print_family(const struct sp_result *result, size_t family, const sp_call *calls,
			 size_t n, FILE *f)
{
	const char *before = sp_family_at(family)->name;

	for (size_t i = 0; i < n; i++) {
		if (result->headroom.family[calls[i]] != family)
			continue;
		if (before)
			fprintf(f, " %s:", before);
		before = NULL;
		fprintf(f, " %s", sp_call_name(calls[i]));
	}
	if (!before)
		fputc(';', f);
}

static void emit_startup(const struct sp_result *result, const sp_call *calls, size_t n,
			 struct sp_comment *c)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (result->headroom.family[calls[i]] != SP_HEADROOM_STARTUP)
			continue;
		if (!any)
			sp_comment_sentence(
				c, "Headroom (--headroom=startup), which was not seen of it, but "
				   "of a program that starts here:");
		any = true;
		sp_comment_word(c, sp_call_name(calls[i]));
	}
	if (any)
		sp_comment_end(c);
}

/* What was allowed for the sake of an upgrade, apart from what was seen and from what was assumed.
 */
static int emit_headroom(const struct sp_result *result, struct sp_comment *c)
{
	_cleanup_(sp_freep) char *text = NULL;
	struct sp_sysset set;
	sp_call calls[SP_CALLS_MAX];
	size_t len = 0, n;
	FILE *f;

	sp_result_headroom(result, &set);
	n = sp_sysset_sorted(&set, calls);
	if (n == 0)
		return 0;
	f = open_memstream(&text, &len);
	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < sp_family_count(); i++)
		print_family(result, i, calls, n, f);
	if (fclose(f) != 0)
		return -ENOMEM;
	if (len > 0) {
		/* The last one ends the list. */
		text[len - 1] = '.';
		sp_comment_sentence(
			c, "Headroom (--headroom=family), which nobody called, by family:");
		sp_comment_sentence(c, text + strspn(text, " "));
		sp_comment_end(c);
	}
	emit_startup(result, calls, n, c);
	return 0;
}

static void emit_sighting(const struct sp_result *result, const struct sp_profile_call *call,
			  FILE *f)
{
	char name[SP_CALL_WORD_SIZE], time[32];

	fprintf(f, "# %s: %s%" PRIu64 " time%s", sp_emit_call_word(call, name),
		call->lower_bound ? "at least " : "", call->count, plural(call->count));
	/* Not every log tells when, or by whom. */
	if (!result->facts.imported || result->facts.duration_ns > 0)
		fprintf(f, ", first after %s",
			sp_format_timespan(call->first.time_ns, time, sizeof(time)));
	if (!result->facts.imported || call->first.tid || call->first.comm[0]) {
		fputs(" by ", f);
		sp_comment_outside(call->first.comm[0] ? call->first.comm : "?", f);
		if (call->first.tid)
			fprintf(f, " (pid %d, ", (int)call->first.tid);
		else
			fputs(" (", f);
		sp_comment_outside(sp_profile_exe(result->profile, call->first.exe), f);
		fputc(')', f);
	}
	fputc('\n', f);
}

static void emit_high_risk(const struct sp_result *result, struct sp_comment *c)
{
	const char *how = result->facts.imported ? "imported" : "seen";
	struct sp_sysset high;
	bool any = false;

	sp_risk_high(result->groups, &high);
	for (size_t i = 0; i < sp_profile_n_calls(result->profile); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(result->profile, i);

		if (!call->named || !sp_sysset_contains(&high, call->call))
			continue;
		if (!any)
			fprintf(c->f, "# High-risk calls %s:\n", how);
		any = true;
		emit_sighting(result, call, c->f);
	}
	if (!any)
		fprintf(c->f, "# No high-risk call was %s.\n", how);
}

static void emit_program(const struct sp_result *result, unsigned exe, struct sp_comment *c)
{
	struct sp_profile *profile = result->profile;
	char text[SP_COMMENT_OUTSIDE_SIZE], word[SP_CALL_WORD_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < sp_profile_n_calls(profile); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(profile, i);

		n += exe < call->n_exe_count && call->exe_count[exe] > 0;
	}
	if (n == 0)
		return;
	sp_comment_escape(sp_profile_exe(profile, exe), text);
	sp_comment_word(c, text);
	snprintf(text, sizeof(text), "(%zu):", n);
	sp_comment_word(c, text);
	for (size_t i = 0; i < sp_profile_n_calls(profile); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(profile, i);

		if (exe >= call->n_exe_count || call->exe_count[exe] == 0)
			continue;
		sp_comment_word(c, sp_emit_call_word(call, word));
	}
	sp_comment_end(c);
}

/* A build or a test suite runs hundreds; the file is to be read. */
static void emit_programs(const struct sp_result *result, struct sp_comment *c)
{
	enum { SHOWN = 32 };
	size_t n = sp_profile_n_exes(result->profile);

	fputs("# Calls by program:\n", c->f);
	for (unsigned i = 0; i < n && i < SHOWN; i++)
		emit_program(result, i, c);
	if (n > SHOWN)
		fprintf(c->f, "# and %zu more programs\n", n - SHOWN);
}

int sp_emit_comments(const struct sp_result *result, FILE *f)
{
	struct sp_comment c = { .f = f };
	int r;

	emit_first_line(result, f);
	emit_start(&result->facts, &c);
	emit_notes(result, &c);
	sp_comment_sentence(
		&c, "What was not exercised (reload, rotation of logs, errors, rare features)"
		    " is not in this profile.");
	sp_comment_end(&c);
	emit_groups_seen(result, &c);
	emit_assumed(result, &c);
	r = emit_headroom(result, &c);
	if (r < 0)
		return r;
	emit_high_risk(result, &c);
	emit_programs(result, &c);
	return 0;
}
