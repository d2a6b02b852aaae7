/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>

#include "sysprofile/deliver.h"
#include "sysprofile/directives.h"
#include "sysprofile/enforce.h"
#include "sysprofile/log.h"
#include "sysprofile/procfs.h"
#include "sysprofile/run.h"
#include "sysprofile/source.h"
#include "sysprofile/summary.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"
#include "sysprofile/verification.h"

#include "verify-private.h"

/* Of a file that is none of systemd's, the first few are enough. */
enum { MESSAGES_MAX = 5 };

/* What the run under a filter needs, from the files to the report. */
struct verify {
	const struct sp_options *o;
	struct sp_source source;
	struct sp_groups *groups;	   /* owned */
	struct sp_filter *filter;	   /* owned */
	struct sp_directives *directives;  /* owned */
	struct sp_enforcement enforcement; /* owned; empty without --enforce */
	struct sp_refusals *refusals;	   /* owned; from the first event on */
	const struct sp_recording *rec;	   /* while it runs */
	pid_t root;
	bool said_privileges, own_filters;
	size_t messages;
};

static void verify_done(struct verify *v)
{
	(void)sp_refusals_free(v->refusals);
	sp_enforcement_done(&v->enforcement);
	(void)sp_directives_free(v->directives);
	(void)sp_filter_free(v->filter);
	(void)sp_groups_free(v->groups);
	sp_source_done(&v->source);
}

/* The filter. */

static void pass_message(const struct sp_filter_message *message, void *userdata)
{
	struct verify *v = userdata;

	if (v->messages++ < MESSAGES_MAX)
		sp_warning("%s:%u: %s", message->file, message->line, message->text);
}

static int parse_text(struct verify *v, const struct sp_unit_text *text)
{
	int r;

	v->messages = 0;
	r = sp_filter_parse(v->filter, text->file, text->text, text->len, pass_message, v);
	if (r == 0)
		r = sp_directives_parse(v->directives, text->file, text->text, text->len,
					pass_message, v);
	if (v->messages > MESSAGES_MAX)
		sp_warning("%s: %zu more such lines", text->file, v->messages - MESSAGES_MAX);
	if (r == -EBADMSG) {
		sp_error("systemd %s refuses to load %s", sp_groups_label(v->groups), text->file);
		return SP_EXIT_NO;
	}
	if (r < 0) {
		sp_error("cannot read %s: %s", text->file, strerror(-r));
		return SP_EXIT_FAILED;
	}
	return SP_EXIT_OK;
}

static int read_filter(struct verify *v)
{
	int r = sp_source_read(v->o, v->o->files, v->o->n_files, &v->source);

	if (r != SP_EXIT_OK)
		return r;
	r = sp_filter_new(v->groups, &v->filter);
	if (r == 0)
		r = sp_directives_new(v->groups, &v->directives);
	if (r < 0) {
		sp_error("cannot make a filter: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	for (size_t i = 0; i < v->source.unit.texts.n; i++) {
		r = parse_text(v, &v->source.unit.texts.v[i]);
		if (r != SP_EXIT_OK)
			return r;
	}
	return SP_EXIT_OK;
}

/* What the programs do is what the kernel will do; without any it allows all. */
static int compile(struct verify *v)
{
	int r = sp_enforcement_compile(v->filter, v->directives, &v->enforcement);

	if (r == 0) {
		if (v->enforcement.n == 0)
			sp_info("%s refuses no call whatever its arguments are: it has no "
				"SystemCallFilter= in effect",
				v->source.word);
		if (!v->o->enforce)
			sp_enforcement_done(&v->enforcement);
		return SP_EXIT_OK;
	}
	if (r == -ENOMEM) {
		sp_error("cannot compile the filter: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	sp_error("libseccomp %s cannot hold this filter (%s), so systemd would not start the "
		 "service",
		 sp_libseccomp_version(), strerror(-r));
	return SP_EXIT_NO;
}

/* The run. */

static const char *exe_of(pid_t tid, void *userdata)
{
	struct verify *v = userdata;

	return sp_profile_exe_of(v->rec->profile, tid);
}

static pid_t process_of(pid_t tid, void *userdata)
{
	long pid;

	(void)userdata;
	return sp_proc_status("/proc", tid, "Tgid", &pid) == 0 ? (pid_t)pid : tid;
}

static void comm_of(pid_t tid, char *comm, void *userdata)
{
	(void)userdata;
	if (sp_proc_comm(tid, comm, SP_COMM_SIZE) < 0)
		*comm = 0;
}

static int begin(struct verify *v, pid_t root)
{
	const struct sp_refusals_ask ask = {
		.exe = exe_of,
		.process = process_of,
		.comm = comm_of,
		.userdata = v,
	};

	v->root = root;
	return sp_refusals_new(v->filter, v->directives, root, &ask, &v->refusals);
}

/* The command is stopped behind its exec. */
static void say_privileges(struct verify *v)
{
	long before = 0, now = 0;

	v->said_privileges = true;
	if (v->enforcement.n == 0 || sp_proc_status("/proc", 0, "NoNewPrivs", &before) < 0 ||
	    sp_proc_status("/proc", v->root, "NoNewPrivs", &now) < 0 || now == before)
		return;
	sp_warning("the filter could only be loaded with NoNewPrivileges=yes, as systemd does for "
		   "a service without CAP_SYS_ADMIN: setuid programs gain nothing");
}

static int observe(const struct sp_event *event, const struct sp_recording *rec, void *userdata)
{
	struct verify *v = userdata;
	enum sp_notice_kind kind;
	int r;

	v->rec = rec;
	if (!v->refusals) {
		r = begin(v, event->tid);
		if (r < 0)
			return r;
	}
	if (event->kind == SP_EVENT_EXEC && !v->said_privileges)
		say_privileges(v);
	if (event->kind == SP_EVENT_SYSCALL && v->enforcement.n > 0) {
		kind = sp_notices_classify(rec->notices, event);
		v->own_filters =
			v->own_filters || kind == SP_NOTICE_OWN_SECCOMP || kind == SP_NOTICE_STRICT;
	}
	return sp_refusals_observe(v->refusals, event, v->own_filters);
}

/*
 * systemd 255 and later load the filter of a service with User= without NoNewPrivileges=, unless
 * it refuses what that takes.
 */
static bool keeps_admin(const struct verify *v)
{
	static const char *const names[] = { "capget", "capset", "prctl" };
	sp_abi native = sp_abi_native();

	if (!v->o->run_as || sp_groups_major(v->groups) < 255)
		return false;
	for (size_t i = 0; i < SP_ARRAY_SIZE(names); i++) {
		struct sp_verdict verdict;
		sp_call call;
		uint32_t nr;

		if (sp_call_lookup(names[i], strlen(names[i]), &call) < 0 ||
		    sp_call_number(call, native, &nr) < 0)
			return false;
		sp_filter_verdict(v->filter, native, nr, &verdict);
		if (sp_verdict_refuses(&verdict))
			return false;
	}
	return true;
}

/* Whether it was the filter that kept the command from its first instruction. */
static bool is_refused_start(const struct verify *v, const struct sp_launch_error *error,
			     const struct sp_verification *report)
{
	const struct sp_verdict *verdict = &report->needs[0].verdict;

	if (v->enforcement.n == 0 || report->n_needs == 0 ||
	    !sp_streq(report->needs[0].name, "execve"))
		return false;
	if (error->step == SP_LAUNCH_EXEC)
		return verdict->action == SP_ACTION_ERRNO && verdict->err == error->error;
	return error->step == SP_LAUNCH_KILLED && error->error == SIGSYS;
}

static int refused_start(struct verify *v, struct sp_verification *report, struct sp_output *output)
{
	bool killed = report->needs[0].verdict.action != SP_ACTION_ERRNO;
	int r = v->refusals ? 0 : begin(v, 0);

	if (r < 0) {
		sp_error("cannot make the report: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	report->refusals = v->refusals;
	r = sp_verify_write(v->o, report, output);
	sp_info("%s cannot start under this filter, since execve is refused; of a service systemd "
		"would say %s",
		v->o->arguments[0], killed ? "code=killed, status=31/SYS" : "status=203/EXEC");
	return r == SP_EXIT_OK ? SP_EXIT_NO : r;
}

static int run(struct verify *v, const struct sp_identity *identity, struct sp_output *output)
{
	_cleanup_(sp_recording_done) struct sp_recording rec = {};
	_cleanup_(sp_tracer_freep) struct sp_tracer *broken = NULL;
	const struct sp_observer observer = { observe, v };
	struct sp_launch_request launch = {
		.argv = v->o->arguments,
		.identity = v->o->run_as ? identity : NULL,
		.no_seccomp = v->o->no_seccomp,
		.programs = v->enforcement.programs,
		.n_programs = v->enforcement.n,
		.keeps_admin = keeps_admin(v),
	};
	struct sp_verification report = {
		.release = sp_groups_label(v->groups),
		.major = sp_groups_major(v->groups),
		.enforced = v->o->enforce,
		.status = -1,
	};
	struct sp_launch_error error;
	int r, differences;

	report.n_needs = sp_needs_refused(v->filter, report.needs);
	r = sp_run(v->o, &launch, &observer, &rec, &broken, &error);
	if (r == -ECANCELED)
		return is_refused_start(v, &error, &report) ? refused_start(v, &report, output)
							    : sp_run_explain(v->o, &error);
	if (r < 0 || (!v->refusals && begin(v, 0) < 0))
		return SP_EXIT_FAILED;
	if (rec.error)
		sp_error("tracing broke off (%s); the report holds what was seen until then",
			 strerror(-rec.error));
	report.refusals = v->refusals;
	report.started = true;
	report.status = rec.root_status;
	r = sp_verify_write(v->o, &report, output);
	if (v->o->verbose)
		sp_summary_print_calls(&rec);
	sp_summary_print_run(&rec);
	sp_verify_say_outcome(&rec, &report);
	sp_verify_say_arguments(rec.profile, v->directives, v->filter);
	differences = sp_verify_say_differences(v->refusals);
	if (r != SP_EXIT_OK || rec.error || differences != SP_EXIT_OK)
		return SP_EXIT_FAILED;
	return sp_verification_holds(&report) ? SP_EXIT_OK : SP_EXIT_NO;
}

int sp_verb_verify(const struct sp_options *options)
{
	_cleanup_(verify_done) struct verify v = {
		.o = options,
		/* A container's, say, lies below what the command will have. */
		.own_filters = prctl(PR_GET_SECCOMP) != 0,
	};
	_cleanup_(sp_output_freep) struct sp_output *output = NULL;
	struct sp_identity identity = {};
	int r = sp_choose_groups(options, &v.groups);

	if (r < 0)
		return r == -EINVAL || r == -ERANGE ? SP_EXIT_USAGE : SP_EXIT_FAILED;
	r = read_filter(&v);
	if (r == SP_EXIT_OK)
		r = compile(&v);
	if (r != SP_EXIT_OK)
		return r;
	if (options->inputs.n == 0 && sp_run_identity(options, &identity) < 0)
		return SP_EXIT_FAILED;
	r = sp_output_open(options->output, &output);
	if (r < 0) {
		sp_deliver_explain_output(options->output, r);
		r = SP_EXIT_FAILED;
	} else if (options->inputs.n > 0) {
		r = sp_verify_recorded(options, v.groups, v.filter, v.directives, output);
	} else {
		r = run(&v, &identity, output);
	}
	free(identity.groups);
	return r;
}
