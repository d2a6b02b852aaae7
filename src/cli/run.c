/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

#include "sysprofile/diagnose.h"
#include "sysprofile/log.h"
#include "sysprofile/procfs.h"
#include "sysprofile/status.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

#include "run-private.h"

int sp_run_identity(const struct sp_options *o, struct sp_identity *ret)
{
	int r;

	if (!o->run_as)
		return 0;
	r = sp_identity_of_user(o->run_as, ret);
	if (r == -ESRCH)
		sp_error("--run-as=%s: there is no such user", o->run_as);
	else if (r < 0)
		sp_error("--run-as=%s: %s", o->run_as, strerror(-r));
	return r;
}

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

int sp_run_explain(const struct sp_options *o, const struct sp_launch_error *error)
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
	case SP_LAUNCH_FILTER:
		sp_error("cannot load the filter for %s: %s", command, strerror(error->error));
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
	/* The command that is started next wants them. */
	if (o->warming_up)
		return;
	replace_by_null(STDIN_FILENO);
	if (o->output || (o->drop_in && !o->dry_run))
		replace_by_null(STDOUT_FILENO);
}

int sp_run_choose_wait(enum sp_wait_choice *ret)
{
	const char *name = getenv("SYSPROFILE_WAIT");

	if (!name || !*name || sp_wait_choice_parse(name, ret) == 0)
		return 0;
	sp_error("SYSPROFILE_WAIT=%s: it is adaptive, block, spin or co-locate", name);
	return -EINVAL;
}

void sp_run_say_waiting(struct sp_tracer *tracer)
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

/* Whether what passes unseen would tell when the command begins to serve. */
static bool hides_phases(const struct sp_prefilter_pass *pass)
{
	sp_call call;

	sp_sysset_foreach (assumed, &pass->assumed)
		if (sp_record_waits((sp_call)assumed))
			return true;
	for (size_t i = 0; i < pass->n_known; i++)
		if (sp_call_from_number(pass->known[i].abi, pass->known[i].nr, &call) == 0 &&
		    sp_record_waits(call))
			return true;
	return false;
}

void sp_run_describe(struct sp_recording *rec, const struct sp_tracer *tracer, pid_t root,
		     const struct sp_prefilter_pass *pass)
{
	char path[64], exe[PATH_MAX];
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	rec->start_usec = now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
	rec->engine = sp_tracer_name(tracer);
	rec->lets_pass = sp_tracer_lets_pass(tracer);
	rec->knows_phases = !rec->lets_pass || !hides_phases(pass);
	if (sp_proc_exe(root, exe, sizeof(exe)) == 0)
		rec->exe = strdup(exe);
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)root);
	if (sp_build_id(path, rec->build_id) < 0)
		rec->build_id[0] = 0;
}

int sp_run(const struct sp_options *o, const struct sp_launch_request *launch,
	   const struct sp_observer *observer, struct sp_recording *rec,
	   struct sp_tracer **ret_broken, struct sp_launch_error *error)
{
	_cleanup_(sp_tracer_freep) struct sp_tracer *tracer = NULL;
	_cleanup_(sp_control_freep) struct sp_control *control = NULL;
	_cleanup_(sp_status_freep) struct sp_status *status = NULL;
	struct sp_launch_request request = *launch;
	pid_t root;
	int r;

	r = sp_run_choose_wait(&request.wait);
	if (r < 0)
		return r;
	r = sp_recording_init(rec);
	if (r < 0) {
		sp_error("cannot start: %s", strerror(-r));
		return r;
	}
	rec->wants_names = o->profile || (o->verb == SP_VERB_RECORD && o->format == SP_FORMAT_JSON);
	if (sp_launch(&request, &tracer, &root, error) < 0)
		return -ECANCELED;
	sp_debug("tracing with %s", sp_tracer_name(tracer));
	/* It is stopped behind its exec, so what /proc says of it is the program. */
	sp_run_describe(rec, tracer, root, &launch->pass);
	release_standard_fds(o);
	r = sp_control_new(
		&(struct sp_control_terms){
			.root = root,
			.duration_ns = o->duration_ns,
			.quiet_ns = o->quiet_for_ns,
			.stop_timeout_ns = o->stop_timeout_ns,
		},
		&control);
	if (r == 0 && !o->no_progress && !o->quiet)
		r = sp_status_new(&status);
	if (r < 0) {
		sp_error("cannot start: %s", strerror(-r));
		return r;
	}
	sp_record(rec, tracer, control, root, status, observer);
	sp_run_say_waiting(tracer);
	*ret_broken = rec->error ? SP_TAKE(tracer) : NULL;
	/* With control and tracer end the ticks and the idle priority, for what is to be written.
	 */
	return 0;
}
