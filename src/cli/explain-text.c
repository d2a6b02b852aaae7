/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/explaintext.h"

#include <string.h>

#include "sysprofile/util.h"

/* How many names a list may have that is not asked for with -v. */
enum { FEW_GOOD = 12, FEW_BAD = 64 };

/* Columns. */
enum { MARGIN = 2, AFTER_GROUP = 20, AFTER_WORD = 28 };

void sp_explain_text_set(struct sp_page *page, enum sp_paint paint, const struct sp_sysset *set,
			 size_t few, bool verbose)
{
	const size_t n = sp_sysset_count(set);

	if (n <= few || verbose)
		sp_page_names(page, paint, set);
	else
		sp_page_words(page, paint, "%zu calls", n);
}

static void print_files(const struct sp_explanation *e, const struct sp_source *source,
			struct sp_page *page)
{
	const struct sp_unit *unit = &source->unit;

	sp_page_line(page, 0, 0);
	sp_page_put(page, SP_PAINT_HEADING, "%s", unit->name ? unit->name : source->word);
	sp_page_put(page, SP_PAINT_NONE, ", as systemd %s reads it", sp_groups_label(e->groups));
	for (size_t i = 0; unit->name && i < unit->texts.n; i++) {
		sp_page_line(page, MARGIN, MARGIN);
		sp_page_put(page, SP_PAINT_NONE, "%s", unit->texts.v[i].file);
	}
	if (unit->names.n < 2)
		return;
	sp_page_line(page, MARGIN, MARGIN);
	sp_page_words(page, SP_PAINT_NONE, "also called");
	for (size_t i = 0; i < unit->names.n; i++)
		if (!sp_streq(unit->names.v[i], unit->name))
			sp_page_words(page, SP_PAINT_NONE, "%s", unit->names.v[i]);
}

static const char *in_words(const struct sp_verdict *verdict, char *buffer, size_t size)
{
	char word[SP_VERDICT_WORD_SIZE];

	switch (verdict->action) {
	case SP_ACTION_ERRNO:
		if (verdict->err == 0)
			return "return 0 without being done";
		snprintf(buffer, size, "fail with %s",
			 sp_verdict_word(verdict, word) + strlen("errno:"));
		return buffer;
	case SP_ACTION_KILL_THREAD:
		return "kill the thread";
	case SP_ACTION_KILL_PROCESS:
		return "kill the process";
	case SP_ACTION_LOG:
	case SP_ACTION_ALLOW:
	case _SP_ACTION_MAX:
		break;
	}
	return "are allowed";
}

/* What the filter is, in one sentence. */
static void print_kind(const struct sp_explanation *e, struct sp_page *page)
{
	const char *abi = sp_abi_name(e->abi);
	struct sp_verdict other;
	char buffer[64];

	sp_page_line(page, MARGIN, MARGIN);
	if (!sp_explain_default(e, &other)) {
		sp_page_words(page, SP_PAINT_BAD, "none: no SystemCallFilter= refuses anything");
		if (e->n_effects > 0)
			sp_page_words(page, SP_PAINT_NONE, "(other directives do, below)");
		return;
	}
	sp_page_words(page, SP_PAINT_NONE, "%s: %zu of %zu calls of %s are allowed;",
		      sp_filter_is_allow_list(e->filter) ? "an allow-list" : "a deny-list",
		      sp_sysset_count(&e->allowed), e->n_calls, abi);
	if (sp_filter_is_allow_list(e->filter))
		sp_page_words(page, SP_PAINT_NONE, "the others %s",
			      in_words(&other, buffer, sizeof(buffer)));
	else
		sp_page_words(page, SP_PAINT_NONE, "calls that no line names are allowed");
}

/* The members of a group that the ABI has. */
static struct sp_sysset members_of(const struct sp_explanation *e, const struct sp_group *group)
{
	struct sp_sysset members = group->set;

	sp_sysset_intersect(&members, &e->all);
	return members;
}

/* @known has every call, and says nothing. */
static bool is_shown(const struct sp_group *group, const struct sp_sysset *members)
{
	return !sp_streq(group->name, "@known") && !sp_sysset_is_empty(members);
}

static void print_whole_groups(const struct sp_explanation *e, bool allowed, struct sp_page *page)
{
	bool any = false;

	for (size_t i = 0; i < sp_groups_count(e->groups); i++) {
		const struct sp_group *group = sp_groups_at(e->groups, i);
		const struct sp_sysset members = members_of(e, group);

		if (!is_shown(group, &members) ||
		    (allowed ? !sp_sysset_is_subset(&members, &e->allowed)
			     : sp_sysset_intersects(&members, &e->allowed)))
			continue;
		if (!any) {
			sp_page_line(page, MARGIN, AFTER_GROUP);
			sp_page_put(page, allowed ? SP_PAINT_GOOD : SP_PAINT_BAD, "%s",
				    allowed ? "allowed" : "refused");
			sp_page_tab(page, AFTER_GROUP);
			any = true;
		}
		sp_page_words(page, SP_PAINT_NONE, "%s", group->name);
	}
}

/* What is missing is what hurts; but where that is much, what is there may be said in less. */
static void print_part(const struct sp_explanation *e, const struct sp_group *group,
		       const struct sp_sysset *members, struct sp_page *page)
{
	struct sp_sysset there = *members, missing = *members;
	size_t n = sp_sysset_count(members), n_there;

	sp_sysset_intersect(&there, &e->allowed);
	sp_sysset_subtract(&missing, &e->allowed);
	n_there = sp_sysset_count(&there);
	sp_page_line(page, MARGIN, AFTER_GROUP);
	sp_page_put(page, SP_PAINT_NONE, "%s", group->name);
	sp_page_tab(page, AFTER_GROUP);
	sp_page_words(page, SP_PAINT_NONE, "%zu of %zu;", n_there, n);
	if (n - n_there > FEW_GOOD && n_there * 2 < n) {
		sp_page_words(page, SP_PAINT_NONE, "allowed:");
		sp_page_names(page, SP_PAINT_GOOD, &there);
	} else {
		sp_page_words(page, SP_PAINT_NONE, "refused:");
		sp_page_names(page, SP_PAINT_BAD, &missing);
	}
}

static void print_groups(const struct sp_explanation *e, bool verbose, struct sp_page *page)
{
	struct sp_sysset rest = e->all, refused;

	print_whole_groups(e, true, page);
	print_whole_groups(e, false, page);
	for (size_t i = 0; i < sp_groups_count(e->groups); i++) {
		const struct sp_group *group = sp_groups_at(e->groups, i);
		const struct sp_sysset members = members_of(e, group);

		if (!is_shown(group, &members))
			continue;
		sp_sysset_subtract(&rest, &members);
		if (!sp_sysset_is_subset(&members, &e->allowed) &&
		    sp_sysset_intersects(&members, &e->allowed))
			print_part(e, group, &members, page);
	}
	refused = rest;
	sp_sysset_intersect(&rest, &e->allowed);
	sp_sysset_subtract(&refused, &e->allowed);
	if (sp_sysset_is_empty(&rest) && sp_sysset_is_empty(&refused))
		return;
	sp_page_line(page, MARGIN, AFTER_GROUP);
	sp_page_put(page, SP_PAINT_NONE, "in no group");
	sp_page_tab(page, AFTER_GROUP);
	if (!sp_sysset_is_empty(&rest)) {
		sp_page_words(page, SP_PAINT_NONE, "allowed:");
		sp_explain_text_set(page, SP_PAINT_GOOD, &rest, FEW_GOOD, verbose);
	}
	if (!sp_sysset_is_empty(&refused)) {
		if (!sp_sysset_is_empty(&rest))
			sp_page_words(page, SP_PAINT_NONE, "/");
		sp_page_words(page, SP_PAINT_NONE, "refused:");
		sp_explain_text_set(page, SP_PAINT_BAD, &refused, FEW_BAD, verbose);
	}
}

/* Refused calls whose answer is another one than most get, and those that are logged. */
static void print_other_answers(const struct sp_explanation *e, struct sp_page *page)
{
	struct sp_verdict other;
	bool any = false;

	if (!sp_explain_default(e, &other) || !sp_filter_is_allow_list(e->filter))
		other = (struct sp_verdict){ .action = SP_ACTION_ALLOW };
	for (size_t i = 0; i < e->n_calls; i++) {
		const struct sp_verdict *v = &e->calls[i].effective;
		char word[SP_VERDICT_WORD_SIZE];

		if (v->action == SP_ACTION_ALLOW ||
		    (v->action == other.action && v->err == other.err))
			continue;
		if (!any) {
			sp_page_line(page, MARGIN, AFTER_GROUP);
			sp_page_put(page, SP_PAINT_NONE, "answers");
			sp_page_tab(page, AFTER_GROUP);
			any = true;
		}
		sp_page_words(page, v->action == SP_ACTION_LOG ? SP_PAINT_NONE : SP_PAINT_BAD,
			      "%s=%s", sp_call_name(e->calls[i].id.call), sp_verdict_word(v, word));
	}
}

static void print_part_of_word(const char *verb, enum sp_paint paint, const struct sp_sysset *set,
			       const struct sp_sysset *all, size_t few, bool verbose,
			       struct sp_page *page)
{
	struct sp_sysset shown = *set;

	sp_sysset_intersect(&shown, all);
	if (sp_sysset_is_empty(&shown))
		return;
	sp_page_words(page, SP_PAINT_NONE, "%s", verb);
	sp_explain_text_set(page, paint, &shown, few, verbose);
}

static void print_word(const struct sp_explanation *e, const struct sp_explain_word *word,
		       bool verbose, struct sp_page *page)
{
	struct sp_sysset changed = word->allows;

	sp_page_line(page, MARGIN + 2, AFTER_WORD);
	sp_page_put(page, SP_PAINT_NONE, "%s%s", word->inverted ? "~" : "", word->text);
	sp_page_tab(page, AFTER_WORD);
	if (sp_sysset_is_empty(&word->names)) {
		sp_page_words(page, SP_PAINT_BAD, "ignored");
		return;
	}
	if (word->forgotten_at) {
		sp_page_words(page, SP_PAINT_NONE, "forgotten by the empty assignment in line %u",
			      word->forgotten_at);
		return;
	}
	sp_sysset_unite(&changed, &word->refuses);
	sp_sysset_unite(&changed, &word->answers);
	if (word->redundant)
		sp_page_words(page, SP_PAINT_BAD, "redundant:");
	if (sp_sysset_is_empty(&changed)) {
		sp_page_words(page, SP_PAINT_NONE, "changes nothing");
		return;
	}
	if (!sp_sysset_intersects(&changed, &e->all)) {
		sp_page_words(page, SP_PAINT_NONE, "changes calls of other ABIs only");
		return;
	}
	print_part_of_word(word->is_log ? "stops logging" : "allows", SP_PAINT_GOOD, &word->allows,
			   &e->all, FEW_GOOD, verbose, page);
	print_part_of_word(word->is_log ? "logs" : "refuses", SP_PAINT_BAD, &word->refuses, &e->all,
			   FEW_BAD, verbose, page);
	print_part_of_word("answers differently", SP_PAINT_BAD, &word->answers, &e->all, FEW_BAD,
			   verbose, page);
}

static void print_words(const struct sp_explanation *e, bool verbose, struct sp_page *page)
{
	const struct sp_explain_word *before = NULL;

	if (e->n_words == 0)
		return;
	sp_page_heading(page, "Word by word");
	if (sp_filter_is_allow_list(e->filter)) {
		sp_page_line(page, MARGIN, MARGIN);
		sp_page_words(page, SP_PAINT_NONE,
			      "The first line makes it an allow-list, which begins with @default.");
	}
	for (size_t i = 0; i < e->n_words; i++) {
		const struct sp_explain_word *word = &e->words[i];

		if (!before || !sp_streq(before->file, word->file) || before->line != word->line) {
			sp_page_line(page, MARGIN, MARGIN);
			sp_page_put(page, SP_PAINT_NONE, "%s:%u %s=", word->file, word->line,
				    word->is_log ? "SystemCallLog" : "SystemCallFilter");
		}
		print_word(e, word, verbose, page);
		before = word;
	}
	if (e->words_cut || !e->redundancy_known)
		sp_page_line(page, MARGIN, MARGIN);
	if (e->words_cut)
		sp_page_words(page, SP_PAINT_NONE, "... and more words than are shown");
	if (!e->redundancy_known)
		sp_page_words(page, SP_PAINT_NONE,
			      "(too much text to find which words are redundant)");
}

static void print_score(const struct sp_explanation *e, bool verbose, struct sp_page *page)
{
	size_t won = 0;

	for (size_t i = 0; i < SP_SCORE_ROWS; i++)
		won += e->rows[i].won;
	sp_page_heading(page, "systemd-analyze security");
	sp_page_line(page, MARGIN, MARGIN);
	sp_page_words(page, won == SP_SCORE_ROWS ? SP_PAINT_GOOD : SP_PAINT_NONE,
		      "%zu of %d rows of SystemCallFilter= are won%s", won, SP_SCORE_ROWS,
		      won < SP_SCORE_ROWS ? ";" : "");
	if (won < SP_SCORE_ROWS)
		sp_page_words(page, SP_PAINT_NONE,
			      "the others are lost to calls that are allowed, and cost about %.2f "
			      "points",
			      sp_score_cost(e->rows, sp_filter_is_allow_list(e->filter)));
	for (size_t i = 0; i < SP_SCORE_ROWS; i++) {
		sp_page_line(page, MARGIN, AFTER_GROUP);
		sp_page_put(page, e->rows[i].won ? SP_PAINT_GOOD : SP_PAINT_BAD, "%s",
			    e->rows[i].group);
		sp_page_tab(page, AFTER_GROUP);
		if (e->rows[i].won)
			sp_page_words(page, SP_PAINT_NONE, "won");
		else
			sp_explain_text_set(page, SP_PAINT_BAD, &e->rows[i].allowed, FEW_GOOD,
					    verbose);
	}
}

static void print_directives(const struct sp_explanation *e, struct sp_page *page)
{
	if (e->n_effects == 0)
		return;
	sp_page_heading(page, "Other directives that refuse calls");
	for (size_t i = 0; i < e->n_effects; i++) {
		const struct sp_effect *effect = &e->effects[i];
		const struct sp_verdict verdict = { .action = SP_ACTION_ERRNO, .err = effect->err };
		char buffer[64];

		if (i == 0 || !sp_streq(effect->directive, e->effects[i - 1].directive)) {
			sp_page_line(page, MARGIN, MARGIN);
			sp_page_put(page, SP_PAINT_NONE, "%s:%u %s=%s", effect->file, effect->line,
				    effect->directive, effect->value);
		}
		sp_page_line(page, MARGIN + 2, MARGIN + 4);
		sp_page_names(page, SP_PAINT_BAD, &effect->calls);
		sp_page_put(page, SP_PAINT_NONE, ":");
		sp_page_words(page, SP_PAINT_NONE, "%s %s",
			      in_words(&verdict, buffer, sizeof(buffer)),
			      effect->condition ? effect->condition : "always");
	}
}

static void print_privileges(const struct sp_explanation *e, struct sp_page *page)
{
	_cleanup_(sp_freep) char *text = NULL;
	char *rest;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return;
	sp_directives_privileges(e->directives, e->filter, f);
	if (fclose(f) != 0 || len == 0)
		return;
	sp_page_heading(page, "Privileges");
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		sp_page_line(page, MARGIN, MARGIN + 2);
		sp_page_words(page, SP_PAINT_NONE, "%s", line);
	}
}

static void print_messages(const struct sp_explanation *e, struct sp_page *page)
{
	if (e->n_messages == 0)
		return;
	sp_page_heading(page, "What systemd logs about it");
	for (size_t i = 0; i < e->n_messages; i++) {
		sp_page_line(page, MARGIN, MARGIN + 2);
		sp_page_put(page, SP_PAINT_NONE, "%s:%u:", e->messages[i].file,
			    e->messages[i].line);
		sp_page_words(page, SP_PAINT_NONE, "%s", e->messages[i].text);
	}
}

void sp_explain_text(const struct sp_explanation *e, const struct sp_source *source, bool verbose,
		     struct sp_page *page)
{
	print_files(e, source, page);
	sp_page_heading(page, "Filter");
	print_kind(e, page);
	if (sp_filter_is_active(e->filter) || e->n_effects > 0)
		print_groups(e, verbose, page);
	print_other_answers(e, page);
	print_words(e, verbose, page);
	print_directives(e, page);
	print_privileges(e, page);
	print_score(e, verbose, page);
	print_messages(e, page);
	sp_page_end(page);
}
