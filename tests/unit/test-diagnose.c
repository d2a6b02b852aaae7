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
