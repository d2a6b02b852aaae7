/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What each word does, seen by looking at the filter before and after it. */

#include "explain-private.h"

#include <errno.h>
#include <string.h>

#include "sysprofile/util.h"

/* More than that nobody reads; and a hostile text may have millions. */
enum { WORDS_MAX = 2048 };

struct looking {
	struct sp_explanation *explanation;
	const char *file;
	struct sp_filter_map before;
	int error;
};

static void look_before(const struct sp_filter_map *map, void *userdata)
{
	struct looking *looking = userdata;

	if (!looking->explanation->words_cut)
		looking->before = *map;
}

static struct sp_explain_word *add_word(struct looking *looking)
{
	struct sp_explanation *explanation = looking->explanation;
	struct sp_explain_word *v;

	if (explanation->n_words == WORDS_MAX) {
		explanation->words_cut = true;
		return NULL;
	}
	v = reallocarray(explanation->words, explanation->n_words + 1, sizeof(*v));
	if (!v) {
		looking->error = -ENOMEM;
		return NULL;
	}
	explanation->words = v;
	v[explanation->n_words] = (struct sp_explain_word){};
	return &v[explanation->n_words++];
}

/* What became of one call. For SystemCallLog=, "refuses" stands for "logs". */
static void compare_call(const struct looking *looking, const struct sp_filter_map *map,
			 sp_call call, struct sp_explain_word *word)
{
	const struct sp_filter *filter = looking->explanation->filter;
	bool was, is;

	if (word->is_log) {
		was = sp_sysset_contains(&looking->before.listed, call) != map->allow_list;
		is = sp_sysset_contains(&map->listed, call) != map->allow_list;
	} else {
		was = sp_filter_map_allows(filter, &looking->before, call);
		is = sp_filter_map_allows(filter, map, call);
	}
	if (is && !was)
		sp_sysset_add(&word->allows, call);
	else if (was && !is)
		sp_sysset_add(&word->refuses, call);
	else if (!is && looking->before.err[call] != map->err[call])
		sp_sysset_add(&word->answers, call);
}

static void look_after(const struct sp_filter_map *map, const struct sp_filter_word *of_filter,
		       bool invert, bool is_log, void *userdata)
{
	struct looking *looking = userdata;
	struct sp_explain_word *word = add_word(looking);

	if (!word)
		return;
	word->text = of_filter->text;
	word->file = of_filter->file;
	word->line = of_filter->line;
	word->inverted = invert;
	word->is_log = is_log;
	for (unsigned call = 0; call < SP_CALLS_MAX; call++)
		if (map->writer[call] == of_filter)
			sp_sysset_add(&word->names, (sp_call)call);
	sp_sysset_foreach (call, &word->names)
		compare_call(looking, map, (sp_call)call, word);
}

static void look_at_reset(unsigned line, bool is_log, void *userdata)
{
	struct looking *looking = userdata;
	struct sp_explanation *explanation = looking->explanation;

	for (size_t i = 0; i < explanation->n_words; i++) {
		struct sp_explain_word *word = &explanation->words[i];

		if (word->is_log != is_log || word->forgotten_at)
			continue;
		word->forgotten_at = line;
		word->forgotten_by = looking->file;
	}
}

int sp_explain_words(struct sp_explanation *explanation, const struct sp_unit_texts *texts,
		     sp_filter_message_fn message, void *userdata)
{
	_cleanup_(sp_freep) struct looking *looking = calloc(1, sizeof(*looking));
	struct sp_filter_observer observer = { look_before, look_after, look_at_reset, looking };
	int r = 0;

	if (!looking)
		return -ENOMEM;
	looking->explanation = explanation;
	explanation->filter->observer = &observer;
	for (size_t i = 0; i < texts->n && r == 0; i++) {
		const struct sp_unit_text *text = &texts->v[i];

		looking->file = text->file;
		r = sp_filter_parse(explanation->filter, text->file, text->text, text->len, message,
				    userdata);
	}
	explanation->filter->observer = NULL;
	return looking->error < 0 ? looking->error : r;
}
