/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "sysprofile/util.h"

#include "explain-json.h"

static void json_freep(json_t **p)
{
	json_decref(*p);
}

json_t *sp_json_names(const struct sp_sysset *set)
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
	return sp_json_names(&both);
}

static json_t *difference(const struct sp_sysset *a, const struct sp_sysset *b)
{
	struct sp_sysset rest = *a;

	sp_sysset_subtract(&rest, b);
	return sp_json_names(&rest);
}

json_t *sp_json_verdict(const struct sp_verdict *verdict)
{
	char word[SP_VERDICT_WORD_SIZE];

	return json_string(sp_verdict_word(verdict, word));
}

static json_t *files(const struct sp_unit_texts *texts)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < texts->n; i++)
		if (json_array_append_new(list, sp_json_text(texts->v[i].file)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

json_t *sp_json_append(json_t *list, json_t *item)
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

		list = sp_json_append(
			list,
			json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:i}", "name",
				  sp_call_name(call->id.call), "number", (json_int_t)call->id.nr,
				  "action", sp_json_verdict(by), "filter",
				  sp_json_verdict(&call->filter), "word", sp_json_text(by->word),
				  "file", sp_json_text(by->file), "line", (int)by->line));
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
		list = sp_json_append(list,
				      json_pack("{s:s, s:o, s:o}", "name", group->name, "allowed",
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

		list = sp_json_append(
			list,
			json_pack("{s:o, s:o, s:i, s:s, s:b, s:o, s:o, s:o, s:b, s:b, s:o}", "word",
				  sp_json_text(w->text), "file", sp_json_text(w->file), "line",
				  (int)w->line, "directive",
				  w->is_log ? "SystemCallLog" : "SystemCallFilter", "inverted",
				  w->inverted, w->is_log ? "unlogs" : "allows",
				  common(&w->allows, &e->all), w->is_log ? "logs" : "refuses",
				  common(&w->refuses, &e->all), "answers",
				  common(&w->answers, &e->all), "ignored",
				  sp_sysset_is_empty(&w->names), "forgotten", w->forgotten_at != 0,
				  "redundant",
				  e->redundancy_known ? json_boolean(w->redundant) : json_null()));
	}
	return list;
}

static json_t *add_lines(json_t *list, const char *prefix, const struct sp_words *words)
{
	_cleanup_(sp_freep) char *text = NULL;
	size_t len;
	FILE *f;

	if (words->n == 0)
		return list;
	f = open_memstream(&text, &len);
	if (f) {
		for (size_t i = 0; i < words->n; i++)
			fprintf(f, "%s%s", i ? " " : prefix, words->v[i]);
		if (fclose(f) != 0)
			f = NULL;
	}
	return sp_json_append(list, f ? json_string(text) : NULL);
}

static json_t *lines_of(const struct sp_text *text)
{
	json_t *lines = add_lines(json_array(), "SystemCallFilter=", &text->allow);

	lines = add_lines(lines, "SystemCallFilter=~", &text->deny);
	return add_lines(lines, "SystemCallFilter=", &text->again);
}

static json_t *size_of(const struct sp_explain_size *size)
{
	return json_pack("{s:i, s:i, s:f}", "words", (int)size->words, "calls", (int)size->calls,
			 "exposure", size->exposure);
}

static json_t *words_list(const struct sp_words *words)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < words->n; i++)
		list = sp_json_append(list, json_string(words->v[i]));
	return list;
}

static json_t *needs(const struct sp_explain_needs *of)
{
	if (!of)
		return json_null();
	return json_pack(
		"{s:o, s:o, s:o, s:o, s:o}", "refused", words_list(&of->refused), "now",
		size_of(&of->now), "then", of->none_for ? json_null() : size_of(&of->then), "lines",
		lines_of(&of->text), "none",
		of->none_for ? json_pack("{s:s, s:s}", "call", of->none_for, "why", of->why_none)
			     : json_null());
}

static json_t *fewest(const struct sp_explain_fewest *few)
{
	if (!few->known)
		return json_null();
	return json_pack("{s:i, s:i, s:b, s:b, s:o}", "now", (int)few->now, "words", (int)few->n,
			 "proven", few->proven, "errnos_lost", few->errnos_lost, "lines",
			 lines_of(&few->text));
}

static json_t *messages(const struct sp_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < e->n_messages; i++)
		list = sp_json_append(list, json_pack("{s:o, s:i, s:o}", "file",
						      sp_json_text(e->messages[i].file), "line",
						      (int)e->messages[i].line, "text",
						      sp_json_text(e->messages[i].text)));
	return list;
}

static json_t *blocked_abis(const struct sp_explanation *e)
{
	json_t *list = json_array();

	for (const sp_abi *abi = sp_abi_local(); list && *abi; abi++)
		if (sp_filter_blocks_abi(e->filter, *abi))
			list = sp_json_append(list, json_string(sp_abi_name(*abi)));
	return list;
}

static json_t *architectures_at(const struct sp_explanation *e)
{
	unsigned line = 0;
	const char *file = sp_filter_architectures_at(e->filter, &line);

	if (!file)
		return json_null();
	return json_pack("{s:o, s:i}", "file", sp_json_text(file), "line", (int)line);
}

static json_t *rows(const struct sp_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < SP_SCORE_ROWS; i++)
		list = sp_json_append(list, json_pack("{s:s, s:b, s:o}", "group", e->rows[i].group,
						      "won", e->rows[i].won, "allowed",
						      sp_json_names(&e->rows[i].allowed)));
	return list;
}

json_t *sp_json_effect(const struct sp_effect *effect)
{
	const struct sp_verdict verdict = { .action = SP_ACTION_ERRNO, .err = effect->err };

	return json_pack("{s:s, s:o, s:o, s:i, s:o, s:o, s:o}", "directive", effect->directive,
			 "value", sp_json_text(effect->value), "file", sp_json_text(effect->file),
			 "line", (int)effect->line, "calls", sp_json_names(&effect->calls),
			 "action", sp_json_verdict(&verdict), "condition",
			 sp_json_text(effect->condition));
}

static json_t *directives(const struct sp_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < e->n_effects; i++)
		list = sp_json_append(list, sp_json_effect(&e->effects[i]));
	return list;
}

static json_t *commands(const struct sp_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < e->commands.n; i++) {
		const struct sp_command *c = &e->commands.v[i];

		list = sp_json_append(
			list, json_pack("{s:s, s:o, s:o, s:i, s:b, s:b}", "directive", c->directive,
					"command", sp_json_text(c->text), "file",
					sp_json_text(c->file), "line", (int)c->line, "filtered",
					c->filtered, "as_root", c->privileged || c->no_setuid));
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
		list = sp_json_append(list, sp_json_text(line));
	return list;
}

int sp_explain_json(const struct sp_explanation *e, const struct sp_unit_texts *texts,
		    const char *unit, FILE *f)
{
	const struct sp_verdict refusal = sp_explain_refusal(e);
	struct sp_verdict other;
	const bool active = sp_explain_default(e, &other);
	_cleanup_(json_freep) json_t *root = json_pack(
		"{s:o, s:o, s:s, s:s, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
		"s:o, s:o, s:o, s:o, s:o, s:o}",
		"unit", sp_json_text(unit), "files", files(texts), "systemd",
		sp_groups_label(e->groups), "abi", sp_abi_name(e->abi), "filtered", active,
		"allow_list", active && sp_filter_is_allow_list(e->filter), "default",
		sp_json_verdict(&other), "refusal", sp_json_verdict(&refusal), "blocked_abis",
		blocked_abis(e), "architectures", architectures_at(e), "calls", calls(e), "groups",
		groups(e), "words", words(e), "fewest_words", fewest(&e->fewest), "needs",
		needs(e->needs), "directives", directives(e), "commands", commands(e), "privileges",
		privileges(e), "score", rows(e), "messages", messages(e));

	if (!root)
		return -ENOMEM;
	(void)json_dumpf(root, f, JSON_INDENT(1));
	putc('\n', f);
	return 0;
}
