/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/explaintext.h"

#include <string.h>

#include "sysprofile/util.h"

#include "explain-text.h"

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
	other = sp_explain_refusal(e);
	sp_page_words(page, SP_PAINT_NONE, "%s %s",
		      sp_filter_is_allow_list(e->filter) ? "the others" : "the refused ones",
		      in_words(&other, buffer, sizeof(buffer)));
}

/* SystemCallArchitectures=, which goes before everything else. */
static void print_abis(const struct sp_explanation *e, struct sp_page *page)
{
	bool any = false;
	unsigned line = 0;
	const char *file = sp_filter_architectures_at(e->filter, &line);

	for (const sp_abi *abi = sp_abi_local(); *abi; abi++) {
		if (!sp_filter_blocks_abi(e->filter, *abi))
			continue;
		if (!any)
			sp_page_line(page, MARGIN, MARGIN);
		sp_page_words(page, SP_PAINT_BAD, "%s%s", any ? "and " : "", sp_abi_name(*abi));
		any = true;
	}
	if (!any)
		return;
	sp_page_words(page, SP_PAINT_NONE, "calls kill the thread, whichever they are");
	sp_page_words(page, SP_PAINT_NONE, "(SystemCallArchitectures=, %s:%u)", file, line);
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
	print_abis(e, page);
	if (sp_filter_is_active(e->filter) || e->n_effects > 0)
		sp_explain_text_groups(e, verbose, page);
	sp_explain_text_answers(e, page);
	sp_explain_text_words(e, verbose, page);
	sp_explain_text_needs(e, page);
	print_directives(e, page);
	sp_explain_text_commands(e, page);
	print_privileges(e, page);
	print_score(e, verbose, page);
	print_messages(e, page);
	sp_page_end(page);
}
