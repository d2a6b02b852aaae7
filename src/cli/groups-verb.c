/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>

#include "sysprofile/host.h"
#include "sysprofile/log.h"
#include "sysprofile/output.h"
#include "sysprofile/units.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

static int from_table(const char *release, struct sp_groups **ret)
{
	int r = sp_groups_new_release(release, ret);

	if (r == -EINVAL)
		sp_error("--systemd=%s is not a release; write for example 252, 252.39 or rhel8",
			 release);
	else if (r == -ERANGE)
		sp_error("--systemd=%s is not in the table, which knows 231 to %s", release,
			 sp_groups_newest());
	else if (r < 0)
		sp_error("cannot load the groups of systemd %s: %s", release, strerror(-r));
	return r;
}

/* 1: the root holds a systemd that the table knows. */
static int from_root(const char *root, struct sp_groups **ret)
{
	_cleanup_(sp_freep) char *release = NULL;
	int r = sp_root_release(root, &release);

	if (r == 0)
		r = sp_groups_new_release(release, ret);
	if (r == 0)
		return 1;
	if (r == -ENOMEM) {
		sp_error("cannot load the groups of systemd: %s", strerror(-r));
		return r;
	}
	sp_warning("no systemd of a known release below %s; taking this host's, --systemd= asks "
		   "for another",
		   root);
	return 0;
}

int sp_choose_groups(const struct sp_options *options, struct sp_groups **ret)
{
	int r;

	if (options->release)
		return from_table(options->release, ret);
	r = options->root ? from_root(options->root, ret) : 0;
	if (r != 0)
		return r < 0 ? r : 0;
	r = sp_host_groups(ret);
	if (r == 0)
		return 0;
	if (r == -ENOMEM) {
		sp_error("cannot load the groups of this host: %s", strerror(-r));
		return r;
	}
	/* Without systemd the newest table is the plain answer; a broken one is worth a word. */
	if (r != -ENOENT)
		sp_warning("cannot use systemd-analyze for the groups of this host (%s); taking "
			   "those of systemd %s, --systemd= asks for others",
			   strerror(-r), sp_groups_newest());
	else
		sp_debug("no systemd-analyze here; taking the groups of systemd %s",
			 sp_groups_newest());
	return from_table(sp_groups_newest(), ret);
}

static void print_group(const struct sp_group *group)
{
	puts(group->name);
	for (size_t i = 0; i < group->n_members; i++)
		printf("    %s\n", group->members[i]);
}

/* The "@" may be left out: some shells and people do. */
static const struct sp_group *find_group(const struct sp_groups *groups, const char *word)
{
	_cleanup_(sp_freep) char *name = NULL;

	if (*word == '@')
		return sp_groups_find(groups, word);
	if (asprintf(&name, "@%s", word) < 0) {
		name = NULL;
		return NULL;
	}
	return sp_groups_find(groups, name);
}

static int check_words(const struct sp_groups *groups, char *const *words)
{
	for (; *words; words++)
		if (!find_group(groups, *words)) {
			sp_error("systemd %s has no group %s; `sysprofile groups` lists all",
				 sp_groups_label(groups), *words);
			return SP_EXIT_USAGE;
		}
	return SP_EXIT_OK;
}

int sp_verb_groups(const struct sp_options *options)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	int r;

	if (sp_output_check_stdout() < 0) {
		sp_error("cannot write the groups to stdout: it is closed");
		return SP_EXIT_FAILED;
	}
	r = sp_choose_groups(options, &groups);
	if (r < 0)
		return r == -EINVAL || r == -ERANGE ? SP_EXIT_USAGE : SP_EXIT_FAILED;
	r = check_words(groups, options->arguments);
	if (r != SP_EXIT_OK)
		return r;
	sp_debug("groups of systemd %s", sp_groups_label(groups));
	if (*options->arguments)
		for (char *const *word = options->arguments; *word; word++) {
			if (word != options->arguments)
				putchar('\n');
			print_group(find_group(groups, *word));
		}
	else
		for (size_t i = 0; i < sp_groups_count(groups); i++) {
			if (i)
				putchar('\n');
			print_group(sp_groups_at(groups, i));
		}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		sp_error("cannot write the groups to stdout: %s", strerror(errno));
		return SP_EXIT_FAILED;
	}
	return SP_EXIT_OK;
}
