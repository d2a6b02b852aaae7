/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain-private.h"

#include <errno.h>
#include <string.h>

#include "sysprofile/util.h"

struct sp_explanation *sp_explain_free(struct sp_explanation *explanation)
{
	if (!explanation)
		return NULL;
	for (size_t i = 0; i < explanation->n_messages; i++) {
		free(explanation->messages[i].file);
		free(explanation->messages[i].text);
	}
	free(explanation->messages);
	free(explanation->words);
	sp_text_done(&explanation->fewest.text);
	(void)sp_explain_needs_free(explanation->needs);
	free(explanation->calls);
	sp_commands_done(&explanation->commands);
	(void)sp_directives_free(explanation->directives);
	(void)sp_filter_free(explanation->filter);
	free(explanation);
	return NULL;
}

/* A hostile text may give cause for millions. */
enum { MESSAGES_MAX = 1000 };

struct listening {
	struct sp_explanation *explanation;
	int error;
};

static void keep_message(const struct sp_filter_message *message, void *userdata)
{
	struct listening *listening = userdata;
	struct sp_explanation *explanation = listening->explanation;
	struct sp_explain_message kept = { strdup(message->file), message->line,
					   strdup(message->text) };
	struct sp_explain_message *v;
	size_t n = explanation->n_messages;

	/* The last one may be why systemd refuses the file, so that it is kept in any case. */
	if (n == MESSAGES_MAX) {
		n--;
		free(explanation->messages[n].file);
		free(explanation->messages[n].text);
	}
	v = reallocarray(explanation->messages, n + 1, sizeof(*v));
	if (v)
		explanation->messages = v;
	if (!v || !kept.file || !kept.text) {
		free(kept.file);
		free(kept.text);
		explanation->n_messages = n;
		listening->error = -ENOMEM;
		return;
	}
	v[n] = kept;
	explanation->n_messages = n + 1;
}

static int read_texts(struct sp_explanation *explanation, const struct sp_unit_texts *texts)
{
	struct listening listening = { explanation, 0 };
	int r = sp_explain_words(explanation, texts, keep_message, &listening);

	for (size_t i = 0; i < texts->n && r == 0; i++)
		r = sp_directives_parse(explanation->directives, texts->v[i].file, texts->v[i].text,
					texts->v[i].len, keep_message, &listening);
	if (listening.error < 0)
		return listening.error;
	explanation->refused = r == -EBADMSG;
	return explanation->refused ? 0 : r;
}

static int answer_calls(struct sp_explanation *explanation)
{
	struct sp_numbered_call ids[SP_CALLS_MAX];
	const size_t n = sp_calls_of_abi(explanation->abi, ids);

	explanation->calls = calloc(n + 1, sizeof(*explanation->calls));
	if (!explanation->calls)
		return -ENOMEM;
	explanation->n_calls = n;
	for (size_t i = 0; i < n; i++) {
		struct sp_explain_call *call = &explanation->calls[i];

		call->id = ids[i];
		sp_filter_verdict_of_call(explanation->filter, explanation->abi, &ids[i].call,
					  &call->filter);
		call->effective = call->filter;
		(void)sp_effects_apply(explanation->effects, explanation->n_effects, ids[i].call,
				       &call->effective);
		sp_sysset_add(&explanation->all, ids[i].call);
		if (call->effective.action < SP_ACTION_ERRNO)
			sp_sysset_add(&explanation->allowed, ids[i].call);
	}
	return 0;
}

/* systemd-analyze looks at the text of SystemCallFilter= alone, and at native calls. */
static void score(struct sp_explanation *explanation)
{
	struct sp_numbered_call ids[SP_CALLS_MAX];
	const sp_abi native = sp_abi_native();
	const size_t n = sp_calls_of_abi(native, ids);
	struct sp_sysset allowed = {}, none = {};

	for (size_t i = 0; i < n; i++) {
		struct sp_verdict verdict;

		sp_filter_verdict_of_call(explanation->filter, native, &ids[i].call, &verdict);
		if (verdict.action < SP_ACTION_ERRNO)
			sp_sysset_add(&allowed, ids[i].call);
	}
	sp_score(explanation->groups, &allowed, &none, explanation->rows);
}

int sp_explain_new(const struct sp_groups *groups, const struct sp_unit_texts *texts, sp_abi abi,
		   struct sp_explanation **ret)
{
	_cleanup_(sp_explain_freep) struct sp_explanation *explanation =
		calloc(1, sizeof(*explanation));
	int r;

	if (!explanation)
		return -ENOMEM;
	explanation->groups = groups;
	explanation->abi = abi;
	r = sp_filter_new(groups, &explanation->filter);
	if (r == 0)
		r = sp_directives_new(groups, &explanation->directives);
	if (r == 0)
		r = read_texts(explanation, texts);
	if (r == 0)
		r = sp_commands_read(texts, sp_groups_major(groups), &explanation->commands);
	if (r < 0)
		return r;
	explanation->n_effects = sp_directives_effects(explanation->directives, explanation->filter,
						       abi, explanation->effects);
	r = answer_calls(explanation);
	if (r == 0)
		r = sp_explain_redundancy(explanation, texts);
	if (r == 0)
		r = sp_explain_find_fewest(explanation);
	if (r < 0)
		return r;
	score(explanation);
	*ret = SP_TAKE(explanation);
	return 0;
}

bool sp_explain_default(const struct sp_explanation *explanation, struct sp_verdict *ret)
{
	*ret = (struct sp_verdict){ .action = SP_ACTION_ALLOW };
	if (!sp_filter_is_active(explanation->filter))
		return false;
	if (sp_filter_is_allow_list(explanation->filter))
		*ret = sp_explain_refusal(explanation);
	return true;
}

struct sp_verdict sp_explain_refusal(const struct sp_explanation *explanation)
{
	struct sp_verdict refusal = {};

	refusal.action = sp_filter_negative_action(explanation->filter, &refusal.err);
	return refusal;
}
