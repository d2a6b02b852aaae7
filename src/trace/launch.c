/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "launch-private.h"
#include "sysprofile/ptrace.h"
#include "sysprofile/stop.h"
#include "sysprofile/util.h"

/* Both ends are close-on-exec, so the command inherits neither. */
struct pipe_ends {
	int read, write;
};

static void pipe_done(const struct pipe_ends *p)
{
	sp_closep(&p->read);
	sp_closep(&p->write);
}

static int pipe_init(struct pipe_ends *ret)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ret = (struct pipe_ends){ fds[0], fds[1] };
	return 0;
}

/*
 * Lets the seized child run to its exec. No system call of it stops meanwhile, so none of this
 * preamble gets into a profile. Signals reach it as they would untraced.
 */
static int run_to_exec(pid_t pid, int *ret_status)
{
	for (;;) {
		int sig;

		if (waitpid(pid, ret_status, __WALL) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		switch (sp_stop_classify(*ret_status, &sig)) {
		case SP_STOP_EXEC:
			return 1;
		case SP_STOP_EXITED:
			return 0;
		case SP_STOP_GROUP:
			(void)ptrace(PTRACE_LISTEN, pid, 0, 0);
			break;
		case SP_STOP_SYSCALL:
		case SP_STOP_SECCOMP:
		case SP_STOP_CHILD:
		case SP_STOP_TRAP:
		case SP_STOP_SIGNAL:
		case SP_STOP_OTHER:
		case _SP_STOP_MAX:
			(void)ptrace(PTRACE_CONT, pid, 0, (unsigned long)sig);
			break;
		}
	}
}

static int fail(struct sp_launch_error *error, enum sp_launch_step step, int number)
{
	*error = (struct sp_launch_error){ .step = step, .error = number };
	return -1;
}

/* The child died before its exec: by a signal, or after it wrote why it could not. */
static int explain_death(int status, const struct sp_child_report *said,
			 struct sp_launch_error *error)
{
	if (said->failed) {
		*error = said->error;
		return -1;
	}
	return fail(error, SP_LAUNCH_KILLED, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void kill_child(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
}

static void unmap_report(struct sp_child_report **said)
{
	if (*said != MAP_FAILED)
		(void)munmap(*said, sizeof(**said));
}

/*
 * A filter that is there already, a container's say, goes before ours: what it refuses would never
 * reach the tracer. The plain engine sees a call before any filter does.
 */
static int prepare_filter(const struct sp_launch_request *launch, struct sp_prefilter *ret)
{
	if (launch->no_seccomp || launch->n_programs > 0 || prctl(PR_GET_SECCOMP) != 0)
		return 0;
	return sp_prefilter_build(&launch->pass, ret);
}

static int seize_and_release(pid_t pid, int go)
{
	/*
	 * SEIZE sets the options at once and sends no SIGSTOP. The child waits for the byte, so it
	 * cannot exec before it is traced.
	 */
	if (ptrace(PTRACE_SEIZE, pid, 0, sp_ptrace_launch_options()) < 0)
		return -errno;
	return write(go, "", 1) == 1 ? 0 : -EPIPE;
}

/* A shell that becomes sysprofile by exec leaves it its jobs. */
static bool has_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

int sp_launch(const struct sp_launch_request *launch, struct sp_tracer **ret, pid_t *ret_pid,
	      struct sp_launch_error *error)
{
	_cleanup_(pipe_done) struct pipe_ends go = { -1, -1 };
	_cleanup_(sp_prefilter_done) struct sp_prefilter filter = {};
	_cleanup_(unmap_report) struct sp_child_report *said = mmap(
		NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool has_others = has_children();
	int r, status = 0;
	pid_t pid;

	if (said == MAP_FAILED)
		return fail(error, SP_LAUNCH_PREPARE, errno);
	r = pipe_init(&go);
	if (r == 0)
		r = prepare_filter(launch, &filter);
	if (r < 0)
		return fail(error, SP_LAUNCH_PREPARE, -r);

	pid = fork();
	if (pid < 0)
		return fail(error, SP_LAUNCH_PREPARE, errno);
	if (pid == 0) {
		(void)close(go.write);
		sp_launch_run_child(launch, filter.n ? &filter : NULL, go.read, said);
	}

	r = seize_and_release(pid, go.write);
	if (r < 0) {
		kill_child(pid);
		return fail(error, SP_LAUNCH_SEIZE, -r);
	}
	r = run_to_exec(pid, &status);
	if (r == 0)
		return explain_death(status, said, error);
	if (r > 0) {
		struct sp_ptrace_launched launched = {
			.root = pid,
			.has_prefilter = said->filter_installed,
			.has_others = has_others,
			.wants_answers = launch->n_programs > 0,
			.wait = launch->wait,
		};

		r = sp_ptrace_new_launched(&launched, ret);
	}
	if (r < 0) {
		kill_child(pid);
		return fail(error, SP_LAUNCH_PREPARE, -r);
	}
	*ret_pid = pid;
	return 0;
}
