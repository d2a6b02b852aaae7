/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/replace.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "leak.h"
#include "room.h"
#include "sysprofile/fsutil.h"
#include "sysprofile/util.h"

TestSuite(replace, .init = make_room, .fini = remove_room);

static const char *below(const char *name)
{
	static char path[2][256];
	static unsigned turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", root, name);
	return path[turn];
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	cr_assert_eq(lstat(path, &st), 0, "%s", path);
	return st.st_mode;
}

static void expect_text(const char *path, const char *wanted)
{
	_cleanup_(sp_freep) char *text = NULL;
	size_t len;

	cr_assert_eq(sp_read_file(path, 1000, &text, &len), 0, "%s", path);
	cr_expect_str_eq(text, wanted);
}

static int entries(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	cr_assert_not_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

Test(replace, the_mode_is_exact_whatever_the_umask_and_the_old_file)
{
	umask(0077);
	cr_assert_eq(sp_replace_file(below("x"), 0644, "one\n", 4), 0);
	cr_expect_eq(mode_of(below("x")), S_IFREG | 0644);
	cr_assert_eq(chmod(below("x"), 0600), 0);
	cr_assert_eq(sp_replace_file(below("x"), 0644, "two\n", 4), 0);
	cr_expect_eq(mode_of(below("x")), S_IFREG | 0644);
	expect_text(below("x"), "two\n");
	cr_expect_eq(entries(root), 1);
	sp_assert_no_leak();
}

Test(replace, a_link_is_replaced_and_not_followed)
{
	cr_assert_eq(sp_replace_file(below("other"), 0644, "other\n", 6), 0);
	cr_assert_eq(symlink("other", below("x")), 0);
	cr_assert_eq(sp_replace_file(below("x"), 0644, "new\n", 4), 0);
	cr_expect(S_ISREG(mode_of(below("x"))));
	expect_text(below("other"), "other\n");
}

Test(replace, what_fails_leaves_what_was_there_and_nothing_beside_it)
{
	cr_assert_eq(mkdir(below("x"), 0755), 0);
	cr_expect_eq(sp_replace_file(below("x"), 0644, "new\n", 4), -EISDIR);
	cr_expect_eq(entries(root), 1);
	cr_expect_eq(sp_replace_file(below("no/x"), 0644, "new\n", 4), -ENOENT);
}

Test(replace, directories_are_made_as_needed_and_taken_back)
{
	char *made = NULL;

	umask(0077);
	cr_assert_eq(sp_make_directories(below("a/b/c"), &made), 0);
	cr_expect_str_eq(made, below("a"));
	cr_expect_eq(mode_of(below("a/b/c")), S_IFDIR | 0755);
	cr_expect_eq(mode_of(below("a")), S_IFDIR | 0755);
	sp_unmake_directories(below("a/b/c"), made);
	cr_expect_eq(entries(root), 0);
	free(made);
	cr_assert_eq(sp_make_directories(root, &made), 0);
	cr_expect_null(made);
	sp_assert_no_leak();
}

Test(replace, only_empty_directories_are_taken_back)
{
	char *made = NULL;

	cr_assert_eq(sp_make_directories(below("a/b/c"), &made), 0);
	cr_assert_eq(sp_replace_file(below("a/kept"), 0644, "", 0), 0);
	sp_unmake_directories(below("a/b/c"), made);
	cr_expect_eq(entries(root), 1);
	cr_expect_eq(entries(below("a")), 1);
	free(made);
}

Test(replace, no_directory_is_left_where_a_file_is_in_the_way)
{
	char *made = NULL;

	cr_assert_eq(sp_replace_file(below("file"), 0644, "", 0), 0);
	cr_expect_eq(sp_make_directories(below("file"), &made), -ENOTDIR);
	cr_expect_eq(sp_make_directories(below("file/b"), &made), -ENOTDIR);
	cr_expect_null(made);
}

Test(replace, a_place_is_tried_without_a_trace)
{
	cr_expect_eq(sp_try_directory(root), 0);
	cr_expect_eq(sp_try_directory(below("a/b")), 0);
	cr_expect_eq(entries(root), 0);
	cr_assert_eq(sp_replace_file(below("file"), 0644, "", 0), 0);
	cr_expect_eq(sp_try_directory(below("file")), -ENOTDIR);
}
