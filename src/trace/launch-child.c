/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "launch-private.h"
#include "sysprofile/util.h"

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

void sp_launch_run_child(const struct sp_launch_request *launch, const struct sp_prefilter *filter,
			 int go, struct sp_child_report *said)
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
