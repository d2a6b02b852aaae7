/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/groups.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>

#include "groups-private.h"
#include "sysprofile/util.h"

/* Point releases are tables of their own only where a group changed. */
struct table {
	const char *name;
	const char *base; /* of a vendor's variant: the release it is based on; else NULL */
	unsigned major;
	unsigned point;
};

static const struct table tables[] = {
#define SP_GROUPS_RELEASE(name, major, point) { name, NULL, major, point },
#define SP_GROUPS_VARIANT(name, major, base)  { name, base, major, 0 },
#include "syscall-groups.h"
};

static const char *const names[] = {
#define SP_GROUPS_RELEASE(name, major, point) name,
#define SP_GROUPS_VARIANT(name, major, base)  name,
#include "syscall-groups.h"
	NULL,
};

/* One stretch of tables in which the group has the member; sorted by group. */
struct stretch {
	const char *group;
	const char *member;
	uint8_t first, last;
};

static const struct stretch stretches[] = {
#define SP_GROUPS_MEMBER(group, member, first, last) { group, member, first, last },
#include "syscall-groups.h"
};

/* Of some variants; names with a blank between. */
static const struct unnamed {
	const char *variant;
	const char *calls;
} unnamed[] = {
#define SP_GROUPS_UNNAMED(variant, calls) { variant, calls },
#include "syscall-groups.h"
};

static_assert(SP_ARRAY_SIZE(tables) <= UINT8_MAX, "a table's index must fit a stretch");

/* Digits without a leading zero, as far as they go; at most 4, so that they fit any unsigned. */
static const char *parse_number(const char *p, unsigned *ret)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; p[i] >= '0' && p[i] <= '9'; i++) {
		if (i == 4 || (i > 0 && n == 0))
			return NULL;
		n = n * 10 + (unsigned)(p[i] - '0');
	}
	if (i == 0)
		return NULL;
	*ret = n;
	return p + i;
}

static int parse_version(const char *text, unsigned *ret_major, unsigned *ret_point)
{
	unsigned major, point = 0;
	const char *p;

	p = parse_number(text, &major);
	if (p && *p == '.')
		p = parse_number(p + 1, &point);
	if (!p || *p != '\0')
		return -EINVAL;
	*ret_major = major;
	*ret_point = point;
	return 0;
}

static int find_version(unsigned major, unsigned point, size_t *ret)
{
	size_t found = SP_ARRAY_SIZE(tables);

	for (size_t i = 0; i < SP_ARRAY_SIZE(tables); i++)
		if (!tables[i].base && tables[i].major == major && tables[i].point <= point)
			found = i;
	if (found == SP_ARRAY_SIZE(tables))
		return -ERANGE;
	*ret = found;
	return 0;
}

static int find_variant(const char *name, size_t *ret)
{
	for (size_t i = 0; i < SP_ARRAY_SIZE(tables); i++)
		if (tables[i].base && sp_streq(tables[i].name, name)) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

/* The label is yours. */
static int find_table(const char *release, size_t *ret, char **ret_label)
{
	const char *version = release[0] == 'v' ? release + 1 : release;
	unsigned major, point;
	char *label;
	size_t i;
	int r;

	if (parse_version(version, &major, &point) == 0) {
		r = find_version(major, point, &i);
		if (r < 0)
			return r;
		label = strdup(version);
		if (!label)
			return -ENOMEM;
	} else {
		r = find_variant(release, &i);
		if (r < 0)
			return r;
		if (asprintf(&label, "%s (%s)", tables[i].name, tables[i].base) < 0)
			return -ENOMEM;
	}
	*ret = i;
	*ret_label = label;
	return 0;
}

static int draft_table(size_t table, struct sp_groups_draft *draft)
{
	const char *group = "";
	int r;

	for (size_t i = 0; i < SP_ARRAY_SIZE(stretches); i++) {
		const struct stretch *s = &stretches[i];

		if (table < s->first || table > s->last)
			continue;
		if (!sp_streq(group, s->group)) {
			r = sp_groups_draft_open(
				draft, &(struct sp_groups_word){ s->group, strlen(s->group), 0 });
			if (r < 0)
				return r;
			group = s->group;
		}
		r = sp_groups_draft_add(
			draft, &(struct sp_groups_word){ s->member, strlen(s->member), 0 });
		if (r < 0)
			return r;
	}
	return 0;
}

static int find_unnamed(const char *variant, struct sp_sysset *ret)
{
	struct sp_sysset calls = {};

	for (size_t i = 0; i < SP_ARRAY_SIZE(unnamed); i++)
		if (sp_streq(unnamed[i].variant, variant)) {
			int r = sp_sysset_add_names(&calls, unnamed[i].calls);

			if (r < 0)
				return r;
		}
	*ret = calls;
	return 0;
}

int sp_groups_new_release(const char *release, struct sp_groups **ret)
{
	_cleanup_(sp_groups_draft_done) struct sp_groups_draft draft = { 0 };
	_cleanup_(sp_freep) char *label = NULL;
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	struct sp_groups_error error;
	struct sp_sysset calls;
	size_t table;
	int r;

	r = find_table(release, &table, &label);
	if (r < 0)
		return r;
	r = draft_table(table, &draft);
	if (r < 0)
		return r;
	r = sp_groups_build(&draft, tables[table].major, label, &groups, &error);
	/* check.py has refused all that a listing can have wrong. */
	assert(r != -EBADMSG);
	if (r == 0)
		r = find_unnamed(tables[table].name, &calls);
	/* Other names, from files and tracees, have used up the room for these. */
	if (r < 0)
		return r == -ENOSPC ? -ENOMEM : r;
	sp_groups_set_unnamed(groups, &calls);
	*ret = SP_TAKE(groups);
	return 0;
}

const char *const *sp_groups_release_names(void)
{
	return names;
}

const char *sp_groups_newest(void)
{
	size_t i = SP_ARRAY_SIZE(tables);

	while (tables[--i].base)
		;
	return tables[i].name;
}
