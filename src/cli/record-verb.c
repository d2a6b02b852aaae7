/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "sysprofile/deliver.h"
#include "sysprofile/install.h"
#include "sysprofile/launch.h"
#include "sysprofile/log.h"
#include "sysprofile/output.h"
#include "sysprofile/record.h"
#include "sysprofile/run.h"
#include "sysprofile/timespan.h"
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

static void tick(const struct sp_recording *rec, void *userdata)
{
	sp_keeper_tick(userdata, rec);
}

/* Not a status: the warm-up is over, and the command is started again. */
enum { GO_ON = -1 };

/* Whoever asked for the end meant all of it, and a command that ends by itself has had its run. */
static bool go_on(const struct sp_options *o, const struct sp_recording *rec)
{
	if (!o->warming_up || rec->error)
		return false;
	if (!rec->was_asked) {
		sp_info("the command ended during the warm-up, and is not started again");
		return false;
	}
	return sp_streq(rec->reason, "--duration");
}

static int record_command(const struct sp_options *o, const struct sp_groups *groups,
			  const struct sp_identity *identity, struct sp_keeper *keeper,
			  struct sp_output *output)
{
	_cleanup_(sp_recording_done) struct sp_recording rec = {};
	struct sp_launch_request launch = {
		.argv = o->arguments,
		.identity = identity,
		.no_seccomp = o->no_seccomp,
		.pass = { .assumed = o->policy.assumed },
	};
	const struct sp_observer observer = { NULL, keeper, tick };
	_cleanup_(sp_tracer_freep) struct sp_tracer *broken = NULL;
	struct sp_launch_error error;
	int r, kept;

	sp_keeper_pass(keeper, &launch.pass);
	r = sp_run(o, &launch, &observer, &rec, &broken, &error);
	if (r == -ECANCELED)
		return sp_run_explain(o, &error);
	if (r < 0)
		return SP_EXIT_FAILED;
	if (rec.error)
		sp_error("tracing broke off (%s); the result holds what was seen until then",
			 strerror(-rec.error));
	kept = sp_keeper_finish(keeper, &rec);
	if (kept == SP_EXIT_OK && go_on(o, &rec))
		return GO_ON;
	r = sp_deliver(&rec, groups, o, keeper, output);
	if (kept == SP_EXIT_OK)
		sp_keeper_say(keeper, &rec);
	if (r != SP_EXIT_OK || kept != SP_EXIT_OK || rec.error)
		return SP_EXIT_FAILED;
	return rec.was_asked ? SP_EXIT_OK : pass_status_on(rec.root_status);
}

static int record_once(const struct sp_options *o, const struct sp_groups *groups,
		       const struct sp_identity *identity, struct sp_output *output)
{
	_cleanup_(sp_keeper_freep) struct sp_keeper *keeper = NULL;

	if (sp_keeper_new(o, groups, &keeper) < 0)
		return SP_EXIT_FAILED;
	return record_command(o, groups, identity, keeper, output);
}

static int warm_up(const struct sp_options *o, const struct sp_groups *groups,
		   const struct sp_identity *identity, struct sp_output *output)
{
	char time[SP_TIMESPAN_SIZE];
	struct sp_options first = *o;
	int r;

	first.warming_up = true;
	first.duration_ns = o->warm_up_ns;
	r = record_once(&first, groups, identity, output);
	if (r == GO_ON) {
		sp_control_restore_signals();
		sp_info("the warm-up of %s is over; the command is started again",
			sp_format_timespan(o->warm_up_ns, time, sizeof(time)));
	}
	return r;
}

int sp_verb_record(const struct sp_options *given)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	_cleanup_(sp_output_freep) struct sp_output *output = NULL;
	_cleanup_(sp_install_freep) struct sp_install *install = NULL;
	struct sp_options o = *given;
	struct sp_identity identity = {};
	int r;

	if (sp_choose_groups(&o, &groups) < 0)
		return SP_EXIT_FAILED;
	if (sp_prepare_policy(&o, groups, &o.policy) < 0)
		return SP_EXIT_FAILED;
	if (sp_run_identity(&o, &identity) < 0)
		return SP_EXIT_FAILED;
	r = sp_install_new(&o, groups, &install);
	o.install = install;
	if (r == SP_EXIT_OK && sp_deliver_open(&o, &output) < 0)
		r = SP_EXIT_FAILED;
	if (r == SP_EXIT_OK) {
		const struct sp_identity *user = o.run_as ? &identity : NULL;

		r = o.warm_up_ns >= 0 ? warm_up(&o, groups, user, output) : GO_ON;
		if (r == GO_ON)
			r = record_once(&o, groups, user, output);
	}
	free(identity.groups);
	return r;
}
