/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lines of a unit's files that are about the filter, and the model as of after each. */

#include <errno.h>
#include <string.h>

#include "sysprofile/unitfile.h"
#include "sysprofile/util.h"

#include "fragments-private.h"

struct stepping {
	struct steps *steps;
	size_t text;
	const char *at; /* where the line begins that was counted last */
	unsigned line;
	const struct sp_unit_text *of;
};

static const char *begin_of_line(struct stepping *s, unsigned line)
{
	const char *end = s->of->text + s->of->len, *newline;

	while (s->line < line && (newline = memchr(s->at, '\n', (size_t)(end - s->at)))) {
		s->at = newline + 1;
		s->line++;
	}
	return s->at;
}

static int take_assignment(const struct sp_unitfile_assignment *assignment, void *userdata)
{
	struct stepping *s = userdata;
	struct steps *steps = s->steps;
	struct step *v;
	size_t begin;

	if (!sp_startswith(assignment->key, "SystemCall"))
		return 0;
	begin = (size_t)(begin_of_line(s, assignment->line) - s->of->text);
	/* What came before in the file ends where this one begins. */
	if (steps->n > 0 && steps->v[steps->n - 1].text == s->text)
		steps->v[steps->n - 1].end = begin;
	if (steps->n == steps->size) {
		v = reallocarray(steps->v, steps->size * 2 + 16, sizeof(*v));
		if (!v)
			return -ENOMEM;
		steps->v = v;
		steps->size = steps->size * 2 + 16;
	}
	steps->v[steps->n++] = (struct step){ s->text, assignment->line, begin, s->of->len };
	return 0;
}

int sp_fragments_steps(const struct sp_unit_texts *texts, unsigned major, struct steps *ret)
{
	static const struct sp_unitfile_reader reader = { take_assignment, NULL };
	struct steps steps = {};
	int r = 0;

	for (size_t i = 0; i < texts->n && r == 0; i++) {
		const struct sp_unit_text *text = &texts->v[i];
		struct stepping s = { &steps, i, text->text, 1, text };

		r = sp_unitfile_parse(text->text, text->len, major, &reader, &s);
		/* Whoever reads the files as a whole tells that. */
		if (r == -EBADMSG)
			r = 0;
	}
	if (r < 0) {
		free(steps.v);
		return r;
	}
	*ret = steps;
	return 0;
}

static int parse(const struct sp_unit_text *text, size_t len, struct sp_filter *filter)
{
	int r = sp_filter_parse(filter, text->file, text->text, len, NULL, NULL);

	return r == -EBADMSG ? 0 : r;
}

int sp_fragments_after(const struct sp_groups *groups, const struct sp_unit_texts *texts,
		       const struct step *step, struct sp_filter **ret)
{
	_cleanup_(sp_filter_freep) struct sp_filter *filter = NULL;
	int r = sp_filter_new(groups, &filter);

	for (size_t i = 0; step && i < step->text && r == 0; i++)
		r = parse(&texts->v[i], texts->v[i].len, filter);
	if (step && r == 0)
		r = parse(&texts->v[step->text], step->end, filter);
	if (r < 0)
		return r;
	*ret = SP_TAKE(filter);
	return 0;
}
