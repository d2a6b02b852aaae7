/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "sysprofile/diagnose.h"
#include "sysprofile/launch.h"
#include "sysprofile/log.h"
#include "sysprofile/output.h"
#include "sysprofile/record.h"
#include "sysprofile/status.h"
#include "sysprofile/summary.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

static const char *output_remedy(int error)
{
	switch (-error) {
	case EISDIR:
		return "it is a directory; name a file in it";
	case ENOENT:
		return "its directory does not exist; make it first";
	case EINVAL:
	case ENXIO:
		return "nobody reads it; name a regular file";
	case EROFS:
		return "the file system is read-only; name a file elsewhere";
	case EACCES:
	case EPERM:
		return "not permitted; name a file elsewhere";
	default:
		return strerror(-error);
	}
}

static void output_error(const char *path, int error)
{
	if (!path)
		sp_error("cannot write the result to stdout: it is %s; use -o FILE",
			 error == -EBADF ? "closed" : strerror(-error));
	else
		sp_error("cannot write the result to %s: %s", path, output_remedy(error));
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

static char *join_command(char *const *words)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (char *const *word = words; *word; word++)
		fprintf(f, "%s%s", word == words ? "" : " ", *word);
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* Warnings as the drop-in's comments have them. */
static int collect_notes(const struct sp_recording *rec, struct sp_words *notes)
{
	int r = 0;

	for (size_t i = 0; i < sp_notices_count(rec->notices) && r == 0; i++) {
		_cleanup_(sp_freep) char *sentence =
			sp_notice_sentence(sp_notices_at(rec->notices, i));

		r = sentence ? sp_words_add(notes, sentence) : -ENOMEM;
	}
	if (r == 0 && rec->error)
		r = sp_words_add(notes, "the recording was cut short by an error");
	/* NULL ends the list. */
	if (r == 0) {
		r = sp_words_add(notes, "");
		if (r == 0)
			free(SP_TAKE(notes->v[--notes->n]));
	}
	return r;
}

/* What the text would refuse is a reason to write nothing at all. */
static int explain_refused(const struct sp_result *result, const struct sp_refused *refused, int n)
{
	const struct sp_profile_call *call = refused[0].call;
	const char *abi = call ? sp_abi_name(call->abi) : NULL;
	const char *remedy =
		result->policy.style == SP_STYLE_DENY ? "" : "; --style=deny may let it pass";
	char number[16], more[32] = "";

	if (n > 1)
		snprintf(more, sizeof(more), " (and %d more)", n - 1);
	if (!call) {
		sp_error("nothing written: %s%s", refused[0].why, remedy);
		return SP_EXIT_FAILED;
	}
	snprintf(number, sizeof(number), "%" PRIu32, call->nr);
	sp_error("nothing written: the text would refuse the observed call %s (%s)%s: %s%s",
		 call->named ? sp_call_name(call->call) : number, abi ? abi : "unknown ABI", more,
		 refused[0].why, remedy);
	return SP_EXIT_FAILED;
}

/* The last resort: what was recorded is more worth than a tidy standard error. */
static void write_to_stderr(const char *text, size_t len)
{
	sp_error("it could not be saved in $TMPDIR or /tmp either; here it is:");
	(void)fwrite(text, 1, len, stderr);
}

static int write_result(struct sp_output *output, const char *path, const char *text, size_t len)
{
	_cleanup_(sp_freep) char *rescue = NULL;
	int r = sp_output_write(output, text, len);

	if (r == 0)
		return SP_EXIT_OK;
	if (sp_output_rescue(text, len, &rescue) == 0) {
		sp_error("cannot write the result to %s: %s; it is in %s instead",
			 path ? path : "stdout", strerror(-r), rescue);
	} else {
		output_error(path, r);
		write_to_stderr(text, len);
	}
	return SP_EXIT_FAILED;
}

/* Names are what was seen; only what becomes a filter can refuse anything. */
static int check_result(const struct sp_result *result, const struct sp_options *o)
{
	struct sp_refused refused[1];
	int r;

	if (o->format == SP_FORMAT_NAMES)
		return SP_EXIT_OK;
	r = sp_result_check(result, refused, SP_ARRAY_SIZE(refused));
	if (r > 0)
		return explain_refused(result, refused, r);
	if (r < 0) {
		sp_error("cannot check the result: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	return SP_EXIT_OK;
}

static int emit_result(const struct sp_result *result, const struct sp_options *o,
		       struct sp_output *output)
{
	_cleanup_(sp_freep) char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int r = f ? sp_emit(o->format, result, f) : -ENOMEM;

	if (f && fclose(f) != 0)
		r = -ENOMEM;
	if (r < 0) {
		sp_error("cannot make the result: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	return write_result(output, o->output, text, len);
}

static int make_result(struct sp_recording *rec, const struct sp_groups *groups,
		       const struct sp_options *o, struct sp_output *output)
{
	_cleanup_(sp_result_done) struct sp_result result = {};
	_cleanup_(sp_words_done) struct sp_words notes = {};
	_cleanup_(sp_freep) char *command = join_command(o->arguments);
	char libc[64];
	struct utsname host;
	struct sp_run_facts facts = { .command = command, .duration_ns = rec->duration_ns };
	int r, checked, status;

	snprintf(libc, sizeof(libc), "glibc %s", gnu_get_libc_version());
	facts.libc = libc;
	if (uname(&host) == 0)
		facts.kernel = host.release;
	r = collect_notes(rec, &notes);
	facts.notes = (const char *const *)notes.v;
	if (r == 0)
		r = sp_result_make(rec->profile, groups, &o->policy, &facts, &result);
	if (r < 0) {
		sp_error("cannot make the result: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	checked = check_result(&result, o);
	status = checked == SP_EXIT_OK ? emit_result(&result, o, output) : checked;
	if (o->verbose)
		sp_summary_print_calls(rec);
	/* What a text that nobody gets would win is not worth a word. */
	sp_summary_print(rec, checked == SP_EXIT_OK ? &result : NULL);
	return status;
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
	if (rec.error)
		sp_error("tracing broke off (%s); the result holds what was seen until then",
			 strerror(-rec.error));
	r = make_result(&rec, groups, o, output);
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
		output_error(o.output, r);
		r = SP_EXIT_FAILED;
	} else {
		r = record_command(&o, groups, o.run_as ? &identity : NULL, output);
	}
	free(identity.groups);
	return r;
}
