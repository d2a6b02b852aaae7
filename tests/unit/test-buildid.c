/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/buildid.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include "sysprofile/fsutil.h"
#include "sysprofile/util.h"

/* What readelf(1) says of this program. */
Test(buildid, is_that_of_readelf)
{
	char command[128], line[256] = "", id[SP_BUILD_ID_SIZE], *said = NULL;
	FILE *f;

	snprintf(command, sizeof(command), "readelf -n /proc/%d/exe", (int)getpid());
	f = popen(command, "r");
	cr_assert_not_null(f);
	while (!said && fgets(line, sizeof(line), f))
		said = strstr(line, "Build ID: ");
	cr_assert_not_null(said, "this program has no build id");
	said += strlen("Build ID: ");
	said[strcspn(said, "\n")] = 0;
	cr_assert_eq(sp_build_id("/proc/self/exe", id), 0);
	cr_expect_str_eq(id, said);
	(void)pclose(f);
}

Test(buildid, other_files_have_none)
{
	char id[SP_BUILD_ID_SIZE] = "as it was";

	cr_expect_eq(sp_build_id("/etc/passwd", id), -ENOEXEC);
	cr_expect_eq(sp_build_id("/dev/null", id), -ENOEXEC);
	cr_expect_eq(sp_build_id("/nonexistent", id), -ENOENT);
	cr_expect_lt(sp_build_id("/", id), 0);
	cr_expect_str_eq(id, "as it was");
}

/* Each of the bytes that lead to it set to what is wrong there: nothing is read beyond the file. */
Test(buildid, damage_does_no_harm)
{
	enum { HEAD = 2048 };
	char path[] = "/tmp/test-buildid-XXXXXX", id[SP_BUILD_ID_SIZE];
	size_t len = 0;
	char *text = NULL;
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(sp_read_file("/proc/self/exe", 64u << 20, &text, &len), 0);
	cr_assert_gt(len, HEAD);
	for (size_t i = 0; i < HEAD; i++) {
		char kept = text[i];

		text[i] = (char)0xff;
		cr_assert_eq(pwrite(fd, text, HEAD, 0), HEAD);
		(void)sp_build_id(path, id);
		text[i] = kept;
	}
	for (size_t size = 0; size < HEAD; size++) {
		cr_assert_eq(ftruncate(fd, 0), 0);
		cr_assert_eq(pwrite(fd, text, size, 0), (ssize_t)size);
		(void)sp_build_id(path, id);
	}
	free(text);
	close(fd);
	unlink(path);
}
