/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profile-json-private.h"

#include "history-private.h"
#include "sysprofile/util.h"

/*
 * The library says where a text is no JSON, but not where a value stood that was read. It is asked
 * again, for one value after another from where the last one ended.
 */
struct walk {
	const char *text;
	size_t len, at;
};

static void skip_blanks(struct walk *w)
{
	while (w->at < w->len && strchr(" \t\r\n", w->text[w->at]) && w->text[w->at])
		w->at++;
}

/* The value that begins here, with the place behind it. NULL: there is none. */
static json_t *read_value(struct walk *w)
{
	json_error_t error;
	json_t *value;

	skip_blanks(w);
	value = json_loadb(w->text + w->at, w->len - w->at,
			   JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &error);
	if (value)
		w->at += (size_t)error.position;
	return value;
}

static bool skip_sign(struct walk *w, char sign)
{
	skip_blanks(w);
	if (w->at >= w->len || w->text[w->at] != sign)
		return false;
	w->at++;
	return true;
}

static bool enter_member(struct walk *w, const char *key)
{
	for (bool more = skip_sign(w, '{'); more; more = skip_sign(w, ',')) {
		_cleanup_(sp_json_freep) json_t *name = read_value(w);
		_cleanup_(sp_json_freep) json_t *passed = NULL;

		if (!json_is_string(name) || !skip_sign(w, ':'))
			return false;
		skip_blanks(w);
		if (sp_streq(json_string_value(name), key))
			return true;
		passed = read_value(w);
		if (!passed)
			return false;
	}
	return false;
}

static bool enter_element(struct walk *w, size_t index)
{
	if (!skip_sign(w, '['))
		return false;
	for (size_t i = 0; i < index; i++) {
		_cleanup_(sp_json_freep) json_t *passed = read_value(w);

		if (!passed || !skip_sign(w, ','))
			return false;
	}
	skip_blanks(w);
	return true;
}

void sp_profile_json_locate(const char *text, size_t len, const struct sp_json_step *steps,
			    size_t n, unsigned *ret_line, unsigned *ret_column)
{
	struct walk w = { .text = text, .len = len };
	size_t found = 0;

	skip_blanks(&w);
	found = w.at;
	for (size_t i = 0; i < n; i++) {
		if (!(steps[i].key ? enter_member(&w, steps[i].key)
				   : enter_element(&w, steps[i].index)))
			break;
		found = w.at;
	}
	*ret_line = *ret_column = 1;
	for (size_t i = 0; i < found; i++) {
		++*ret_column;
		if (text[i] == '\n') {
			++*ret_line;
			*ret_column = 1;
		}
	}
}
