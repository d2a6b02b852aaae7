/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/procfs.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "sysprofile/util.h"

Test(procfs, knows_this_process)
{
	char exe[PATH_MAX], comm[16];
	long parent = 0;

	cr_assert_eq(prctl(PR_SET_NAME, "a name"), 0);
	cr_assert_eq(sp_proc_comm(getpid(), comm, sizeof(comm)), 0);
	cr_expect_str_eq(comm, "a name");
	cr_assert_eq(sp_proc_exe(getpid(), exe, sizeof(exe)), 0);
	cr_expect_eq(exe[0], '/');
	cr_assert_eq(sp_proc_status("/proc", 0, "PPid", &parent), 0);
	cr_expect_eq(parent, getppid());
	cr_expect_eq(sp_proc_status("/proc", 0, "PPi", &parent), -ENOENT);
}

Test(procfs, a_task_that_is_gone_is_an_error)
{
	char buffer[16];
	long value;

	cr_expect_eq(sp_proc_comm(INT_MAX, buffer, sizeof(buffer)), -ENOENT);
	cr_expect_eq(sp_proc_exe(INT_MAX, buffer, sizeof(buffer)), -ENOENT);
	cr_expect_eq(sp_proc_status("/proc", INT_MAX, "PPid", &value), -ENOENT);
}

Test(procfs, a_long_path_is_cut_and_terminated)
{
	char buffer[4] = "zzz";

	cr_assert_eq(sp_proc_exe(getpid(), buffer, sizeof(buffer)), 0);
	cr_expect_eq(strlen(buffer), 3);
}
