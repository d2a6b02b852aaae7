/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/groups.h"

#include <errno.h>

#include "groups-private.h"
#include "sysprofile/util.h"

/* No more than sp_call_intern() takes. */
enum { NAME_LEN_MAX = 64 };

/* The rest of the text. Lines are counted from 1. */
struct cursor {
	const char *p;
	const char *end;
	unsigned line;
};

static bool next_line(struct cursor *c, struct sp_groups_word *ret)
{
	const char *newline;
	size_t len;

	if (c->p == c->end)
		return false;
	newline = memchr(c->p, '\n', (size_t)(c->end - c->p));
	len = (size_t)((newline ? newline : c->end) - c->p);
	*ret = (struct sp_groups_word){ c->p, len, ++c->line };
	c->p += newline ? len + 1 : len;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The line without blanks around it; whether there were any in front tells a member. */
static bool strip(struct sp_groups_word *word)
{
	bool indented = word->len > 0 && is_blank(word->text[0]);

	while (word->len > 0 && is_blank(word->text[word->len - 1]))
		word->len--;
	while (word->len > 0 && is_blank(word->text[0])) {
		word->text++;
		word->len--;
	}
	return indented;
}

/*
 * Any byte may come from a listing, and names travel on into units and onto terminals: only the
 * letters that names have are let in. No call has a dash, no group an underscore.
 */
static bool is_name(const struct sp_groups_word *word)
{
	bool group = word->text[0] == '@';

	if (word->len > NAME_LEN_MAX || word->len == group)
		return false;
	for (size_t i = group; i < word->len; i++) {
		char c = word->text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == (group ? '-' : '_')))
			return false;
	}
	return true;
}

static int fail(struct sp_groups_error *error, unsigned line, const char *what)
{
	*error = (struct sp_groups_error){ line, what };
	return -EBADMSG;
}

static int read_line(struct sp_groups_draft *draft, const struct sp_groups_word *word,
		     bool indented, struct sp_groups_error *error)
{
	if (!indented) {
		if (word->text[0] != '@' || !is_name(word))
			return fail(error, word->line, "not the name of a group");
		return sp_groups_draft_open(draft, word);
	}
	if (draft->n_sections == 0)
		return fail(error, word->line, "a member before the first group");
	if (!is_name(word))
		return fail(error, word->line, "neither a system call nor a group");
	return sp_groups_draft_add(draft, word);
}

static int read_lines(struct cursor *c, struct sp_groups_draft *draft,
		      struct sp_groups_error *error)
{
	struct sp_groups_word word;
	bool indented;
	int r;

	while (next_line(c, &word)) {
		/* From here on: calls in no group, and whether the kernel's list could be read. */
		if (word.len > 0 && word.text[0] == '#')
			break;
		indented = strip(&word);
		if (word.len == 0 || word.text[0] == '#')
			continue;
		r = read_line(draft, &word, indented, error);
		if (r < 0)
			return r;
	}
	if (draft->n_sections == 0)
		return fail(error, c->line ? c->line : 1, "no group");
	return 0;
}

int sp_groups_parse_listing(const char *text, size_t len, unsigned major, const char *version,
			    struct sp_groups **ret, struct sp_groups_error *error)
{
	_cleanup_(sp_groups_draft_done) struct sp_groups_draft draft = { 0 };
	struct cursor c = { text, text + len, 0 };
	int r;

	r = read_lines(&c, &draft, error);
	if (r < 0)
		return r;
	r = sp_groups_build(&draft, major, version, ret, error);
	return r == -ENOSPC ? -EBADMSG : r;
}
