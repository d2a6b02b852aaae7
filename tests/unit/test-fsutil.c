/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/fsutil.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "leak.h"
#include "sysprofile/util.h"

static char directory[] = "/tmp/sysprofile-fsutil-XXXXXX";

static void enter(void)
{
	cr_assert_not_null(mkdtemp(directory));
	cr_assert_eq(chdir(directory), 0);
}

/* Every test leaves at most these names behind. */
static void leave(void)
{
	static const char *const names[] = { "new", "old", "link", "fifo", "big" };

	for (size_t i = 0; i < SP_ARRAY_SIZE(names); i++)
		(void)unlink(names[i]);
	cr_assert_eq(chdir("/"), 0);
	cr_expect_eq(rmdir(directory), 0, "a temporary file was left behind");
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

static void expect_content(const char *path, const char *text)
{
	_cleanup_(sp_freep) char *content = NULL;
	size_t len;

	cr_assert_eq(sp_read_file(path, 1000, &content, &len), 0);
	cr_expect_str_eq(content, text);
	cr_expect_eq(len, strlen(text));
}

static void write_atomically(const char *path, const char *text)
{
	struct sp_atomic_file *file = NULL;

	cr_assert_eq(sp_atomic_file_open(path, 0644, &file), 0);
	fputs(text, sp_atomic_file_stream(file));
	cr_assert_eq(sp_atomic_file_commit(file), 0);
}

Test(fsutil, nothing_appears_before_the_commit, .init = enter, .fini = leave)
{
	struct sp_atomic_file *file = NULL;

	put("old", "before");
	cr_assert_eq(sp_atomic_file_open("old", 0644, &file), 0);
	fputs("after", sp_atomic_file_stream(file));
	fflush(sp_atomic_file_stream(file));
	expect_content("old", "before");
	cr_assert_eq(sp_atomic_file_commit(file), 0);
	expect_content("old", "after");
	sp_assert_no_leak();
}

Test(fsutil, an_abandoned_file_leaves_no_trace, .init = enter, .fini = leave)
{
	struct sp_atomic_file *file = NULL;

	cr_assert_eq(sp_atomic_file_open("new", 0644, &file), 0);
	fputs("half", sp_atomic_file_stream(file));
	cr_expect_null(sp_atomic_file_abandon(file));
	cr_expect_eq(access("new", F_OK), -1);
}

Test(fsutil, a_write_that_fails_keeps_the_old_file, .init = enter, .fini = leave)
{
	struct sp_atomic_file *file = NULL;

	put("old", "before");
	cr_assert_eq(sp_atomic_file_open("old", 0644, &file), 0);
	/* /dev/full behind the stream: every flush fails with ENOSPC. */
	cr_assert_geq(dup2(open("/dev/full", O_WRONLY), fileno(sp_atomic_file_stream(file))), 0);
	fputs("after", sp_atomic_file_stream(file));
	cr_expect_eq(sp_atomic_file_commit(file), -ENOSPC);
	expect_content("old", "before");
}

Test(fsutil, the_mode_is_the_old_files_or_follows_the_umask, .init = enter, .fini = leave)
{
	struct stat st;

	put("old", "x");
	chmod("old", 0640);
	write_atomically("old", "y");
	cr_assert_eq(stat("old", &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0640);

	umask(027);
	write_atomically("new", "y");
	cr_assert_eq(stat("new", &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0640);
}

Test(fsutil, a_link_stays_and_its_file_is_replaced, .init = enter, .fini = leave)
{
	struct stat st;

	put("old", "before");
	cr_assert_eq(symlink("old", "link"), 0);
	write_atomically("link", "after");
	cr_assert_eq(lstat("link", &st), 0);
	cr_expect(S_ISLNK(st.st_mode));
	expect_content("old", "after");
}

Test(fsutil, targets_that_rename_would_ruin_are_refused, .init = enter, .fini = leave)
{
	struct sp_atomic_file *file = NULL;

	cr_assert_eq(mkfifo("fifo", 0600), 0);
	cr_expect_eq(sp_atomic_file_open(".", 0644, &file), -EISDIR);
	cr_expect_eq(sp_atomic_file_open("fifo", 0644, &file), -EINVAL);
	cr_expect_eq(sp_atomic_file_open("no/where", 0644, &file), -ENOENT);
	cr_expect_null(file);
	cr_expect_not(sp_is_plain_target("fifo"));
	cr_expect_not(sp_is_plain_target("."));
	cr_expect(sp_is_plain_target("new"));
}

Test(fsutil, reading_stops_at_the_limit, .init = enter, .fini = leave)
{
	_cleanup_(sp_freep) char *text = NULL;
	size_t len = 7;

	put("big", "0123456789");
	cr_expect_eq(sp_read_file("big", 9, &text, &len), -EFBIG);
	cr_expect_eq(len, 7);
	cr_expect_eq(sp_read_file("big", 10, &text, &len), 0);
	cr_expect_eq(len, 10);
}

Test(fsutil, a_link_to_nothing_is_followed_and_a_ring_of_links_refused, .init = enter,
     .fini = leave)
{
	struct sp_atomic_file *file = NULL;
	struct stat st;

	cr_assert_eq(symlink("new", "link"), 0);
	write_atomically("link", "after");
	expect_content("new", "after");
	cr_assert_eq(lstat("link", &st), 0);
	cr_expect(S_ISLNK(st.st_mode));

	cr_assert_eq(unlink("link"), 0);
	cr_assert_eq(symlink("old", "link"), 0);
	cr_assert_eq(symlink("link", "old"), 0);
	cr_expect_eq(sp_atomic_file_open("link", 0644, &file), -ELOOP);
}
