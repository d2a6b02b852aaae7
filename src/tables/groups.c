/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/groups.h"

#include <errno.h>

#include "groups-private.h"
#include "sysprofile/util.h"

/* systemd has 31 in 2026. The bound keeps the price of a hostile listing low. */
enum { GROUPS_MAX = 128 };

struct sp_groups {
	unsigned major;
	char *label;	       /* owned */
	struct sp_words names; /* of the groups, sorted */
	struct sp_group *v;    /* owned; in the order of names */
	const char **members;  /* owned; one slice for each group */
	struct sp_sysset unnamed;
};

static int fail(struct sp_groups_error *error, unsigned line, const char *what)
{
	*error = (struct sp_groups_error){ line, what };
	return -EBADMSG;
}

/* Room for one more of size bytes behind n of them, or NULL. Doubles, so that no count is kept. */
static void *grow(void *v, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return v;
	return reallocarray(v, n ? n * 2 : 1, size);
}

int sp_groups_draft_open(struct sp_groups_draft *draft, const struct sp_groups_word *name)
{
	struct sp_groups_section *v;

	v = grow(draft->sections, draft->n_sections, sizeof(*v));
	if (!v)
		return -ENOMEM;
	draft->sections = v;
	v[draft->n_sections++] = (struct sp_groups_section){ *name, draft->n_words, 0 };
	return 0;
}

int sp_groups_draft_add(struct sp_groups_draft *draft, const struct sp_groups_word *member)
{
	struct sp_groups_word *v;

	v = grow(draft->words, draft->n_words, sizeof(*v));
	if (!v)
		return -ENOMEM;
	draft->words = v;
	v[draft->n_words++] = *member;
	draft->sections[draft->n_sections - 1].n++;
	return 0;
}

void sp_groups_draft_done(struct sp_groups_draft *draft)
{
	free(draft->sections);
	free(draft->words);
	*draft = (struct sp_groups_draft){ 0 };
}

static int compare_words(const struct sp_groups_word *a, const struct sp_groups_word *b)
{
	int r = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);

	return r ? r : (a->len > b->len) - (a->len < b->len);
}

static int compare_sections(const void *a, const void *b)
{
	const struct sp_groups_section *x = a, *y = b;
	int r = compare_words(&x->name, &y->name);

	/* Of two groups of one name, the later one is the error. */
	return r ? r : (x->name.line > y->name.line) - (x->name.line < y->name.line);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int name_groups(struct sp_groups *groups, struct sp_groups_draft *draft,
		       struct sp_groups_error *error)
{
	struct sp_groups_section *s = draft->sections;
	int r;

	if (draft->n_sections > GROUPS_MAX)
		return fail(error, s[GROUPS_MAX].name.line, "more groups than systemd could have");
	if (draft->n_sections > 1)
		qsort(s, draft->n_sections, sizeof(*s), compare_sections);
	for (size_t i = 0; i < draft->n_sections; i++) {
		if (i > 0 && compare_words(&s[i - 1].name, &s[i].name) == 0)
			return fail(error, s[i].name.line, "a group that stood there before");
		r = sp_words_add_n(&groups->names, s[i].name.text, s[i].name.len);
		if (r < 0)
			return r;
	}
	groups->v = calloc(draft->n_sections + 1, sizeof(*groups->v));
	groups->members = calloc(draft->n_words + 1, sizeof(*groups->members));
	if (!groups->v || !groups->members)
		return -ENOMEM;
	for (size_t i = 0; i < groups->names.n; i++)
		groups->v[i].name = groups->names.v[i];
	return 0;
}

static const char *find_name(const struct sp_groups *groups, const struct sp_groups_word *word)
{
	for (size_t i = 0; i < groups->names.n; i++)
		if (strlen(groups->names.v[i]) == word->len &&
		    memcmp(groups->names.v[i], word->text, word->len) == 0)
			return groups->names.v[i];
	return NULL;
}

/* Yields a string that lives as long as the groups do. */
static int add_member(const struct sp_groups *groups, const struct sp_groups_word *word,
		      struct sp_sysset *set, const char **ret, struct sp_groups_error *error)
{
	const char *name;
	sp_call call;
	int r;

	if (word->text[0] == '@') {
		name = find_name(groups, word);
		if (!name)
			return fail(error, word->line, "a member group that is not there");
		*ret = name;
		return 0;
	}
	r = sp_call_intern(word->text, word->len, &call);
	if (r == -EINVAL)
		return fail(error, word->line, "not the name of a system call");
	if (r == -ENOSPC)
		*error = (struct sp_groups_error){ word->line, "more names than can be kept" };
	if (r < 0)
		return r;
	sp_sysset_add(set, call);
	*ret = sp_call_name(call);
	return 0;
}

static void sort_members(const char **v, size_t n, struct sp_group *group)
{
	size_t kept = 0;

	if (n > 1)
		qsort(v, n, sizeof(*v), compare_names);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !sp_streq(v[kept - 1], v[i]))
			v[kept++] = v[i];
	group->members = v;
	group->n_members = kept;
}

static int fill_groups(struct sp_groups *groups, const struct sp_groups_draft *draft,
		       struct sp_groups_error *error)
{
	int r;

	for (size_t i = 0; i < groups->names.n; i++) {
		const struct sp_groups_section *s = &draft->sections[i];

		for (size_t j = s->first; j < s->first + s->n; j++) {
			r = add_member(groups, &draft->words[j], &groups->v[i].set,
				       &groups->members[j], error);
			if (r < 0)
				return r;
		}
		sort_members(groups->members + s->first, s->n, &groups->v[i]);
	}
	return 0;
}

/* Unites group with the groups in it, if all of these are complete; false if one is not. */
static bool complete_group(const struct sp_groups *groups, struct sp_group *group, const bool *done)
{
	for (size_t i = 0; i < group->n_members && group->members[i][0] == '@'; i++) {
		const struct sp_group *inner = sp_groups_find(groups, group->members[i]);

		if (!done[inner - groups->v])
			return false;
		sp_sysset_unite(&group->set, &inner->set);
	}
	return true;
}

/*
 * Innermost groups first. There is no recursion that a hostile listing could deepen, and what
 * cannot be completed in this way contains itself.
 */
static int expand_groups(struct sp_groups *groups, const struct sp_groups_draft *draft,
			 struct sp_groups_error *error)
{
	bool done[GROUPS_MAX] = { false }, progress;

	do {
		progress = false;
		for (size_t i = 0; i < groups->names.n; i++)
			if (!done[i] && complete_group(groups, &groups->v[i], done))
				done[i] = progress = true;
	} while (progress);
	for (size_t i = 0; i < groups->names.n; i++)
		if (!done[i])
			return fail(error, draft->sections[i].name.line,
				    "groups that contain one another");
	return 0;
}

int sp_groups_build(struct sp_groups_draft *draft, unsigned major, const char *label,
		    struct sp_groups **ret, struct sp_groups_error *error)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	int r;

	groups = calloc(1, sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	groups->major = major;
	groups->label = strdup(label);
	if (!groups->label)
		return -ENOMEM;
	r = name_groups(groups, draft, error);
	if (r < 0)
		return r;
	r = fill_groups(groups, draft, error);
	if (r < 0)
		return r;
	r = expand_groups(groups, draft, error);
	if (r < 0)
		return r;
	*ret = SP_TAKE(groups);
	return 0;
}

struct sp_groups *sp_groups_free(struct sp_groups *groups)
{
	if (!groups)
		return NULL;
	free(groups->label);
	free(groups->v);
	free(groups->members);
	sp_words_done(&groups->names);
	free(groups);
	return NULL;
}

unsigned sp_groups_major(const struct sp_groups *groups)
{
	return groups->major;
}

const char *sp_groups_label(const struct sp_groups *groups)
{
	return groups->label;
}

bool sp_groups_can_name(const struct sp_groups *groups, sp_call call)
{
	return !sp_sysset_contains(&groups->unnamed, call);
}

void sp_groups_set_unnamed(struct sp_groups *groups, const struct sp_sysset *unnamed)
{
	groups->unnamed = *unnamed;
}

size_t sp_groups_count(const struct sp_groups *groups)
{
	return groups->names.n;
}

const struct sp_group *sp_groups_at(const struct sp_groups *groups, size_t i)
{
	return &groups->v[i];
}

static int compare_group(const void *name, const void *group)
{
	return strcmp(name, ((const struct sp_group *)group)->name);
}

const struct sp_group *sp_groups_find(const struct sp_groups *groups, const char *name)
{
	return bsearch(name, groups->v, groups->names.n, sizeof(*groups->v), compare_group);
}
