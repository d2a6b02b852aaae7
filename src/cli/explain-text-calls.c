/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parts of the text that list calls: by group, by answer, and by word. */

#include <string.h>

#include "sysprofile/explaintext.h"
#include "sysprofile/util.h"

#include "explain-text.h"

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

void sp_explain_text_groups(const struct sp_explanation *e, bool verbose, struct sp_page *page)
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

void sp_explain_text_answers(const struct sp_explanation *e, struct sp_page *page)
{
	const bool active = sp_filter_is_active(e->filter);
	const struct sp_verdict other = sp_explain_refusal(e);
	bool any = false;

	for (size_t i = 0; i < e->n_calls; i++) {
		const struct sp_verdict *v = &e->calls[i].effective;
		char word[SP_VERDICT_WORD_SIZE];

		if (v->action == SP_ACTION_ALLOW ||
		    (active && v->action == other.action && v->err == other.err))
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

static void print_line(const char *prefix, const struct sp_words *words, struct sp_page *page)
{
	if (words->n == 0)
		return;
	sp_page_line(page, MARGIN + 2, MARGIN + 4);
	for (size_t i = 0; i < words->n; i++) {
		if (i == 0)
			sp_page_put(page, SP_PAINT_NONE, "%s%s", prefix, words->v[i]);
		else
			sp_page_words(page, SP_PAINT_NONE, "%s", words->v[i]);
	}
}

static void print_text(const struct sp_text *text, struct sp_page *page)
{
	print_line("SystemCallFilter=", &text->allow, page);
	print_line("SystemCallFilter=~", &text->deny, page);
	print_line("SystemCallFilter=", &text->again, page);
}

static void print_fewest(const struct sp_explanation *e, struct sp_page *page)
{
	const struct sp_explain_fewest *fewest = &e->fewest;
	const char *same = fewest->errnos_lost ? "let the same calls pass" : "say the same";

	if (fewest->now == 0)
		return;
	sp_page_heading(page, "In the fewest words");
	sp_page_line(page, MARGIN, MARGIN);
	if (!fewest->known) {
		sp_page_words(page, SP_PAINT_NONE,
			      "no words of groups and known names say just this");
	} else if (fewest->n < fewest->now) {
		sp_page_words(page, SP_PAINT_NONE, "%zu instead of %zu %s%s:", fewest->n,
			      fewest->now, same,
			      fewest->errnos_lost ? ", but have no errnos of their own" : "");
		print_text(&fewest->text, page);
	} else if (fewest->proven) {
		sp_page_words(page, SP_PAINT_GOOD, "these are: no fewer than %zu %s", fewest->now,
			      same);
	} else {
		sp_page_words(page, SP_PAINT_NONE, "not known: no fewer than %zu were found",
			      fewest->now);
	}
}

void sp_explain_text_needs(const struct sp_explanation *e, struct sp_page *page)
{
	const struct sp_explain_needs *needs = e->needs;

	if (!needs)
		return;
	sp_page_heading(page, "For what is needed");
	sp_page_line(page, MARGIN, MARGIN);
	if (needs->refused.n == 0)
		sp_page_words(page, SP_PAINT_GOOD, "the filter lets all of it pass");
	else
		sp_page_words(page, SP_PAINT_BAD, "the filter refuses");
	for (size_t i = 0; i < needs->refused.n; i++)
		sp_page_words(page, SP_PAINT_BAD, "%s", needs->refused.v[i]);
	sp_page_line(page, MARGIN, MARGIN);
	if (needs->none_for) {
		sp_page_words(page, SP_PAINT_BAD,
			      "sysprofile would write no allow-list, since none can hold %s: %s; "
			      "--style=deny lets it pass",
			      needs->none_for, needs->why_none);
		return;
	}
	sp_page_words(page, SP_PAINT_NONE,
		      "without headroom, sysprofile would write %zu word%s instead of %zu, which "
		      "allow%s %zu calls "
		      "instead of %zu and cost%s %.2f points of exposure instead of %.2f:",
		      needs->then.words, needs->then.words == 1 ? "" : "s", needs->now.words,
		      needs->then.words == 1 ? "s" : "", needs->then.calls, needs->now.calls,
		      needs->then.words == 1 ? "s" : "", needs->then.exposure, needs->now.exposure);
	print_text(&needs->text, page);
}

void sp_explain_text_words(const struct sp_explanation *e, bool verbose, struct sp_page *page)
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
	print_fewest(e, page);
}
