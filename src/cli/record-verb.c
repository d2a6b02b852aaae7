/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "sysprofile/deliver.h"
#include "sysprofile/diagnose.h"
#include "sysprofile/launch.h"
#include "sysprofile/log.h"
#include "sysprofile/output.h"
#include "sysprofile/record.h"
#include "sysprofile/status.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

static const char *launch_remedy(int error, const char *command)
{
	switch (error) {
	case ENOENT:
		if (!strchr(command, '/'))
			return "not found in $PATH";
		return access(command, F_OK) == 0
			       ? "it is there, but the interpreter or loader that it names is not"
			       : "no such file";
	case EACCES:
		return "not permitted: is it executable, and are its directories and file system?";
	case ENOEXEC:
		return "the kernel cannot run this kind of file; is it a script without a #! line, "
		       "or "
		       "for another machine?";
	default:
		return strerror(error);
	}
}

static int explain_launch(const struct sp_launch_error *error, const struct sp_options *o)
{
	const char *command = o->arguments[0];
	struct sp_trace_facts facts;
	char reason[512];

	switch (error->step) {
	case SP_LAUNCH_SEIZE:
		sp_diagnose_gather("/proc", &facts);
		sp_error("cannot trace %s: %s", command,
			 sp_diagnose_seize(&facts, error->error, reason, sizeof(reason)));
		return SP_EXIT_FAILED;
	case SP_LAUNCH_IDENTITY:
		sp_error("cannot run %s as %s: %s; that needs root", command, o->run_as,
			 strerror(error->error));
		return SP_EXIT_FAILED;
	case SP_LAUNCH_EXEC:
		sp_error("cannot run %s: %s", command, launch_remedy(error->error, command));
		return error->error == ENOENT ? SP_EXIT_NOT_FOUND : SP_EXIT_CANNOT_RUN;
	case SP_LAUNCH_KILLED:
		sp_error("cannot run %s: it was killed by signal %d before it began", command,
			 error->error);
		return SP_EXIT_FAILED;
	case SP_LAUNCH_PREPARE:
	case _SP_LAUNCH_MAX:
		break;
	}
	sp_error("cannot start %s: %s", command,
		 error->error == EIO ? "this kernel lacks PTRACE_GET_SYSCALL_INFO; Linux 5.3 or "
				       "later is needed"
				     : strerror(error->error));
	return SP_EXIT_FAILED;
}

static void replace_by_null(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null > STDERR_FILENO) {
		(void)dup2(null, fd);
		(void)close(null);
	}
}

/*
 * The command has its own descriptors by now. A copy of stdin here would keep a pipe's writer
 * from its SIGPIPE after the command is done with it, and one of stdout its reader from the end
 * of file; that one is needed only where the result goes there.
 */
static void release_standard_fds(const struct sp_options *o)
{
	replace_by_null(STDIN_FILENO);
	if (o->output)
		replace_by_null(STDOUT_FILENO);
}

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

/* For measuring: SYSPROFILE_WAIT=block and so on takes one way of waiting alone. */
static int choose_wait(enum sp_wait_choice *ret)
{
	const char *name = getenv("SYSPROFILE_WAIT");

	if (!name || !*name || sp_wait_choice_parse(name, ret) == 0)
		return 0;
	sp_error("SYSPROFILE_WAIT=%s: it is adaptive, block, spin or co-locate", name);
	return -EINVAL;
}

static void say_waiting(struct sp_tracer *tracer)
{
	struct sp_waiter_stats stats;

	if (!sp_tracer_waiting(tracer, &stats))
		return;
	for (int way = 0; way < _SP_WAIT_MAX; way++)
		sp_debug("waiting: %-9s %" PRIu64 " stops in %.2f s, entered %u times",
			 sp_wait_way_name((enum sp_wait_way)way), stats.stops[way],
			 (double)stats.ns[way] / (double)SP_NSEC_PER_SEC, stats.entered[way]);
	sp_debug("waiting: the ways were compared %u times", stats.trials);
}

static int record_command(const struct sp_options *o, const struct sp_groups *groups,
			  const struct sp_identity *identity, struct sp_output *output)
{
	_cleanup_(sp_recording_done) struct sp_recording rec = {};
	_cleanup_(sp_tracer_freep) struct sp_tracer *tracer = NULL;
	_cleanup_(sp_control_freep) struct sp_control *control = NULL;
	_cleanup_(sp_status_freep) struct sp_status *status = NULL;
	struct sp_launch_request launch = {
		.argv = o->arguments,
		.identity = identity,
		.no_seccomp = o->no_seccomp,
		.assumed = o->policy.assumed,
	};
	struct sp_launch_error error;
	pid_t root;
	int r;

	if (choose_wait(&launch.wait) < 0)
		return SP_EXIT_FAILED;
	r = sp_recording_init(&rec);
	if (r < 0) {
		sp_error("cannot start: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	if (sp_launch(&launch, &tracer, &root, &error) < 0)
		return explain_launch(&error, o);
	sp_debug("tracing with %s", sp_tracer_name(tracer));
	release_standard_fds(o);
	r = sp_control_new(root, o->duration_ns, o->stop_timeout_ns, &control);
	if (r == 0 && !o->no_progress && !o->quiet)
		r = sp_status_new(&status);
	if (r < 0) {
		sp_error("cannot start: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	sp_record(&rec, tracer, control, root, status);
	status = sp_status_free(status);
	say_waiting(tracer);
	/* No tick may interrupt the writing, nor the tracer's idle priority delay it. */
	control = sp_control_free(control);
	if (!rec.error)
		tracer = sp_tracer_free(tracer);
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
	if (o.run_as && sp_identity_of_user(o.run_as, &identity) < 0) {
		sp_error("--run-as=%s: there is no such user", o.run_as);
		return SP_EXIT_FAILED;
	}
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
