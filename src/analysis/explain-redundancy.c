/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which words change nothing: the text is read again without each of them. */

#include "explain-private.h"

#include <errno.h>

#include "sysprofile/util.h"

/* Reading n words n times must stay a matter of less than a second. */
enum { WORDS_MAX = 512, BYTES_MAX = 1 << 18 };

/* Every question whose answer can differ; calls without a name are one question for each ABI. */
struct question {
	sp_abi abi;
	sp_call call;
	bool named;
	struct sp_verdict answer;
};

struct questions {
	struct question *v; /* owned */
	size_t n;
};

static struct sp_verdict ask(const struct sp_filter *filter, const struct question *question)
{
	struct sp_verdict answer;

	sp_filter_verdict_of_call(filter, question->abi, question->named ? &question->call : NULL,
				  &answer);
	return answer;
}

static int add_abi(struct questions *questions, sp_abi abi)
{
	struct sp_numbered_call calls[SP_CALLS_MAX];
	const size_t n = sp_calls_of_abi(abi, calls);
	struct question *v = reallocarray(questions->v, questions->n + n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	questions->v = v;
	for (size_t i = 0; i < n; i++)
		v[questions->n++] = (struct question){ abi, calls[i].call, true, {} };
	v[questions->n++] = (struct question){ abi, 0, false, {} };
	return 0;
}

static int make_questions(const struct sp_filter *filter, struct questions *questions)
{
	int r = 0;

	for (const sp_abi *abi = sp_abi_local(); *abi && r == 0; abi++)
		r = add_abi(questions, *abi);
	for (size_t i = 0; i < questions->n && r == 0; i++)
		questions->v[i].answer = ask(filter, &questions->v[i]);
	return r;
}

/* 1: without the word every answer is the same. */
static int try_without(const struct sp_explanation *explanation, const struct sp_unit_texts *texts,
		       const struct questions *questions, size_t word)
{
	_cleanup_(sp_filter_freep) struct sp_filter *filter = NULL;
	int r = sp_filter_new(explanation->groups, &filter);

	if (r < 0)
		return r;
	filter->left_out = word;
	for (size_t i = 0; i < texts->n && r == 0; i++)
		r = sp_filter_parse(filter, texts->v[i].file, texts->v[i].text, texts->v[i].len,
				    NULL, NULL);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < questions->n; i++) {
		const struct sp_verdict *wanted = &questions->v[i].answer;
		const struct sp_verdict answer = ask(filter, &questions->v[i]);

		if (answer.action != wanted->action || answer.err != wanted->err)
			return 0;
	}
	return 1;
}

int sp_explain_redundancy(struct sp_explanation *explanation, const struct sp_unit_texts *texts)
{
	struct questions questions = {};
	size_t bytes = 0;
	int r = 0;

	for (size_t i = 0; i < texts->n; i++)
		bytes += texts->v[i].len;
	if (explanation->words_cut || explanation->n_words > WORDS_MAX || bytes > BYTES_MAX)
		return 0;
	r = make_questions(explanation->filter, &questions);
	for (size_t i = 0; i < explanation->n_words && r >= 0; i++) {
		r = try_without(explanation, texts, &questions, i + 1);
		explanation->words[i].redundant = r > 0;
	}
	free(questions.v);
	explanation->redundancy_known = r >= 0;
	return r < 0 ? r : 0;
}
