/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "leak.h"
#include "sysprofile/fsutil.h"
#include "sysprofile/util.h"

static char directory[] = "/tmp/sysprofile-output-XXXXXX";

static void enter(void)
{
	cr_assert_not_null(mkdtemp(directory));
	cr_assert_eq(chdir(directory), 0);
}

static void leave(void)
{
	(void)unlink("file");
	(void)unlink("fifo");
	cr_assert_eq(chdir("/"), 0);
	cr_expect_eq(rmdir(directory), 0, "something was left behind");
}

Test(output, a_regular_file_is_replaced_whole, .init = enter, .fini = leave)
{
	struct sp_output *output = NULL;
	_cleanup_(sp_freep) char *text = NULL;
	size_t len;

	cr_assert_eq(sp_output_open("file", &output), 0);
	cr_expect_neq(access("file", F_OK), 0, "nothing may be there before the write");
	cr_expect_eq(sp_output_write(output, "text\n", 5), 0);
	output = sp_output_free(output);
	cr_assert_eq(sp_read_file("file", 100, &text, &len), 0);
	cr_expect_str_eq(text, "text\n");
	free(SP_TAKE(text));
	sp_assert_no_leak();
}

Test(output, an_unused_one_leaves_nothing, .init = enter, .fini = leave)
{
	struct sp_output *output = NULL;

	cr_assert_eq(sp_output_open("file", &output), 0);
	cr_expect_null(sp_output_free(output));
	cr_expect_neq(access("file", F_OK), 0);
}

Test(output, a_device_is_written_to_and_not_replaced, .init = enter, .fini = leave)
{
	struct sp_output *output = NULL;
	struct stat st;

	cr_assert_eq(sp_output_open("/dev/null", &output), 0);
	cr_expect_eq(sp_output_write(output, "x", 1), 0);
	sp_output_free(output);
	cr_assert_eq(stat("/dev/null", &st), 0);
	cr_expect(S_ISCHR(st.st_mode));

	cr_assert_eq(sp_output_open("/dev/full", &output), 0);
	cr_expect_eq(sp_output_write(output, "x", 1), -ENOSPC);
	sp_output_free(output);
}

Test(output, what_cannot_be_written_is_found_at_once, .init = enter, .fini = leave)
{
	struct sp_output *output = NULL;

	cr_assert_eq(mkfifo("fifo", 0600), 0);
	cr_expect_eq(sp_output_open("fifo", &output), -ENXIO);
	cr_expect_eq(sp_output_open("no/where", &output), -ENOENT);
	cr_expect_lt(sp_output_open("/proc/version", &output), 0);
	cr_expect_null(output);
}

Test(output, a_stdout_that_cannot_be_written_is_found_at_once)
{
	struct sp_output *output = NULL;
	int saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10), null = open("/dev/null", O_RDONLY);
	int read_only, closed;

	(void)dup2(null, STDOUT_FILENO);
	read_only = sp_output_open(NULL, &output);
	(void)close(STDOUT_FILENO);
	closed = sp_output_open(NULL, &output);
	(void)dup2(saved, STDOUT_FILENO);
	cr_expect_eq(read_only, -EBADF);
	cr_expect_eq(closed, -EBADF);
	cr_expect_eq(sp_output_open(NULL, &output), 0);
	sp_output_free(output);
}

Test(output, the_rescue_file_is_new_and_in_tmpdir, .init = enter, .fini = leave)
{
	_cleanup_(sp_freep) char *path = NULL, *text = NULL;
	size_t len;

	setenv("TMPDIR", directory, 1);
	cr_assert_eq(sp_output_rescue("saved", 5, &path), 0);
	cr_expect_not_null(sp_startswith(path, directory));
	cr_assert_eq(sp_read_file(path, 100, &text, &len), 0);
	cr_expect_str_eq(text, "saved");
	cr_expect_eq(unlink(path), 0);
}

Test(output, a_rescue_that_fails_leaves_nothing_and_tmp_is_the_next_place, .init = enter,
     .fini = leave)
{
	_cleanup_(sp_freep) char *path = NULL;

	setenv("TMPDIR", "/proc/no/where", 1);
	cr_assert_eq(sp_output_rescue("saved", 5, &path), 0);
	cr_expect_not_null(sp_startswith(path, "/tmp/sysprofile-"));
	cr_expect_eq(unlink(path), 0);

	/* Every write fails with EFBIG; the name must not stay. */
	setenv("TMPDIR", directory, 1);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, RLIM_INFINITY }), 0);
	free(SP_TAKE(path));
	cr_expect_eq(sp_output_rescue("lost", 4, &path), -EFBIG);
	cr_expect_null(path);
	(void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
}

Test(output, a_full_pipe_that_does_not_block_is_waited_for, .timeout = 20)
{
	static char text[1 << 20], received[1 << 16];
	struct sp_output *output = NULL;
	int saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10), fds[2];
	size_t total = 0;
	pid_t reader;
	ssize_t n;
	int r, status;

	memset(text, 'x', sizeof(text));
	cr_assert_eq(pipe(fds), 0);
	reader = fork();
	if (reader == 0) {
		close(fds[1]);
		usleep(100000);
		while ((n = read(fds[0], received, sizeof(received))) > 0)
			total += (size_t)n;
		_exit(total == sizeof(text) ? 0 : 1);
	}
	close(fds[0]);
	cr_assert_eq(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	(void)dup2(fds[1], STDOUT_FILENO);
	close(fds[1]);
	r = sp_output_open(NULL, &output);
	if (r == 0)
		r = sp_output_write(output, text, sizeof(text));
	sp_output_free(output);
	(void)dup2(saved, STDOUT_FILENO);
	cr_expect_eq(r, 0);
	cr_assert_eq(waitpid(reader, &status, 0), reader);
	cr_expect_eq(status, 0);
}
