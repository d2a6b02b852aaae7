/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/diagnose.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sys/stat.h>

#include "sysprofile/util.h"

Test(diagnose, each_refusal_names_its_reason_and_a_remedy)
{
	static const struct {
		struct sp_trace_facts facts;
		int error;
		const char *reason, *remedy;
	} cases[] = {
		{ { .own_tracer = 9, .own_tracer_comm = "gdb", .yama_scope = 3 },
		  EPERM,
		  "traced by pid 9 (gdb)",
		  "end that tracer" },
		{ { .yama_scope = 3, .has_cap_ptrace = true },
		  EPERM,
		  "ptrace_scope is 3",
		  "reboot" },
		{ { .yama_scope = 2 }, EPERM, "ptrace_scope is 2", "as root" },
		{ { .yama_scope = 2, .has_cap_ptrace = true }, EPERM, "security module", "log" },
		{ { .yama_scope = -1, .in_container = true },
		  EPERM,
		  "container",
		  "--cap-add=SYS_PTRACE" },
		{ { .yama_scope = -1, .seccomp_mode = 2 }, EPERM, "seccomp filter", "outside" },
		{ { .yama_scope = 0 }, EACCES, "refused ptrace", "as root" },
		{ { .in_container = true }, ENOSYS, "ENOSYS", "container" },
		{ { .has_cap_ptrace = true }, ENOSYS, "ENOSYS", "built without" },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		char text[512];

		sp_diagnose_seize(&cases[i].facts, cases[i].error, text, sizeof(text));
		cr_expect_not_null(strstr(text, cases[i].reason), "case %zu: %s", i, text);
		cr_expect_not_null(strstr(text, cases[i].remedy), "case %zu: %s", i, text);
	}
}

Test(diagnose, each_process_that_cannot_be_followed_has_its_reason)
{
	static const struct {
		struct sp_target_facts target;
		struct sp_trace_facts facts;
		int error;
		bool was_there;
		const char *reason, *remedy;
	} cases[] = {
		{ { .is_self = true }, {}, EDEADLK, true, "this very sysprofile", "" },
		{ { .is_there = true }, {}, EDEADLK, true, "started by it", "elsewhere" },
		{ {}, {}, ESRCH, false, "no such process", "" },
		{ {}, {}, ESRCH, true, "ended meanwhile", "" },
		{ {}, {}, EPERM, true, "ended meanwhile", "" },
		{ { .is_zombie = true }, {}, ESRCH, true, "zombie", "" },
		{ { .is_there = true, .tracer = 9, .tracer_comm = "gdb" },
		  { .has_cap_ptrace = true },
		  EPERM,
		  true,
		  "traced by pid 9 (gdb)",
		  "end that one" },
		{ { .is_there = true, .is_kernel = true },
		  { .has_cap_ptrace = true },
		  EPERM,
		  true,
		  "thread of the kernel",
		  "" },
		{ { .is_there = true, .is_of_other_user = true, .uid = 33 },
		  { .yama_scope = 1 },
		  EPERM,
		  true,
		  "another user (uid 33)",
		  "as root" },
		{ { .is_there = true, .is_undumpable = true },
		  { .yama_scope = -1 },
		  EPERM,
		  true,
		  "not dumpable",
		  "as root" },
		{ { .is_there = true },
		  { .yama_scope = 1 },
		  EPERM,
		  true,
		  "ptrace_scope is 1",
		  "set it to 0" },
		{ { .is_there = true },
		  { .yama_scope = 2 },
		  EPERM,
		  true,
		  "ptrace_scope is 2",
		  "as root" },
		{ { .is_there = true, .is_of_other_user = true },
		  { .yama_scope = 3, .has_cap_ptrace = true },
		  EPERM,
		  true,
		  "ptrace_scope is 3",
		  "reboot" },
		{ { .is_there = true, .is_of_other_user = true },
		  { .has_cap_ptrace = true, .own_tracer = 7 },
		  EPERM,
		  true,
		  "security module",
		  "log" },
		{ { .is_there = true },
		  { .in_container = true },
		  ENOSYS,
		  true,
		  "ENOSYS",
		  "container" },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		char text[512];

		sp_diagnose_attach(&cases[i].target, &cases[i].facts, cases[i].error,
				   cases[i].was_there, text, sizeof(text));
		cr_expect_not_null(strstr(text, cases[i].reason), "case %zu: %s", i, text);
		cr_expect_not_null(strstr(text, cases[i].remedy), "case %zu: %s", i, text);
	}
}

Test(diagnose, facts_of_a_process_are_those_of_the_kernel)
{
	struct sp_target_facts facts;

	sp_diagnose_target(getpid(), &facts);
	cr_expect(facts.is_there && facts.is_self);
	cr_expect_not(facts.is_zombie || facts.is_kernel || facts.is_of_other_user ||
		      facts.is_undumpable);
	cr_expect_eq(facts.uid, (long)getuid());
	sp_diagnose_target(getppid(), &facts);
	cr_expect(facts.is_there && !facts.is_self);
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f, "%s", path);
	fputs(text, f);
	fclose(f);
}

Test(diagnose, facts_are_read_from_proc)
{
	static const char *const made[] = { "sys/kernel/yama/ptrace_scope",
					    "self/status",
					    "99/comm",
					    "sys/kernel/yama",
					    "sys/kernel",
					    "sys",
					    "self",
					    "99" };
	char proc[] = "/tmp/sysprofile-proc-XXXXXX";
	struct sp_trace_facts facts;

	cr_assert_not_null(mkdtemp(proc));
	cr_assert_eq(chdir(proc), 0);
	for (size_t i = SP_ARRAY_SIZE(made); i-- > 3;)
		cr_assert_eq(mkdir(made[i], 0755), 0, "%s", made[i]);
	put("sys/kernel/yama/ptrace_scope", "2\n");
	put("self/status", "Name:\tx\nTracerPid:\t99\nSeccomp:\t2\n");
	put("99/comm", "strace\n");

	sp_diagnose_gather(proc, &facts);
	cr_expect_eq(facts.yama_scope, 2);
	cr_expect_eq(facts.own_tracer, 99);
	cr_expect_str_eq(facts.own_tracer_comm, "strace");
	cr_expect_eq(facts.seccomp_mode, 2);

	for (size_t i = 0; i < SP_ARRAY_SIZE(made); i++)
		cr_expect_eq(remove(made[i]), 0);
	sp_diagnose_gather(proc, &facts);
	cr_expect_eq(facts.yama_scope, -1);
	cr_expect_eq(facts.own_tracer, 0);
	cr_assert_eq(chdir("/"), 0);
	cr_expect_eq(rmdir(proc), 0);
}
