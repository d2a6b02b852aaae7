/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/host.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "sysprofile/util.h"

/* What a systemd-analyze that is as it should be answers. */
#define VERSION "version() { echo 'systemd 252 (252.39-1~deb12u1)'; echo '+PAM +AUDIT'; }\n"
#define LISTING                                                                                    \
	"listing() { echo @default; echo '    # Always'; echo '    read'; echo; echo '# Un'; }\n"
#define ANSWER "[ \"$2\" = --version ] && { version; exit 0; }\nlisting\n"

static char folder[] = "/tmp/test-host-XXXXXX";

/* Makes PATH a new folder with that program alone in it; NULL leaves the folder empty. */
static void fake(const char *script, mode_t mode)
{
	char path[64];
	FILE *f;

	strcpy(folder, "/tmp/test-host-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(setenv("PATH", folder, 1), 0);
	if (!script)
		return;
	snprintf(path, sizeof(path), "%s/systemd-analyze", folder);
	f = fopen(path, "we");
	cr_assert_not_null(f);
	fprintf(f, "#!/bin/sh\n" VERSION LISTING "%s", script);
	cr_assert_eq(fclose(f), 0);
	cr_assert_eq(chmod(path, mode), 0);
}

static void remove_fake(void)
{
	static const char *const files[] = { "systemd-analyze", "pid" };
	char path[64];

	for (size_t i = 0; i < SP_ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

static int ask_host(void)
{
	struct sp_groups *const untouched = (struct sp_groups *)folder;
	struct sp_groups *groups = untouched;
	int r = sp_host_groups(&groups);

	if (r < 0)
		cr_assert_eq(groups, untouched);
	else
		(void)sp_groups_free(groups);
	return r;
}

static void expect_no_child(const char *name)
{
	cr_expect_eq(waitpid(-1, NULL, WNOHANG | __WALL), -1, "%s: a child is left", name);
	cr_expect_eq(errno, ECHILD, "%s: a child is left", name);
}

Test(host, takes_version_and_groups_from_the_program_in_PATH, .timeout = 30)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;

	fake(ANSWER, 0755);
	cr_assert_eq(sp_host_groups(&groups), 0);
	remove_fake();
	cr_expect_eq(sp_groups_major(groups), 252);
	cr_expect_str_eq(sp_groups_label(groups), "252.39-1~deb12u1");
	cr_assert_eq(sp_groups_count(groups), 1);
	cr_expect_str_eq(sp_groups_at(groups, 0)->name, "@default");
	expect_no_child("answer");
}

Test(host, understands_every_way_to_say_a_version, .timeout = 30)
{
	static const struct {
		const char *line, *label;
		int expected;
		unsigned major;
	} cases[] = {
		{ "systemd 239 (239-82.el8)", "239-82.el8", 0, 239 },
		{ "systemd 237", "237", 0, 237 },
		{ "systemd 258~rc1 (258~rc1-2)", "258~rc1-2", 0, 258 },
		{ "systemd 261 (261.2-1-arch)", "261.2-1-arch", 0, 261 },
		{ "systemd (252)", NULL, -EBADMSG, 0 },
		{ "systemd 99999999999999999999", NULL, -EBADMSG, 0 },
		{ "systemd 252 ()", NULL, -EBADMSG, 0 },
		{ "systemd 252 (a\\tb)", NULL, -EBADMSG, 0 },
		{ "systemd -252", NULL, -EBADMSG, 0 },
		{ "elogind 252", NULL, -EBADMSG, 0 },
		{ "", NULL, -EBADMSG, 0 },
	};
	char script[256];

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;

		snprintf(script, sizeof(script), "version() { printf '%s\\n'; }\n" ANSWER,
			 cases[i].line);
		fake(script, 0755);
		cr_expect_eq(sp_host_groups(&groups), cases[i].expected, "%s", cases[i].line);
		remove_fake();
		if (!groups)
			continue;
		cr_expect_eq(sp_groups_major(groups), cases[i].major, "%s", cases[i].line);
		cr_expect_str_eq(sp_groups_label(groups), cases[i].label);
	}
}

Test(host, says_what_is_wrong_with_the_program, .timeout = 60)
{
	static const struct {
		const char *name, *script;
		mode_t mode;
		int expected;
	} cases[] = {
		{ "nothing there", NULL, 0, -ENOENT },
		{ "no program", ANSWER, 0644, -ENOENT },
		{ "fails", "exit 1\n", 0755, -EIO },
		{ "answers and fails", ANSWER "exit 3\n", 0755, -EIO },
		{ "knows no such verb", "[ \"$2\" = --version ] && version || exit 1\n", 0755,
		  -EIO },
		{ "dies", "kill -KILL $$\n", 0755, -EIO },
		{ "says nothing", "exit 0\n", 0755, -EBADMSG },
		{ "says something else", "echo Hello\n", 0755, -EBADMSG },
		{ "says something else later", "version\n", 0755, -EBADMSG },
		{ "lacks a group", "listing() { echo @a; echo '  read'; }\n" ANSWER, 0755,
		  -EBADMSG },
		{ "bytes", "listing() { head -c 65536 /dev/urandom; }\nPATH=/usr/bin:/bin\n" ANSWER,
		  0755, -EBADMSG },
		{ "endless", "PATH=/usr/bin:/bin\nexec yes\n", 0755, -EBADMSG },
		{ "endless line", "exec /bin/cat /dev/zero\n", 0755, -EBADMSG },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		int r;

		fake(cases[i].script, cases[i].mode);
		r = ask_host();
		remove_fake();
		cr_expect_eq(r, cases[i].expected, "%s: %d", cases[i].name, r);
		expect_no_child(cases[i].name);
	}
}

/* In a child each, since each takes as long as the limit. It says by its status what it got. */
static pid_t start_asking(const char *script)
{
	pid_t pid;

	fake(script, 0755);
	pid = fork();
	if (pid == 0) {
		struct sp_groups *groups = NULL;
		int r = sp_host_groups(&groups);
		bool alone = waitpid(-1, NULL, WNOHANG | __WALL) < 0 && errno == ECHILD;

		_exit(alone ? -r : 255);
	}
	cr_assert_gt(pid, 0);
	return pid;
}

Test(host, gives_up_on_a_program_that_hangs, .timeout = 60)
{
	static const struct {
		const char *name, *script;
	} cases[] = {
		{ "hangs", "exec /bin/sleep 50\n" },
		{ "hangs at the second question",
		  "[ \"$2\" = --version ] && version || /bin/sleep 50\n" },
		{ "hangs after its answer", ANSWER "exec >&-\nexec /bin/sleep 50\n" },
		{ "drips", "while :; do echo; /bin/sleep 0.1; done\n" },
		{ "leaves its output to a child", "/bin/sleep 50 &\nexit 0\n" },
	};
	char folders[SP_ARRAY_SIZE(cases)][sizeof(folder)];
	pid_t pids[SP_ARRAY_SIZE(cases)];
	struct timespec before, after;

	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		pids[i] = start_asking(cases[i].script);
		strcpy(folders[i], folder);
	}
	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		int status;

		cr_assert_eq(waitpid(pids[i], &status, 0), pids[i]);
		strcpy(folder, folders[i]);
		remove_fake();
		cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == ETIMEDOUT, "%s: status %#x",
			  cases[i].name, (unsigned)status);
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &after);
	cr_expect_geq(after.tv_sec - before.tv_sec, 9);
}

Test(host, ends_the_children_of_the_program_too, .timeout = 60)
{
	char path[64];
	pid_t pid;
	int status;
	FILE *f;

	/* Whoever loses its parent becomes a child of this process and can be waited for. */
	cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	fake("/bin/sleep 50 >/dev/null &\n"
	     "[ \"$2\" = --version ] || { listing; exit 0; }\n"
	     "echo $! >${0%/*}/pid\n"
	     "version\n",
	     0755);
	cr_expect_eq(ask_host(), 0);
	snprintf(path, sizeof(path), "%s/pid", folder);
	f = fopen(path, "re");
	cr_assert_not_null(f);
	cr_assert_eq(fscanf(f, "%d", &pid), 1);
	(void)fclose(f);
	remove_fake();
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* The script fails, and so does sp_host_groups(), unless all of it is as it should be. */
Test(host, gives_the_program_a_clean_place, .timeout = 30)
{
	struct sp_groups *groups = NULL;

	cr_assert_eq(setenv("LC_ALL", "de_DE.UTF-8", 1), 0);
	cr_assert_eq(setenv("SYSTEMD_COLORS", "1", 1), 0);
	cr_assert_eq(setenv("SYSTEMD_PAGER", "less", 1), 0);
	cr_assert_eq(setenv("KEPT", "yes", 1), 0);
	fake("[ \"$LC_ALL\" = C ] && [ \"$SYSTEMD_COLORS\" = 0 ] || exit 1\n"
	     "[ \"$SYSTEMD_PAGER\" = cat ] && [ \"$1\" = --no-pager ] || exit 1\n"
	     "[ \"$KEPT\" = yes ] || exit 1\n"
	     "[ /proc/self/fd/0 -ef /dev/null ] && [ /proc/self/fd/2 -ef /dev/null ] || exit 1\n"
	     "read line && exit 1\n" ANSWER,
	     0755);
	cr_expect_eq(sp_host_groups(&groups), 0);
	remove_fake();
	(void)sp_groups_free(groups);
}

Test(host, lets_the_program_have_its_signals, .timeout = 30)
{
	sigset_t all;

	(void)sigfillset(&all);
	cr_assert_neq(signal(SIGPIPE, SIG_IGN), SIG_ERR);
	cr_assert_eq(sigprocmask(SIG_BLOCK, &all, NULL), 0);
	/* Would go on and answer if either were still blocked or ignored. */
	fake("kill -PIPE $$\n" ANSWER, 0755);
	cr_expect_eq(ask_host(), -EIO);
	remove_fake();
	fake("kill -TERM $$\n" ANSWER, 0755);
	cr_expect_eq(ask_host(), -EIO);
	remove_fake();
}

Test(host, leaks_no_descriptor, .timeout = 30)
{
	int before, after;

	fake(ANSWER, 0755);
	before = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cr_assert_geq(before, 0);
	(void)close(before);
	cr_expect_eq(ask_host(), 0);
	remove_fake();
	fake("exit 1\n", 0755);
	cr_expect_eq(ask_host(), -EIO);
	remove_fake();
	fake(NULL, 0);
	cr_expect_eq(ask_host(), -ENOENT);
	remove_fake();
	after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	(void)close(after);
	cr_expect_eq(after, before);
}

/* A daemon may have no standard streams; the pipe then gets their numbers. */
Test(host, works_without_standard_streams, .timeout = 30)
{
	int status;
	pid_t pid;

	fake(ANSWER, 0755);
	pid = fork();
	if (pid == 0) {
		struct sp_groups *groups = NULL;

		for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
			(void)close(fd);
		_exit(-sp_host_groups(&groups));
	}
	cr_assert_gt(pid, 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	remove_fake();
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", (unsigned)status);
}

Test(host, understands_the_systemd_of_this_host, .timeout = 60)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	const char *must = getenv("SYSPROFILE_TESTS_MUST_RUN");
	int r = sp_host_groups(&groups);

	if (r == -ENOENT && !(must && sp_streq(must, "1")))
		cr_skip_test("no systemd-analyze in PATH");
	cr_assert_eq(r, 0, "%s", strerror(-r));
	cr_expect_geq(sp_groups_major(groups), 235);
	cr_expect_geq(sp_groups_count(groups), 20);
	cr_expect_not_null(sp_groups_find(groups, "@file-system"));
}
