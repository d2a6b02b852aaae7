/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/enforce.h"

#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../systemd/bpf.h"
#include "filter-cases.h"
#include "leak.h"
#include "sets.h"

#define X32_BIT 0x40000000u

static struct sp_filter *filter_of(const struct sp_groups *groups, const char *text)
{
	struct sp_filter *filter = NULL;

	cr_assert_eq(sp_filter_new(groups, &filter), 0);
	cr_assert_eq(sp_filter_parse(filter, "a.service", text, strlen(text), NULL, NULL), 0);
	return filter;
}

static uint32_t wanted(const struct sp_filter *filter, uint32_t arch, uint32_t nr)
{
	struct sp_verdict verdict;

	sp_filter_verdict(filter, sp_abi_of_call(arch, nr), nr, &verdict);
	switch (verdict.action) {
	case SP_ACTION_LOG:
		return SECCOMP_RET_LOG;
	case SP_ACTION_ERRNO:
		return SECCOMP_RET_ERRNO | (uint32_t)verdict.err;
	case SP_ACTION_KILL_THREAD:
		return SECCOMP_RET_KILL_THREAD;
	case SP_ACTION_KILL_PROCESS:
		return SECCOMP_RET_KILL_PROCESS;
	case SP_ACTION_ALLOW:
	case _SP_ACTION_MAX:
		break;
	}
	return SECCOMP_RET_ALLOW;
}

static struct bpf_program *for_interpreter(const struct sp_enforcement *programs)
{
	struct bpf_program *copies = calloc(programs->n + 1, sizeof(*copies));

	cr_assert_not_null(copies);
	for (size_t i = 0; i < programs->n; i++) {
		copies[i].n = programs->programs[i].len;
		memcpy(copies[i].code, programs->programs[i].filter,
		       copies[i].n * sizeof(*copies[i].code));
	}
	return copies;
}

/* Where a filter and its programs differ, in words; at most the first few. */
static size_t compare_on(const struct sp_filter *filter, const struct sp_enforcement *programs,
			 const char *name, uint32_t arch, uint32_t first, uint32_t last)
{
	struct bpf_program *copies = for_interpreter(programs);
	size_t wrong = 0;

	for (uint64_t nr = first; nr <= last; nr++) {
		struct seccomp_data data = { .nr = (int)nr, .arch = arch };
		uint32_t want = wanted(filter, arch, (uint32_t)nr);
		uint32_t got = 0;

		cr_assert_eq(bpf_run_all(copies, programs->n, &data, &got, NULL), 0);
		if (want == got)
			continue;
		if (wrong++ < 3)
			cr_log_error("%s: arch %#x nr %#x: wanted %#x, got %#x", name, arch,
				     (uint32_t)nr, want, got);
	}
	free(copies);
	return wrong;
}

static size_t compare(const struct sp_filter *filter, const char *name)
{
	struct sp_enforcement programs = {};
	size_t wrong = 0;

	cr_assert_eq(sp_enforcement_compile(filter, NULL, &programs), 0, "%s", name);
	if (sp_abi_native() == AUDIT_ARCH_X86_64) {
		wrong += compare_on(filter, &programs, name, AUDIT_ARCH_I386, 0, 1023);
		wrong += compare_on(filter, &programs, name, AUDIT_ARCH_I386, UINT32_MAX,
				    UINT32_MAX);
		wrong += compare_on(filter, &programs, name, AUDIT_ARCH_X86_64, X32_BIT,
				    X32_BIT + 1023);
		wrong += compare_on(filter, &programs, name, AUDIT_ARCH_X86_64, 0x80000000u,
				    0x80000003u);
		/* What this machine's kernel never reports. */
		wrong += compare_on(filter, &programs, name, AUDIT_ARCH_AARCH64, 0, 10);
	}
	wrong += compare_on(filter, &programs, name, sp_abi_native(), 0, 1023);
	wrong += compare_on(filter, &programs, name, sp_abi_native(), 70000, 70003);
	wrong += compare_on(filter, &programs, name, sp_abi_native(), UINT32_MAX - 2, UINT32_MAX);
	sp_enforcement_done(&programs);
	return wrong;
}

static const char *const texts[] = {
	"[Service]\nSystemCallFilter=@system-service\nSystemCallFilter=~@privileged @resources\n",
	"[Service]\nSystemCallFilter=@basic-io\nSystemCallErrorNumber=EPERM\n",
	"[Service]\nSystemCallFilter=~@mount:ENOSYS @reboot:kill ptrace\n"
	"SystemCallErrorNumber=EACCES\n",
	"[Service]\nSystemCallFilter=~getppid:0 write:1\n",
	"[Service]\nSystemCallArchitectures=native\n",
	"[Service]\nSystemCallArchitectures=x86-64 x86\nSystemCallFilter=~@clock\n",
	"[Service]\nSystemCallArchitectures=x32\nSystemCallFilter=@system-service\n"
	"SystemCallErrorNumber=EPERM\n",
	"[Service]\nSystemCallArchitectures=native\nSystemCallFilter=@system-service\n",
	"[Service]\nSystemCallArchitectures=native\nSystemCallFilter=~@clock @debug:EPERM\n",
	"[Service]\nSystemCallLog=@file-system\n",
	"[Service]\nSystemCallLog=~@system-service\nSystemCallFilter=~@mount\n",
	"[Service]\nSystemCallFilter=socketcall ipc socket semop vm86 _llseek stat64\n",
	"[Service]\nSystemCallFilter=~socket semop @obsolete\nSystemCallErrorNumber=EPERM\n",
	"[Service]\nSystemCallFilter=@known\nSystemCallFilter=~socketcall ipc\n",
	"[Service]\nSystemCallFilter=~\n",
	"[Service]\n",
};

static const char *const releases[] = { "231", "239", "247", "252.39", "254", "255", "257", "261" };

Test(enforce, the_programs_answer_as_the_model_does, .timeout = 100)
{
	size_t wrong = 0;

	for (size_t r = 0; r < SP_ARRAY_SIZE(releases); r++) {
		_cleanup_(sp_groups_freep) struct sp_groups *groups = release(releases[r]);

		for (size_t i = 0; i < SP_ARRAY_SIZE(texts); i++) {
			_cleanup_(sp_filter_freep) struct sp_filter *filter =
				filter_of(groups, texts[i]);
			char name[32];

			snprintf(name, sizeof(name), "%s text %zu", releases[r], i);
			wrong += compare(filter, name);
		}
	}
	cr_expect_eq(wrong, 0, "%zu answers differ", wrong);
	sp_assert_no_leak();
}

/* Lines of random words, plain and inverted, with every kind of action. */
static void write_random(const struct sp_groups *groups, struct random *random, FILE *f)
{
	static const char *const ends[] = { "", "", "", "", ":EPERM", ":kill", ":0", ":ENOSYS" };
	static const char *const others[] = {
		"SystemCallErrorNumber=EPERM",	      "SystemCallErrorNumber=kill",
		"SystemCallArchitectures=native",     "SystemCallArchitectures=x86",
		"SystemCallArchitectures=x86-64 x32", "SystemCallLog=@file-system read",
		"SystemCallLog=~@basic-io",
	};

	fputs("[Service]\n", f);
	for (uint64_t lines = random_next(random) % 5; lines-- > 0;) {
		if (random_next(random) % 3 == 0) {
			fprintf(f, "%s\n", others[random_next(random) % SP_ARRAY_SIZE(others)]);
			continue;
		}
		fputs(random_next(random) % 2 ? "SystemCallFilter=~" : "SystemCallFilter=", f);
		for (uint64_t words = random_next(random) % 8; words-- > 0;) {
			const struct sp_group *group =
				sp_groups_at(groups, random_next(random) % sp_groups_count(groups));
			const char *end = ends[random_next(random) % SP_ARRAY_SIZE(ends)];

			fprintf(f, "%s%s ",
				random_next(random) % 2 || group->n_members == 0
					? group->name
					: group->members[random_next(random) % group->n_members],
				end);
		}
		fputs("\n", f);
	}
}

Test(enforce, random_texts_too, .timeout = 100)
{
	struct random random = { 4711 };
	size_t wrong = 0;

	for (size_t i = 0; i < 150; i++) {
		_cleanup_(sp_groups_freep) struct sp_groups *groups =
			release(releases[i % SP_ARRAY_SIZE(releases)]);
		_cleanup_(sp_filter_freep) struct sp_filter *filter = NULL;
		_cleanup_(sp_freep) char *text = NULL;
		size_t len;
		FILE *f = open_memstream(&text, &len);

		cr_assert_not_null(f);
		write_random(groups, &random, f);
		cr_assert_eq(fclose(f), 0);
		cr_assert_eq(sp_filter_new(groups, &filter), 0);
		/* What systemd refuses to load at all has no programs. */
		if (sp_filter_parse(filter, "a.service", text, len, NULL, NULL) == 0)
			wrong += compare(filter, text);
	}
	cr_expect_eq(wrong, 0, "%zu answers differ", wrong);
}

Test(enforce, what_refuses_nothing_has_no_program)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = release("252");
	_cleanup_(sp_filter_freep) struct sp_filter *filter =
		filter_of(groups, "[Service]\nSystemCallFilter=~\n");
	struct sp_enforcement programs = {};

	cr_assert_eq(sp_enforcement_compile(filter, NULL, &programs), 0);
	cr_expect_eq(programs.n, 0);
}

Test(enforce, an_errno_that_libseccomp_cannot_hold_is_an_error)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = release("252");
	_cleanup_(sp_filter_freep) struct sp_filter *filter =
		filter_of(groups, "[Service]\nSystemCallFilter=~write:4095\n");
	struct sp_enforcement programs = {};

	cr_expect_eq(sp_enforcement_compile(filter, NULL, &programs), -EINVAL);
	cr_expect_eq(programs.n, 0);
}

/* In a child: what the kernel says to a call under the programs. */
static int ask_kernel(const struct sp_enforcement *programs, long nr)
{
	int status = 0;
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			_exit(99);
		for (size_t i = 0; i < programs->n; i++)
			if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
				    &programs->programs[i]) < 0)
				_exit(98);
		_exit(syscall(nr, -1, 0, 0, 0, 0, 0) < 0 ? errno : 0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return status;
}

Test(enforce, the_kernel_answers_as_the_model_does, .timeout = 30)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = release("252");
	_cleanup_(sp_filter_freep) struct sp_filter *filter =
		filter_of(groups, "[Service]\nSystemCallFilter=~@mount:ENOSYS close:0 getppid:kill "
				  "fsync:EXDEV\nSystemCallLog=getuid\n");
	_cleanup_(sp_enforcement_done) struct sp_enforcement programs = {};
	int status;

	cr_assert_eq(sp_enforcement_compile(filter, NULL, &programs), 0);
	cr_expect_eq(WEXITSTATUS(ask_kernel(&programs, SYS_umount2)), ENOSYS);
	cr_expect_eq(WEXITSTATUS(ask_kernel(&programs, SYS_fsync)), EXDEV);
	cr_expect_eq(WEXITSTATUS(ask_kernel(&programs, SYS_close)), 0);
	cr_expect_eq(WEXITSTATUS(ask_kernel(&programs, SYS_fdatasync)), EBADF);
	cr_expect_eq(WEXITSTATUS(ask_kernel(&programs, SYS_getuid)), 0);
	status = ask_kernel(&programs, SYS_getppid);
	cr_expect(WIFSIGNALED(status));
	cr_expect_eq(WTERMSIG(status), SIGSYS);
}

/* Of other directives what does not depend on arguments; the filter's own errno stands. */
Test(enforce, what_other_directives_refuse_is_refused_too, .timeout = 30)
{
	static const char text[] = "[Service]\nRestrictNamespaces=yes\nProtectKernelLogs=yes\n"
				   "ProtectKernelModules=yes\nRestrictAddressFamilies=AF_UNIX\n"
				   "SystemCallFilter=~delete_module:EXDEV\n";
	_cleanup_(sp_groups_freep) struct sp_groups *groups = release("252");
	_cleanup_(sp_filter_freep) struct sp_filter *filter = filter_of(groups, text);
	_cleanup_(sp_directives_freep) struct sp_directives *directives = NULL;
	_cleanup_(sp_enforcement_done) struct sp_enforcement programs = {};

	cr_assert_eq(sp_directives_new(groups, &directives), 0);
	cr_assert_eq(sp_directives_parse(directives, "a.service", text, strlen(text), NULL, NULL),
		     0);
	cr_assert_eq(sp_enforcement_compile(filter, directives, &programs), 0);
	cr_expect_eq(WEXITSTATUS(ask_kernel(&programs, SYS_setns)), EPERM);
	cr_expect_eq(WEXITSTATUS(ask_kernel(&programs, SYS_clone3)), ENOSYS);
	cr_expect_eq(WEXITSTATUS(ask_kernel(&programs, SYS_syslog)), EPERM);
	cr_expect_eq(WEXITSTATUS(ask_kernel(&programs, SYS_delete_module)), EXDEV);
	cr_expect_eq(WEXITSTATUS(ask_kernel(&programs, SYS_fdatasync)), EBADF);
	cr_expect_neq(WEXITSTATUS(ask_kernel(&programs, SYS_socket)), EPERM);
}
