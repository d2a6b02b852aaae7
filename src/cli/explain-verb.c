/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>

#include "sysprofile/explain.h"
#include "sysprofile/explaintext.h"
#include "sysprofile/log.h"
#include "sysprofile/needs.h"
#include "sysprofile/output.h"
#include "sysprofile/source.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

int sp_explain_source(const struct sp_options *options, const struct sp_groups *groups,
		      const struct sp_source *source, struct sp_explanation **ret)
{
	_cleanup_(sp_explain_freep) struct sp_explanation *explanation = NULL;
	int r = sp_explain_new(groups, &source->unit.texts, options->abi, &explanation);

	if (r < 0) {
		sp_error("cannot explain %s: %s", source->word, strerror(-r));
		return SP_EXIT_FAILED;
	}
	if (explanation->refused) {
		const struct sp_explain_message *last =
			&explanation->messages[explanation->n_messages - 1];

		sp_error("%s:%u: %s", last->file, last->line, last->text);
		return SP_EXIT_FAILED;
	}
	*ret = SP_TAKE(explanation);
	return SP_EXIT_OK;
}

static int print(const struct sp_options *options, const struct sp_source *source,
		 const struct sp_explanation *explanation)
{
	struct sp_page page = sp_page_of_stdout(options);
	int r = 0;

	switch (options->view) {
	case SP_VIEW_TEXT:
		sp_explain_text(explanation, source, options->verbose, &page);
		break;
	case SP_VIEW_JSON:
		r = sp_explain_json(explanation, &source->unit.texts, source->unit.name, stdout);
		break;
	case SP_VIEW_LIST:
		sp_explain_list(explanation, stdout);
		break;
	}
	if (r < 0) {
		sp_error("cannot write to stdout: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	return sp_finish_stdout();
}

/* What any of the files needs. */
static int add_needs(const struct sp_words *files, struct sp_explanation *explanation)
{
	_cleanup_(sp_profile_freep) struct sp_profile *profile = NULL;
	struct sp_sysset assumed = {};
	int r = sp_profile_new(&profile);

	for (size_t i = 0; r == 0 && i < files->n; i++) {
		int status = sp_needs_read(files->v[i], profile, &assumed);

		if (status != SP_EXIT_OK)
			return status;
	}
	if (r == 0)
		r = sp_explain_set_needs(explanation, profile, &assumed);
	if (r == 0)
		return SP_EXIT_OK;
	sp_error("cannot find words for what %s needs: %s", files->v[0], strerror(-r));
	return SP_EXIT_FAILED;
}

int sp_finish_stdout(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return SP_EXIT_OK;
	sp_error("cannot write to stdout: %s", strerror(errno));
	return SP_EXIT_FAILED;
}

int sp_verb_explain(const struct sp_options *options)
{
	_cleanup_(sp_source_done) struct sp_source source = {};
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	_cleanup_(sp_explain_freep) struct sp_explanation *explanation = NULL;
	size_t n = 0;
	int r;

	while (options->arguments[n])
		n++;
	if (n == 0) {
		sp_error("nothing to explain; write: sysprofile explain UNIT, or FILE...");
		return SP_EXIT_USAGE;
	}
	if (sp_output_check_stdout() < 0) {
		sp_error("cannot write to stdout: it is closed");
		return SP_EXIT_FAILED;
	}
	r = sp_source_read(options, options->arguments, n, &source);
	if (r != SP_EXIT_OK)
		return r;
	r = sp_choose_groups(options, &groups);
	if (r < 0)
		return r == -EINVAL || r == -ERANGE ? SP_EXIT_USAGE : SP_EXIT_FAILED;
	r = sp_explain_source(options, groups, &source, &explanation);
	if (r == SP_EXIT_OK && options->needs.n > 0)
		r = add_needs(&options->needs, explanation);
	return r != SP_EXIT_OK ? r : print(options, &source, explanation);
}
