/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/fragments.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sysprofile/directives.h"
#include "sysprofile/util.h"

#include "fragments-private.h"

/* A reader acts on the first few. */
enum { FINDINGS_MAX = 8, TEXT_MAX = 60 };

void sp_findings_done(struct sp_findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		free(findings->v[i].file);
		free(findings->v[i].text);
	}
	free(findings->v);
	*findings = (struct sp_findings){};
}

bool sp_findings_matter(const struct sp_findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->v[i].kind <= SP_FINDING_WIDENS)
			return true;
	return false;
}

static void judging_done(struct judging *j)
{
	free(j->steps.v);
	(void)sp_filter_free(j->alone);
	(void)sp_filter_free(j->all);
	free(j->points);
	sp_findings_done(&j->findings);
}

/* What of the point's answers is another one than it was to be. */
static bool is_bad(const struct judging *j, enum sp_finding_kind kind, const struct point *point,
		   const struct sp_filter *filter)
{
	const struct sp_verdict alone = point->alone, now = sp_fragments_ask(filter, point);
	const bool logs = j->result->policy.refusal == SP_REFUSAL_LOG;

	switch (kind) {
	case SP_FINDING_BREAKS:
		return point->needed && alone.action < SP_ACTION_ERRNO &&
		       now.action >= SP_ACTION_ERRNO;
	case SP_FINDING_WIDENS:
		return logs ? alone.action == SP_ACTION_LOG && now.action == SP_ACTION_ALLOW
			    : alone.action >= SP_ACTION_ERRNO && now.action < SP_ACTION_ERRNO;
	case SP_FINDING_ANSWERS:
		return alone.action >= SP_ACTION_ERRNO && now.action >= SP_ACTION_ERRNO &&
		       (alone.action != now.action || alone.err != now.err);
	case SP_FINDING_UNREADABLE:
	case SP_FINDING_DIRECTIVE:
	case _SP_FINDING_MAX:
		break;
	}
	return false;
}

/* The line, without the newline, trimmed and cut. */
static char *text_of_line(const struct sp_unit_text *text, size_t begin)
{
	const char *line = text->text + begin;
	const char *end = memchr(line, '\n', text->len - begin);
	size_t n = end ? (size_t)(end - line) : text->len - begin, blanks;
	char *cut;

	blanks = strspn(line, " \t");
	blanks = blanks < n ? blanks : n;
	line += blanks;
	n -= blanks;
	if (n <= TEXT_MAX)
		return strndup(line, n);
	return asprintf(&cut, "%.*s...", TEXT_MAX, line) < 0 ? NULL : cut;
}

/* Takes over text, which may be NULL for being out of memory. */
static int add_finding(struct judging *j, enum sp_finding_kind kind, const char *file,
		       unsigned line, char *text, struct sp_finding **ret)
{
	struct sp_findings *findings = &j->findings;
	struct sp_finding finding = { .kind = kind, .file = strdup(file), .text = text };
	struct sp_finding *v = reallocarray(findings->v, findings->n + 1, sizeof(*v));

	if (v)
		findings->v = v;
	if (!v || !finding.file || !finding.text) {
		free(finding.file);
		free(finding.text);
		return -ENOMEM;
	}
	finding.line = line;
	v[findings->n] = finding;
	*ret = &v[findings->n++];
	return 0;
}

/* *ret_bad: whether the point is bad when all up to that step has been read; -1: nothing. */
static int try_step(const struct judging *j, enum sp_finding_kind kind, const struct point *point,
		    ssize_t step, bool *ret_bad)
{
	_cleanup_(sp_filter_freep) struct sp_filter *filter = NULL;
	int r = sp_fragments_after(j->result->groups, j->texts, step < 0 ? NULL : &j->steps.v[step],
				   &filter);

	if (r == 0)
		*ret_bad = is_bad(j, kind, point, filter);
	return r;
}

static ssize_t last_of_ours(const struct judging *j)
{
	ssize_t last = -1;

	for (size_t i = 0; i < j->steps.n; i++)
		if (j->steps.v[i].text <= j->own)
			last = (ssize_t)i;
	return last;
}

/* 1: *ret is a step that made the point bad. 0: there is none. */
static int find_culprit(const struct judging *j, enum sp_finding_kind kind,
			const struct point *point, size_t *ret)
{
	ssize_t good = last_of_ours(j), bad = (ssize_t)j->steps.n - 1;
	bool is;
	int r = try_step(j, kind, point, good, &is);

	/* What ours says nothing about is decided before it. */
	if (r == 0 && is) {
		bad = good;
		good = -1;
		r = try_step(j, kind, point, good, &is);
	}
	if (r < 0)
		return r;
	if (is || bad < 0)
		return 0;
	while (bad - good > 1) {
		const ssize_t middle = good + (bad - good) / 2;

		r = try_step(j, kind, point, middle, &is);
		if (r < 0)
			return r;
		*(is ? &bad : &good) = middle;
	}
	*ret = (size_t)bad;
	return 1;
}

static void take_point(struct point *point, struct sp_finding *finding)
{
	point->told = true;
	if (point->named)
		sp_sysset_add(&finding->calls, point->call);
	else
		finding->unnamed = true;
}

/* All that the step made bad. */
static int take_points(struct judging *j, size_t step, struct sp_finding *finding)
{
	_cleanup_(sp_filter_freep) struct sp_filter *before = NULL, *after = NULL;
	int r = sp_fragments_after(j->result->groups, j->texts, step ? &j->steps.v[step - 1] : NULL,
				   &before);

	if (r == 0)
		r = sp_fragments_after(j->result->groups, j->texts, &j->steps.v[step], &after);
	for (size_t i = 0; i < j->n_points && r == 0; i++) {
		struct point *point = &j->points[i];

		if (!point->told && is_bad(j, finding->kind, point, j->all) &&
		    is_bad(j, finding->kind, point, after) &&
		    !is_bad(j, finding->kind, point, before))
			take_point(point, finding);
	}
	return r;
}

static int explain_point(struct judging *j, enum sp_finding_kind kind, struct point *point)
{
	const struct sp_unit_text *text = &j->texts->v[j->own];
	struct sp_finding *finding;
	size_t culprit;
	int r = find_culprit(j, kind, point, &culprit);

	if (r < 0)
		return r;
	if (r == 0) {
		r = add_finding(j, kind, text->file, 0, strdup(""), &finding);
	} else {
		const struct step *step = &j->steps.v[culprit];

		text = &j->texts->v[step->text];
		r = add_finding(j, kind, text->file, step->line, text_of_line(text, step->begin),
				&finding);
		if (r == 0)
			r = take_points(j, culprit, finding);
	}
	if (r == 0)
		take_point(point, finding);
	return r;
}

static int judge_kind(struct judging *j, enum sp_finding_kind kind)
{
	int r = 0;

	for (size_t i = 0; i < j->n_points; i++)
		j->points[i].told = false;
	for (size_t i = 0; i < j->n_points && r == 0; i++) {
		if (j->points[i].told || !is_bad(j, kind, &j->points[i], j->all))
			continue;
		if (j->findings.n >= FINDINGS_MAX) {
			j->findings.more = true;
			break;
		}
		r = explain_point(j, kind, &j->points[i]);
	}
	return r;
}

/* Before ours as after it: what the program does under it was so without us. */
static int judge_directives(struct judging *j)
{
	_cleanup_(sp_directives_freep) struct sp_directives *directives = NULL;
	struct sp_effect effects[SP_EFFECTS_MAX];
	struct sp_sysset seen;
	size_t n = 0;
	int r = sp_directives_new(j->result->groups, &directives);

	for (size_t i = 0; i < j->texts->n && r == 0; i++) {
		const struct sp_unit_text *text = &j->texts->v[i];

		r = sp_directives_parse(directives, text->file, text->text, text->len, NULL, NULL);
		if (r == -EBADMSG)
			r = 0;
	}
	if (r < 0)
		return r;
	sp_profile_names(j->result->profile, &seen);
	n = sp_directives_effects(directives, j->all, sp_abi_native(), effects);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct sp_finding *finding;
		struct sp_sysset calls = effects[i].calls;
		char *text;

		sp_sysset_intersect(&calls, &seen);
		if (effects[i].condition || sp_sysset_is_empty(&calls))
			continue;
		if (asprintf(&text, "%s=%s", effects[i].directive, effects[i].value) < 0)
			text = NULL;
		r = add_finding(j, SP_FINDING_DIRECTIVE, effects[i].file, effects[i].line, text,
				&finding);
		if (r == 0)
			finding->calls = calls;
	}
	return r;
}

struct complaint {
	unsigned line;
	char text[160];
};

static void keep_complaint(const struct sp_filter_message *message, void *userdata)
{
	struct complaint *complaint = userdata;

	complaint->line = message->line;
	snprintf(complaint->text, sizeof(complaint->text), "%s", message->text);
}

/* The model of all files; *ret_readable: systemd takes them. */
static int read_all(struct judging *j, bool *ret_readable)
{
	int r = sp_filter_new(j->result->groups, &j->all);

	*ret_readable = true;
	for (size_t i = 0; i < j->texts->n && r == 0; i++) {
		const struct sp_unit_text *text = &j->texts->v[i];
		struct complaint last = {};
		struct sp_finding *finding;

		r = sp_filter_parse(j->all, text->file, text->text, text->len, keep_complaint,
				    &last);
		if (r != -EBADMSG)
			continue;
		*ret_readable = false;
		return add_finding(j, SP_FINDING_UNREADABLE, text->file, last.line,
				   strdup(last.text), &finding);
	}
	return r;
}

static int judge(struct judging *j)
{
	const struct sp_unit_text *own = &j->texts->v[j->own];
	bool readable;
	int r = read_all(j, &readable);

	if (r < 0 || !readable)
		return r;
	r = sp_filter_new(j->result->groups, &j->alone);
	if (r == 0)
		r = sp_filter_parse(j->alone, own->file, own->text, own->len, NULL, NULL);
	if (r == 0)
		r = sp_fragments_steps(j->texts, sp_groups_major(j->result->groups), &j->steps);
	if (r == 0)
		r = sp_fragments_points(j);
	for (int kind = SP_FINDING_BREAKS; kind <= SP_FINDING_ANSWERS && r == 0; kind++)
		r = judge_kind(j, (enum sp_finding_kind)kind);
	return r < 0 ? r : judge_directives(j);
}

int sp_fragments_judge(const struct sp_result *result, const struct sp_unit_texts *texts,
		       size_t own, struct sp_findings *ret)
{
	_cleanup_(judging_done) struct judging j = { .result = result, .texts = texts, .own = own };
	int r = judge(&j);

	if (r < 0)
		return r;
	*ret = j.findings;
	j.findings = (struct sp_findings){};
	return 0;
}
