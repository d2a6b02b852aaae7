/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "sysprofile/help.h"
#include "sysprofile/log.h"
#include "sysprofile/options.h"
#include "sysprofile/output.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

/*
 * A descriptor 0, 1 or 2 that came closed would be taken by the next open(2), and the result
 * would land in it. The stand-ins are close-on-exec, so the command finds them closed as it would
 * have.
 */
static void occupy_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
			return;
}

static void set_up_log(const struct sp_options *options)
{
	bool color = options->color == SP_COLOR_ALWAYS;

	if (options->color == SP_COLOR_AUTO)
		color = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
	sp_log_set_color(color);
	if (options->quiet)
		sp_log_set_max_level(SP_LOG_ERROR);
	else if (options->verbose)
		sp_log_set_max_level(SP_LOG_DEBUG);
}

static int print(void (*printer)(FILE *f))
{
	if (sp_output_check_stdout() < 0) {
		sp_error("cannot write to stdout: it is closed");
		return SP_EXIT_FAILED;
	}
	printer(stdout);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return SP_EXIT_OK;
	sp_error("cannot write to stdout");
	return SP_EXIT_FAILED;
}

int main(int argc, char *argv[])
{
	char message[SP_OPTIONS_MESSAGE_SIZE];
	_cleanup_(sp_options_done) struct sp_options options = {};

	occupy_standard_fds();
	if (sp_options_parse(argc, argv, &options, message) < 0) {
		sp_error("%s", message);
		return options.verb == SP_VERB_RECORD ? SP_EXIT_FAILED : SP_EXIT_USAGE;
	}
	set_up_log(&options);
	switch (options.verb) {
	case SP_VERB_HELP:
		return print(sp_help_print);
	case SP_VERB_VERSION:
		return print(sp_help_print_version);
	case SP_VERB_GROUPS:
		return sp_verb_groups(&options);
	case SP_VERB_EXPLAIN:
		return sp_verb_explain(&options);
	case SP_VERB_DIFF:
		return sp_verb_diff(&options);
	case SP_VERB_VERIFY:
		return sp_verb_verify(&options);
	case SP_VERB_MERGE:
		return sp_verb_merge(&options);
	case SP_VERB_WHY:
		return sp_verb_why(&options);
	case SP_VERB_SHOW:
		return sp_verb_show(&options);
	case SP_VERB_ATTACH:
		return sp_verb_attach(&options);
	case SP_VERB_IMPORT:
		return sp_verb_import(&options);
	case SP_VERB_RECORD:
	case _SP_VERB_MAX:
		break;
	}
	return sp_verb_record(&options);
}
