/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "sysprofile/deliver.h"
#include "sysprofile/launch.h"
#include "sysprofile/log.h"
#include "sysprofile/output.h"
#include "sysprofile/record.h"
#include "sysprofile/run.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

/*
 * As strace and shells do: whoever waits for sysprofile sees the command's own end. A core of
 * sysprofile would only be in the way of the command's.
 */
static int pass_status_on(int status)
{
	sigset_t mask;
	int sig;

	if (status == -1)
		return SP_EXIT_OK;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	sig = WTERMSIG(status);
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	(void)signal(sig, SIG_DFL);
	sigemptyset(&mask);
	sigaddset(&mask, sig);
	(void)sigprocmask(SIG_UNBLOCK, &mask, NULL);
	(void)raise(sig);
	return 128 + sig;
}

/* "read,write @file-system": words between commas or blanks. */
static int parse_assumed(const char *list, const struct sp_groups *groups, struct sp_sysset *ret)
{
	static const char separators[] = ", \t\n";

	for (const char *p = list + strspn(list, separators); *p; p += strspn(p, separators)) {
		size_t len = strcspn(p, separators);
		_cleanup_(sp_freep) char *word = strndup(p, len);
		const struct sp_group *group;
		sp_call call;

		if (!word)
			return -ENOMEM;
		group = *word == '@' ? sp_groups_find(groups, word) : NULL;
		if (group) {
			sp_sysset_unite(ret, &group->set);
		} else if (sp_call_intern(word, len, &call) == 0 && sp_call_is_known(call)) {
			sp_sysset_add(ret, call);
		} else {
			sp_error("--assume: %s is neither a system call that libseccomp %s knows "
				 "nor "
				 "a group of systemd %s; `sysprofile groups` lists those",
				 word, sp_libseccomp_version(), sp_groups_label(groups));
			return -EINVAL;
		}
		p += len;
	}
	return 0;
}

static int record_command(const struct sp_options *o, const struct sp_groups *groups,
			  const struct sp_identity *identity, struct sp_output *output)
{
	_cleanup_(sp_recording_done) struct sp_recording rec = {};
	struct sp_launch_request launch = {
		.argv = o->arguments,
		.identity = identity,
		.no_seccomp = o->no_seccomp,
		.assumed = o->policy.assumed,
	};
	_cleanup_(sp_tracer_freep) struct sp_tracer *broken = NULL;
	struct sp_launch_error error;
	int r = sp_run(o, &launch, NULL, &rec, &broken, &error);

	if (r == -ECANCELED)
		return sp_run_explain(o, &error);
	if (r < 0)
		return SP_EXIT_FAILED;
	if (rec.error)
		sp_error("tracing broke off (%s); the result holds what was seen until then",
			 strerror(-rec.error));
	r = sp_deliver(&rec, groups, o, output);
	if (r != SP_EXIT_OK || rec.error)
		return SP_EXIT_FAILED;
	return rec.was_asked ? SP_EXIT_OK : pass_status_on(rec.root_status);
}

int sp_verb_record(const struct sp_options *given)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	_cleanup_(sp_output_freep) struct sp_output *output = NULL;
	struct sp_options o = *given;
	struct sp_identity identity = {};
	int r;

	if (sp_choose_groups(&o, &groups) < 0)
		return SP_EXIT_FAILED;
	if (o.policy.refusal == SP_REFUSAL_LOG && sp_groups_major(groups) < 247) {
		sp_error("--action=log needs SystemCallLog=, which systemd %s does not have (v247 "
			 "and later do); use --action=EPERM or kill",
			 sp_groups_label(groups));
		return SP_EXIT_FAILED;
	}
	if (o.assume && parse_assumed(o.assume, groups, &o.policy.assumed) < 0)
		return SP_EXIT_FAILED;
	if (sp_run_identity(&o, &identity) < 0)
		return SP_EXIT_FAILED;
	r = sp_output_open(o.output, &output);
	if (r < 0) {
		sp_deliver_explain_output(o.output, r);
		r = SP_EXIT_FAILED;
	} else {
		r = record_command(&o, groups, o.run_as ? &identity : NULL, output);
	}
	free(identity.groups);
	return r;
}
