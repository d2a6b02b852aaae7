/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>

#include "sysprofile/explain.h"
#include "sysprofile/fsutil.h"
#include "sysprofile/log.h"
#include "sysprofile/output.h"
#include "sysprofile/unittext.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

enum { FILE_MAX = 16 << 20 };

static int read_file(const char *path, struct sp_unit_texts *texts)
{
	struct sp_unit_text text = {};
	int r = sp_read_file(path, FILE_MAX, &text.text, &text.len);

	if (r < 0) {
		sp_error("cannot read %s: %s", path, strerror(-r));
		return r;
	}
	text.file = strdup(path);
	r = text.file ? sp_unit_texts_add(texts, &text) : -ENOMEM;
	free(text.file);
	free(text.text);
	return r;
}

int sp_verb_diff(const struct sp_options *options)
{
	(void)options;
	return SP_EXIT_FAILED;
}

static void say(const struct sp_filter_message *message, void *userdata)
{
	(void)userdata;
	sp_warning("%s:%u: %s", message->file, message->line, message->text);
}

int sp_verb_explain(const struct sp_options *options)
{
	_cleanup_(sp_unit_texts_done) struct sp_unit_texts texts = {};
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	_cleanup_(sp_filter_freep) struct sp_filter *filter = NULL;
	int r;

	if (!options->arguments[0]) {
		sp_error("explain what? write: sysprofile explain UNIT, or FILE...");
		return SP_EXIT_USAGE;
	}
	if (sp_output_check_stdout() < 0) {
		sp_error("cannot write to stdout: it is closed");
		return SP_EXIT_FAILED;
	}
	for (char *const *word = options->arguments; *word; word++)
		if (read_file(*word, &texts) < 0)
			return SP_EXIT_FAILED;
	r = sp_choose_groups(options, &groups);
	if (r < 0)
		return r == -EINVAL || r == -ERANGE ? SP_EXIT_USAGE : SP_EXIT_FAILED;
	r = sp_filter_new(groups, &filter);
	for (size_t i = 0; i < texts.n && r == 0; i++)
		r = sp_filter_parse(filter, texts.v[i].file, texts.v[i].text, texts.v[i].len, say,
				    NULL);
	if (r < 0)
		return SP_EXIT_FAILED;
	sp_explain_list(filter, options->abi, stdout);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		sp_error("cannot write to stdout: %s", strerror(errno));
		return SP_EXIT_FAILED;
	}
	return SP_EXIT_OK;
}
