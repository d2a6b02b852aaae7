/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/cgroup.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leak.h"
#include "sysprofile/util.h"

Test(cgroup, a_path_tells_its_unit)
{
	static const struct {
		const char *path;
		bool user;
		const char *unit; /* NULL: none */
	} cases[] = {
		{ "/system.slice/a.service", false, "a.service" },
		{ "/system.slice/system-a.slice/a@b.service", false, "a@b.service" },
		{ "/system.slice/a.service/sub/b.service", false, "a.service" },
		{ "/system.slice/_cpu.service", false, "cpu.service" },
		{ "/a.service", false, "a.service" },
		{ "/init.scope", false, "init.scope" },
		{ "/user.slice/user-7.slice/session-1.scope", false, "session-1.scope" },
		{ "/user.slice/user-7.slice/user@7.service/app.slice/b.service", false,
		  "user@7.service" },
		{ "/user.slice/user-7.slice/user@7.service/app.slice/b.service", true,
		  "b.service" },
		{ "/user.slice/user-7.slice/user@7.service/init.scope", true, "init.scope" },
		{ "/system.slice/a.service", true, NULL },
		{ "/user.slice/user-7.slice/session-1.scope", true, NULL },
		{ "/", false, NULL },
		{ "", false, NULL },
		{ "/system.slice", false, NULL },
		{ "/docker/0123abc", false, NULL },
		{ "/.service", false, NULL },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		char *unit = NULL;
		int r = sp_cgroup_path_unit(cases[i].path, cases[i].user, &unit);

		cr_expect_eq(r, cases[i].unit ? 0 : -ENOENT, "%s", cases[i].path);
		if (cases[i].unit)
			cr_expect(unit && sp_streq(unit, cases[i].unit), "%s: %s", cases[i].path,
				  unit);
		free(unit);
	}
	sp_assert_no_leak();
}

static void make_groups(const char *proc, int pid, const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d", proc, pid);
	cr_assert_eq(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/%d/cgroup", proc, pid);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	fputs(text, f);
	cr_assert_eq(fclose(f), 0);
}

static void remove_groups(const char *proc, int pid)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%d/cgroup", proc, pid);
	(void)unlink(path);
	*strrchr(path, '/') = 0;
	(void)rmdir(path);
}

/* manager: of process 1, or NULL. */
static void expect_below(const char *manager, const char *text, const char *wanted)
{
	char proc[] = "/tmp/sysprofile-cgroup-XXXXXX", *unit = NULL;

	cr_assert_not_null(mkdtemp(proc));
	make_groups(proc, 7, text);
	if (manager)
		make_groups(proc, 1, manager);
	cr_expect_eq(sp_cgroup_unit(proc, 7, false, &unit), wanted ? 0 : -ENOENT, "%s", text);
	if (wanted)
		cr_expect(unit && sp_streq(unit, wanted), "%s: %s", text, unit);
	free(unit);
	remove_groups(proc, 7);
	remove_groups(proc, 1);
	(void)rmdir(proc);
}

static void expect(const char *text, const char *wanted)
{
	expect_below(NULL, text, wanted);
}

Test(cgroup, every_version_of_the_file_is_read)
{
	expect("0::/system.slice/a.service\n", "a.service");
	expect("12:pids:/x\n1:name=systemd:/system.slice/a.service\n0::/y.service\n", "a.service");
	expect("4:memory:/\n", NULL);
	expect("", NULL);
	expect("9:name=systemd:/\n0::/system.slice/a.service\n", "a.service");
	sp_assert_no_leak();
}

/* In a container without a namespace of its own for them. */
Test(cgroup, paths_begin_at_the_manager)
{
	expect_below("0::/box/payload/init.scope\n", "0::/box/payload/system.slice/a.service\n",
		     "a.service");
	expect_below("0::/box/payload/init.scope\n", "0::/box/payloads/a.service\n", NULL);
	expect_below("9:name=systemd:/init.scope\n", "9:name=systemd:/a.service\n", "a.service");
	expect_below("0::/\n", "0::/system.slice/a.service\n", "a.service");
	sp_assert_no_leak();
}
