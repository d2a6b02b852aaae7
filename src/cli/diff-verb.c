/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>

#include "sysprofile/explain.h"
#include "sysprofile/explaintext.h"
#include "sysprofile/log.h"
#include "sysprofile/output.h"
#include "sysprofile/profiles.h"
#include "sysprofile/source.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

enum { MARGIN = 2, COLUMN = 20 };

/* What is compared, with what was asked for it. */
struct side {
	struct sp_source source;
	struct sp_explanation *explanation; /* owned */
};

static void side_done(struct side *side)
{
	(void)sp_explain_free(side->explanation);
	sp_source_done(&side->source);
}

/* Whole groups by their names, and what is left by its own. */
static void print_set(const struct side *side, const char *letter, const struct sp_sysset *set,
		      bool verbose, struct sp_page *page)
{
	const struct sp_group **whole =
		calloc(sp_groups_count(side->explanation->groups) + 1, sizeof(struct sp_group *));
	struct sp_sysset rest;
	size_t n;

	if (sp_sysset_is_empty(set) || !whole) {
		free(whole);
		return;
	}
	n = sp_explain_whole_groups(side->explanation, set, whole, &rest);
	sp_page_line(page, MARGIN, COLUMN);
	sp_page_put(page, SP_PAINT_NONE, "only %s allows", letter);
	sp_page_tab(page, COLUMN);
	for (size_t i = 0; i < n; i++)
		sp_page_words(page, SP_PAINT_BAD, "%s", whole[i]->name);
	if (!sp_sysset_is_empty(&rest))
		sp_explain_text_set(page, SP_PAINT_BAD, &rest, 64, verbose);
	sp_page_words(page, SP_PAINT_NONE, "(%zu)", sp_sysset_count(set));
	free(whole);
}

static bool same(const struct sp_verdict *a, const struct sp_verdict *b)
{
	return a->action == b->action && a->err == b->err;
}

static void print_pair(const char *name, const struct sp_verdict *of_a,
		       const struct sp_verdict *of_b, struct sp_page *page)
{
	char word_a[SP_VERDICT_WORD_SIZE], word_b[SP_VERDICT_WORD_SIZE];

	sp_page_line(page, MARGIN, COLUMN);
	sp_page_put(page, SP_PAINT_NONE, "%s", name);
	sp_page_tab(page, COLUMN);
	sp_page_words(page, SP_PAINT_NONE, "A: %s, B: %s", sp_verdict_word(of_a, word_a),
		      sp_verdict_word(of_b, word_b));
}

/* Most calls that both refuse get the same pair of answers, and one line for them is enough. */
static void print_answers(const struct sp_explanation *a, const struct sp_explanation *b,
			  const struct sp_explain_difference *d, bool verbose, struct sp_page *page)
{
	const struct sp_verdict of_a = sp_explain_refusal(a), of_b = sp_explain_refusal(b);
	const bool most = sp_filter_is_active(a->filter) && sp_filter_is_active(b->filter) &&
			  !verbose && !same(&of_a, &of_b);

	if (most)
		print_pair("refused by both", &of_a, &of_b, page);
	for (size_t i = 0; i < a->n_calls; i++) {
		const struct sp_verdict *va = &a->calls[i].effective, *vb = &b->calls[i].effective;

		if (sp_sysset_contains(&d->answers, a->calls[i].id.call) &&
		    !(most && same(va, &of_a) && same(vb, &of_b)))
			print_pair(sp_call_name(a->calls[i].id.call), va, vb, page);
	}
}

static void print_effects(const struct sp_explanation *e, const char *letter, uint32_t bits,
			  struct sp_page *page)
{
	for (size_t i = 0; i < e->n_effects; i++) {
		const struct sp_effect *effect = &e->effects[i];

		if (!(bits >> i & 1))
			continue;
		sp_page_line(page, MARGIN, COLUMN);
		sp_page_put(page, SP_PAINT_NONE, "only %s refuses", letter);
		sp_page_tab(page, COLUMN);
		sp_page_names(page, SP_PAINT_BAD, &effect->calls);
		sp_page_words(page, SP_PAINT_NONE, "%s (%s=%s)", effect->condition,
			      effect->directive, effect->value);
	}
}

static double cost_of(const struct sp_explanation *e)
{
	return sp_score_cost(e->rows, sp_filter_is_allow_list(e->filter));
}

static void print_score(const struct sp_explanation *a, const struct sp_explanation *b,
			struct sp_page *page)
{
	const double of_a = cost_of(a), of_b = cost_of(b);

	sp_page_heading(page, "systemd-analyze security");
	for (size_t i = 0; i < SP_SCORE_ROWS; i++) {
		const bool a_won = a->rows[i].won;

		if (a_won == b->rows[i].won)
			continue;
		sp_page_line(page, MARGIN, COLUMN);
		sp_page_put(page, SP_PAINT_NONE, "%s", a->rows[i].group);
		sp_page_tab(page, COLUMN);
		sp_page_words(page, SP_PAINT_NONE, "won by %s; lost by %s to", a_won ? "A" : "B",
			      a_won ? "B" : "A");
		sp_explain_text_set(page, SP_PAINT_BAD,
				    a_won ? &b->rows[i].allowed : &a->rows[i].allowed, 12, false);
	}
	sp_page_line(page, MARGIN, MARGIN);
	sp_page_words(page, SP_PAINT_NONE,
		      "The rows of SystemCallFilter= cost about %.2f points with A, %.2f with B",
		      of_a, of_b);
}

static void print_text(const struct sp_options *options, const struct side *a, const struct side *b,
		       const struct sp_explain_difference *d)
{
	struct sp_page page = sp_page_of_stdout(options);

	sp_page_line(&page, 0, 0);
	sp_page_put(&page, SP_PAINT_HEADING, "A: %s", a->source.word);
	sp_page_line(&page, 0, 0);
	sp_page_put(&page, SP_PAINT_HEADING, "B: %s", b->source.word);
	sp_page_line(&page, 0, 0);
	putc('\n', page.f);
	if (!d->any) {
		sp_page_line(&page, MARGIN, MARGIN);
		sp_page_words(&page, SP_PAINT_GOOD, "Both do the same, on every ABI.");
		sp_page_end(&page);
		return;
	}
	print_set(a, "A", &d->only_a, options->verbose, &page);
	print_set(b, "B", &d->only_b, options->verbose, &page);
	print_answers(a->explanation, b->explanation, d, options->verbose, &page);
	print_effects(a->explanation, "A", d->effects_a, &page);
	print_effects(b->explanation, "B", d->effects_b, &page);
	if (d->elsewhere > 0) {
		sp_page_line(&page, MARGIN, MARGIN);
		sp_page_words(&page, SP_PAINT_NONE,
			      "%zu calls of other ABIs get other answers (--abi= shows them)",
			      d->elsewhere);
	}
	if (d->unnamed) {
		sp_page_line(&page, MARGIN, MARGIN);
		sp_page_words(&page, SP_PAINT_NONE,
			      "Numbers that have no name yet get other answers");
	}
	print_score(a->explanation, b->explanation, &page);
	sp_page_end(&page);
}

static int compare(const struct sp_options *options, const struct side *a, const struct side *b)
{
	struct sp_explain_difference difference;
	int r = 0;

	sp_explain_diff(a->explanation, b->explanation, &difference);
	if (options->view == SP_VIEW_JSON)
		r = sp_explain_diff_json(a->explanation, a->source.word, b->explanation,
					 b->source.word, &difference, stdout);
	else
		print_text(options, a, b, &difference);
	if (r < 0) {
		sp_error("cannot write to stdout: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	r = sp_finish_stdout();
	return r != SP_EXIT_OK ? r : difference.any ? SP_EXIT_NO : SP_EXIT_OK;
}

static int read_side(const struct sp_options *options, const struct sp_groups *groups,
		     char *const *word, struct side *ret)
{
	int r = sp_source_read(options, word, 1, &ret->source);

	return r != SP_EXIT_OK
		       ? r
		       : sp_explain_source(options, groups, &ret->source, &ret->explanation);
}

int sp_verb_diff(const struct sp_options *options)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	_cleanup_(side_done) struct side a = {}, b = {};
	char *const *words = options->arguments;
	int r;

	if (!words[0] || !words[1] || words[2]) {
		sp_error("diff compares two; write: sysprofile diff UNIT|FILE UNIT|FILE");
		return SP_EXIT_USAGE;
	}
	if (sp_streq(words[0], "-") && sp_streq(words[1], "-")) {
		sp_error("diff has one standard input; write a file for one of the two -");
		return SP_EXIT_USAGE;
	}
	if (sp_output_check_stdout() < 0) {
		sp_error("cannot write to stdout: it is closed");
		return SP_EXIT_FAILED;
	}
	if (sp_profiles_is_one(words[0]) && sp_profiles_is_one(words[1]))
		return sp_diff_profiles(options);
	if (sp_profiles_is_one(words[0]) || sp_profiles_is_one(words[1])) {
		sp_error("diff compares two profiles or two filters, and one of %s and %s is a "
			 "profile",
			 words[0], words[1]);
		return SP_EXIT_USAGE;
	}
	r = sp_choose_groups(options, &groups);
	if (r < 0)
		return r == -EINVAL || r == -ERANGE ? SP_EXIT_USAGE : SP_EXIT_FAILED;
	r = read_side(options, groups, &words[0], &a);
	if (r == SP_EXIT_OK)
		r = read_side(options, groups, &words[1], &b);
	return r != SP_EXIT_OK ? r : compare(options, &a, &b);
}
