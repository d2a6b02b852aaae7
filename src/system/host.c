/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "sysprofile/util.h"

extern char **environ;

enum {
	TIME_LIMIT_MS = 10000, /* for all that is asked */
	OUTPUT_MAX = 1 << 20,  /* the listing of systemd 257 has 18 KiB */
};

/* What a program wrote, always with a '\0' behind it. */
struct output {
	char *text; /* owned */
	size_t len;
};

static void output_done(struct output *o)
{
	free(o->text);
	*o = (struct output){ 0 };
}

static int64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool sets_variable(const char *entry, const char *assignment)
{
	size_t n = (size_t)(strchr(assignment, '=') - assignment) + 1;

	return strncmp(entry, assignment, n) == 0;
}

/*
 * The environment with ours in front. The array alone is the caller's, the strings are not.
 * Colours and a pager are off for a pipe already, unless SYSTEMD_COLORS or SYSTEMD_PAGER says
 * otherwise (systemd-analyze(1), ENVIRONMENT).
 */
static int make_environment(const char ***ret)
{
	static const char *const ours[] = { "LC_ALL=C", "SYSTEMD_COLORS=0", "SYSTEMD_PAGER=cat" };
	size_t n = SP_ARRAY_SIZE(ours), i;
	const char **v;

	for (i = 0; environ && environ[i]; i++)
		;
	v = calloc(n + i + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	memcpy(v, ours, sizeof(ours));
	for (i = 0; environ && environ[i]; i++) {
		bool is_ours = false;

		for (size_t j = 0; j < SP_ARRAY_SIZE(ours); j++)
			is_ours |= sets_variable(environ[i], ours[j]);
		if (!is_ours)
			v[n++] = environ[i];
	}
	*ret = v;
	return 0;
}

static int set_files(posix_spawn_file_actions_t *actions, int out)
{
	int r;

	/* The pipe first: its end may have the number of a standard stream that was closed. */
	r = posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY,
						     0);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY,
						     0);
	return -r;
}

/*
 * The program must not inherit what this one blocks or ignores; a group of its own makes it and
 * its children killable at once.
 */
static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int r;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	if (r == 0)
		r = posix_spawnattr_setpgroup(attributes, 0);
	if (r == 0)
		r = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
								 POSIX_SPAWN_SETSIGDEF |
								 POSIX_SPAWN_SETPGROUP);
	return -r;
}

static int spawn_prepared(char *const argv[], int out, posix_spawn_file_actions_t *actions,
			  posix_spawnattr_t *attributes, pid_t *ret)
{
	_cleanup_(sp_freep) const char **environment = NULL;
	int r;

	r = set_files(actions, out);
	if (r < 0)
		return r;
	r = set_attributes(attributes);
	if (r < 0)
		return r;
	r = make_environment(&environment);
	if (r < 0)
		return r;
	/* The strings stay as they are: exec's type is older than const. */
	r = posix_spawnp(ret, argv[0], actions, attributes, argv, (char *const *)environment);
	/* A file of that name that cannot be executed is not the program. */
	if (r == ENOENT || r == ENOTDIR || r == EACCES)
		return -ENOENT;
	return r == 0 || r == ENOMEM ? -r : -EIO;
}

static int spawn(char *const argv[], int out, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r;

	r = -posix_spawn_file_actions_init(&actions);
	if (r < 0)
		return r;
	r = -posix_spawnattr_init(&attributes);
	if (r == 0) {
		r = spawn_prepared(argv, out, &actions, &attributes, ret);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return r;
}

/* Ends whatever is left of the program and its children, and reaps it. Its status, or -errno. */
static int end_program(pid_t pid)
{
	int status;
	pid_t r;

	/* Unreaped, the program keeps the number of its group from going to anyone else. */
	(void)kill(-pid, SIGKILL);
	do
		r = waitpid(pid, &status, 0);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : status;
}

static void end_programp(const pid_t *pid)
{
	if (*pid > 0)
		(void)end_program(*pid);
}

static int make_room(struct output *o, size_t *size)
{
	char *grown;

	if (o->len + 1 < *size)
		return 0;
	grown = realloc(o->text, *size ? *size * 2 : 4096);
	if (!grown)
		return -ENOMEM;
	o->text = grown;
	*size = *size ? *size * 2 : 4096;
	return 0;
}

/* 1: there is something to read, or the end. 0: not yet. */
static int wait_readable(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left = deadline - now_ms();
	int r;

	if (left <= 0)
		return -ETIMEDOUT;
	r = poll(&p, 1, (int)left);
	if (r < 0)
		return errno == EINTR ? 0 : -EIO;
	return r;
}

static int read_all(int fd, int64_t deadline, struct output *o)
{
	size_t size = 0;
	ssize_t n;
	int r;

	for (;;) {
		r = make_room(o, &size);
		if (r < 0)
			return r;
		r = wait_readable(fd, deadline);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		n = read(fd, o->text + o->len, size - o->len - 1);
		if (n < 0 && errno != EINTR)
			return -EIO;
		if (n == 0)
			break;
		if (n > 0)
			o->len += (size_t)n;
		if (o->len > OUTPUT_MAX)
			return -EBADMSG;
	}
	o->text[o->len] = '\0';
	return 0;
}

/* The end of output is not the end of the program: one that hangs after it is seen here. */
static int wait_exit(pid_t pid, int64_t deadline)
{
	/* pidfd_open(2) is as old as what the tracer needs, Linux 5.3. */
	_cleanup_(sp_closep) int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	int r;

	if (fd < 0)
		return -EIO;
	do
		r = wait_readable(fd, deadline);
	while (r == 0);
	return r < 0 ? r : 0;
}

/* What systemd-analyze prints when it is asked for that. *ret is all zero before. */
static int ask(const char *what, int64_t deadline, struct output *ret)
{
	char *argv[] = { (char *)"systemd-analyze", (char *)"--no-pager", (char *)what, NULL };
	_cleanup_(end_programp) pid_t pid = 0;
	_cleanup_(sp_closep) int in = -1;
	_cleanup_(output_done) struct output o = { 0 };
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -EIO;
	in = fds[0];
	r = spawn(argv, fds[1], &pid);
	/* As long as this end is open there is no end of output. */
	(void)close(fds[1]);
	if (r < 0)
		return r;
	r = read_all(in, deadline, &o);
	if (r < 0)
		return r;
	r = wait_exit(pid, deadline);
	if (r < 0)
		return r;
	r = end_program(pid);
	pid = 0;
	if (r != 0)
		return -EIO;
	*ret = o;
	o = (struct output){ 0 };
	return 0;
}

static bool is_version(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return len > 0;
}

/*
 * "systemd 252 (252.39-1~deb12u1)", from v240 on with the distribution's version in parentheses,
 * then other lines. *ret_version is yours.
 */
static int parse_version(const char *text, unsigned *ret_major, char **ret_version)
{
	const char *p = sp_startswith(text, "systemd "), *version;
	char *copy, *end;
	unsigned long major;
	size_t len;

	if (!p || *p < '1' || *p > '9')
		return -EBADMSG;
	major = strtoul(p, &end, 10);
	if (major > 9999)
		return -EBADMSG;
	version = p;
	len = strcspn(p, " \n");
	p += len;
	if (p[0] == ' ' && p[1] == '(') {
		version = p + 2;
		len = strcspn(version, ")\n");
	}
	if (!is_version(version, len))
		return -EBADMSG;
	copy = strndup(version, len);
	if (!copy)
		return -ENOMEM;
	*ret_major = (unsigned)major;
	*ret_version = copy;
	return 0;
}

int sp_host_groups(struct sp_groups **ret)
{
	_cleanup_(output_done) struct output said = { 0 }, listing = { 0 };
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	_cleanup_(sp_freep) char *version = NULL;
	int64_t deadline = now_ms() + TIME_LIMIT_MS;
	struct sp_groups_error error;
	unsigned major;
	int r;

	r = ask("--version", deadline, &said);
	if (r < 0)
		return r;
	r = parse_version(said.text, &major, &version);
	if (r < 0)
		return r;
	r = ask("syscall-filter", deadline, &listing);
	if (r < 0)
		return r;
	r = sp_groups_parse_listing(listing.text, listing.len, major, version, &groups, &error);
	if (r < 0)
		return r;
	/* Every systemd that lists groups has this one, and every allow-list takes it in. */
	if (!sp_groups_find(groups, "@default"))
		return -EBADMSG;
	*ret = SP_TAKE(groups);
	return 0;
}
