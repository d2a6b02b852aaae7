/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "sysprofile/prefilter.h"
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

static const struct passwd *find_user(const char *user)
{
	const struct passwd *pw = getpwnam(user);
	char *end;
	unsigned long uid;

	if (pw)
		return pw;
	errno = 0;
	uid = strtoul(user, &end, 10);
	if (errno || *end || end == user || (uid_t)uid != uid)
		return NULL;
	return getpwuid((uid_t)uid);
}

int sp_identity_of_user(const char *user, struct sp_identity *ret)
{
	const struct passwd *pw = find_user(user);
	_cleanup_(sp_freep) gid_t *groups = NULL;
	int n = 16, room;

	if (!pw)
		return -ESRCH;
	/* getgrouplist(3) says through n how many there are when the room was too small. */
	do {
		gid_t *grown = reallocarray(groups, (size_t)n, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		groups = grown;
		room = n;
	} while (getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) < 0 && n > room);
	*ret = (struct sp_identity){
		.uid = pw->pw_uid,
		.gid = pw->pw_gid,
		.groups = SP_TAKE(groups),
		.n_groups = n,
	};
	return 0;
}

/* capabilities(7): a change of user takes all effective ones away, KEEPCAPS leaves the others. */
static int raise_admin(void)
{
	const cap_value_t admin = CAP_SYS_ADMIN;
	cap_t caps = cap_get_proc();
	int r = -1;

	if (caps && cap_set_flag(caps, CAP_EFFECTIVE, 1, &admin, CAP_SET) == 0)
		r = cap_set_proc(caps);
	if (caps)
		(void)cap_free(caps);
	return r;
}

static int take_identity(const struct sp_identity *identity, bool keeps_admin)
{
	if (setgroups((size_t)identity->n_groups, identity->groups) < 0 ||
	    setresgid(identity->gid, identity->gid, identity->gid) < 0 ||
	    (keeps_admin && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) ||
	    setresuid(identity->uid, identity->uid, identity->uid) < 0)
		return -errno;
	/* The exec takes it away again, since no user but root brings it through one. */
	return keeps_admin && raise_admin() < 0 ? -errno : 0;
}

static bool is_executable(const char *file)
{
	struct stat st;

	if (faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) < 0 || stat(file, &st) < 0)
		return false;
	errno = EACCES;
	return S_ISREG(st.st_mode);
}

/* Runs the file; or only finds out whether it could, and leaves it in *found. Sets errno. */
static bool try_file(const char *file, char *const argv[], char **found)
{
	if (!found) {
		(void)execv(file, argv);
		return false;
	}
	if (!is_executable(file))
		return false;
	*found = strdup(file);
	return *found;
}

/*
 * execvp(3)'s search, without its last resort: a file that the kernel cannot run is not handed to
 * /bin/sh, as systemd would not do it either. With found, as try_file() has it.
 */
static bool search_path(char *const argv[], char **found)
{
	const char *path = getenv("PATH"), *end;
	bool denied = false;

	if (strchr(argv[0], '/'))
		return try_file(argv[0], argv, found);
	errno = ENOENT;
	for (path = path ? path : "/bin:/usr/bin"; path; path = *end ? end + 1 : NULL) {
		_cleanup_(sp_freep) char *file = NULL;

		end = strchrnul(path, ':');
		/* An empty entry is the current directory (environ(7)). */
		if (asprintf(&file, "%.*s%s%s", (int)(end - path), path, end > path ? "/" : "",
			     argv[0]) < 0) {
			file = NULL;
			errno = ENOMEM;
			return false;
		}
		if (try_file(file, argv, found))
			return true;
		if (errno == EACCES)
			denied = true;
		else if (errno != ENOENT && errno != ENOTDIR)
			return false;
	}
	errno = denied ? EACCES : ENOENT;
	return false;
}

/*
 * What the child says. It stands in memory that parent and child share: under its filter the child
 * may not be able to write(2).
 */
struct child_report {
	bool filter_installed;
	bool failed;
	struct sp_launch_error error;
};

static int load_programs(const struct sp_launch_request *launch)
{
	for (size_t i = 0; i < launch->n_programs; i++) {
		int r = sp_prefilter_load(&launch->programs[i]);

		/* Without privileges a filter is for those only who cannot gain any. */
		if (r == -EACCES && i == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
			r = sp_prefilter_load(&launch->programs[i]);
		if (r < 0) {
			errno = -r;
			return r;
		}
	}
	return 0;
}

/* The last steps; returns only when one failed, with errno, and says which. */
static enum sp_launch_step run_command(const struct sp_launch_request *launch)
{
	char *file = NULL;

	if (launch->identity && take_identity(launch->identity, launch->keeps_admin) < 0)
		return SP_LAUNCH_IDENTITY;
	if (launch->n_programs == 0) {
		(void)search_path(launch->argv, NULL);
		return SP_LAUNCH_EXEC;
	}
	/* As systemd does it, the file is found before the filter is there. */
	if (!search_path(launch->argv, &file))
		return SP_LAUNCH_EXEC;
	if (load_programs(launch) < 0)
		return SP_LAUNCH_FILTER;
	(void)execv(file, launch->argv);
	return SP_LAUNCH_EXEC;
}

/* The child's end: leaves by exec or _exit and says in *said what stopped it. */
static void __attribute__((noreturn))
run_child(const struct sp_launch_request *launch, const struct sp_prefilter *filter, int go,
	  struct child_report *said)
{
	char byte;

	/* End of file: the tracer is gone or could not seize; run nothing untraced. */
	if (read(go, &byte, 1) != 1)
		_exit(127);
	/*
	 * Before the identity: only CAP_SYS_ADMIN or NO_NEW_PRIVS may install a filter. Refused,
	 * the plain engine does the work.
	 */
	said->filter_installed = filter && sp_prefilter_install(filter) == 0;
	said->error.step = run_command(launch);
	said->error.error = errno;
	said->failed = true;
	_exit(127);
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
static int explain_death(int status, const struct child_report *said, struct sp_launch_error *error)
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

static void unmap_report(struct child_report **said)
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
	return sp_prefilter_build(&launch->assumed, ret);
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
	_cleanup_(unmap_report) struct child_report *said = mmap(
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
		run_child(launch, filter.n ? &filter : NULL, go.read, said);
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
