/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "sysprofile/util.h"

#include "explain-private.h"

static void json_freep(json_t **p)
{
	json_decref(*p);
}

/*
 * Bytes of a file need not be UTF-8, which JSON must be: what is not becomes a question mark.
 * jansson's own functions take NULL for an error, as out of memory is one.
 */
static json_t *text_of(const char *text)
{
	json_t *value = text ? json_string(text) : json_null();
	_cleanup_(sp_freep) char *copy = NULL;

	if (value || !(copy = strdup(text)))
		return value;
	for (char *p = copy; *p; p++)
		if (*p & 0x80)
			*p = '?';
	return json_string(copy);
}

static json_t *names_of(const struct sp_sysset *set)
{
	sp_call calls[SP_CALLS_MAX];
	const size_t n = sp_sysset_sorted(set, calls);
	json_t *list = json_array();

	for (size_t i = 0; list && i < n; i++)
		if (json_array_append_new(list, json_string(sp_call_name(calls[i]))) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *common(const struct sp_sysset *a, const struct sp_sysset *b)
{
	struct sp_sysset both = *a;

	sp_sysset_intersect(&both, b);
	return names_of(&both);
}

static json_t *difference(const struct sp_sysset *a, const struct sp_sysset *b)
{
	struct sp_sysset rest = *a;

	sp_sysset_subtract(&rest, b);
	return names_of(&rest);
}

static json_t *word_of(const struct sp_verdict *verdict)
{
	char word[SP_VERDICT_WORD_SIZE];

	return json_string(sp_verdict_word(verdict, word));
}

/* Each of these makes the array of one member, or NULL when memory is out. */

static json_t *files(const struct sp_unit_texts *texts)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < texts->n; i++)
		if (json_array_append_new(list, text_of(texts->v[i].file)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *append(json_t *list, json_t *item)
{
	if (list && json_array_append_new(list, item) == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *calls(const struct sp_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < e->n_calls; i++) {
		const struct sp_explain_call *call = &e->calls[i];
		const struct sp_verdict *by = &call->effective;

		list = append(list,
			      json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:i}", "name",
					sp_call_name(call->id.call), "number",
					(json_int_t)call->id.nr, "action", word_of(by), "filter",
					word_of(&call->filter), "word", text_of(by->word), "file",
					text_of(by->file), "line", (int)by->line));
	}
	return list;
}

static json_t *groups(const struct sp_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < sp_groups_count(e->groups); i++) {
		const struct sp_group *group = sp_groups_at(e->groups, i);
		struct sp_sysset members = group->set;

		sp_sysset_intersect(&members, &e->all);
		list = append(list, json_pack("{s:s, s:o, s:o}", "name", group->name, "allowed",
					      common(&members, &e->allowed), "refused",
					      difference(&members, &e->allowed)));
	}
	return list;
}

static json_t *words(const struct sp_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < e->n_words; i++) {
		const struct sp_explain_word *w = &e->words[i];

		list = append(
			list,
			json_pack("{s:o, s:o, s:i, s:s, s:b, s:o, s:o, s:o, s:b, s:b, s:o}", "word",
				  text_of(w->text), "file", text_of(w->file), "line", (int)w->line,
				  "directive", w->is_log ? "SystemCallLog" : "SystemCallFilter",
				  "inverted", w->inverted, w->is_log ? "unlogs" : "allows",
				  common(&w->allows, &e->all), w->is_log ? "logs" : "refuses",
				  common(&w->refuses, &e->all), "answers",
				  common(&w->answers, &e->all), "ignored",
				  sp_sysset_is_empty(&w->names), "forgotten", w->forgotten_at != 0,
				  "redundant",
				  e->redundancy_known ? json_boolean(w->redundant) : json_null()));
	}
	return list;
}

static json_t *messages(const struct sp_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < e->n_messages; i++)
		list = append(list,
			      json_pack("{s:o, s:i, s:o}", "file", text_of(e->messages[i].file),
					"line", (int)e->messages[i].line, "text",
					text_of(e->messages[i].text)));
	return list;
}

static json_t *rows(const struct sp_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < SP_SCORE_ROWS; i++)
		list = append(list,
			      json_pack("{s:s, s:b, s:o}", "group", e->rows[i].group, "won",
					e->rows[i].won, "allowed", names_of(&e->rows[i].allowed)));
	return list;
}

static json_t *directives(const struct sp_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < e->n_effects; i++) {
		const struct sp_effect *effect = &e->effects[i];
		const struct sp_verdict verdict = { .action = SP_ACTION_ERRNO, .err = effect->err };

		list = append(list,
			      json_pack("{s:s, s:o, s:o, s:i, s:o, s:o, s:o}", "directive",
					effect->directive, "value", text_of(effect->value), "file",
					text_of(effect->file), "line", (int)effect->line, "calls",
					names_of(&effect->calls), "action", word_of(&verdict),
					"condition", text_of(effect->condition)));
	}
	return list;
}

static json_t *privileges(const struct sp_explanation *e)
{
	_cleanup_(sp_freep) char *text = NULL;
	json_t *list = json_array();
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (f) {
		sp_directives_privileges(e->directives, e->filter, f);
		if (fclose(f) != 0)
			len = 0;
	}
	for (char *line = f ? strtok(text, "\n") : NULL; list && line; line = strtok(NULL, "\n"))
		list = append(list, text_of(line));
	return list;
}

int sp_explain_json(const struct sp_explanation *e, const struct sp_unit_texts *texts,
		    const char *unit, FILE *f)
{
	struct sp_verdict other;
	const bool active = sp_explain_default(e, &other);
	_cleanup_(json_freep) json_t *root = json_pack(
		"{s:o, s:o, s:s, s:s, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "unit",
		text_of(unit), "files", files(texts), "systemd", sp_groups_label(e->groups), "abi",
		sp_abi_name(e->abi), "filtered", active, "allow_list",
		active && sp_filter_is_allow_list(e->filter), "default", word_of(&other), "calls",
		calls(e), "groups", groups(e), "words", words(e), "directives", directives(e),
		"privileges", privileges(e), "score", rows(e), "messages", messages(e));

	if (!root)
		return -ENOMEM;
	(void)json_dumpf(root, f, JSON_INDENT(1));
	putc('\n', f);
	return 0;
}
