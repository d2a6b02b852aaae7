/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/notice.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/prctl.h>

#include "leak.h"
#include "sysprofile/util.h"

static struct sp_event call(sp_abi abi, const char *name, uint64_t arg0, uint64_t arg1)
{
	sp_call handle;
	uint32_t nr = 0;

	cr_assert_eq(sp_call_intern(name, strlen(name), &handle), 0);
	cr_assert_eq(sp_call_number(handle, abi, &nr), 0);
	return (struct sp_event){
		.kind = SP_EVENT_SYSCALL,
		.tid = 42,
		.arch = abi == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : abi,
		.nr = nr,
		.args = { arg0, arg1 },
	};
}

Test(notice, arguments_decide)
{
	static const struct {
		const char *name;
		uint64_t arg0, arg1;
		enum sp_notice_kind kind;
	} cases[] = {
		{ "read", 0, 0, SP_NOTICE_NONE },
		{ "prctl", PR_SET_NAME, 0, SP_NOTICE_NONE },
		{ "prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, SP_NOTICE_OWN_SECCOMP },
		{ "prctl", PR_SET_SECCOMP, SECCOMP_MODE_STRICT, SP_NOTICE_STRICT },
		{ "seccomp", SECCOMP_SET_MODE_FILTER, 0, SP_NOTICE_OWN_SECCOMP },
		{ "seccomp", SECCOMP_SET_MODE_STRICT, 0, SP_NOTICE_STRICT },
		{ "seccomp", SECCOMP_GET_ACTION_AVAIL, 0, SP_NOTICE_NONE },
		{ "io_uring_setup", 8, 0, SP_NOTICE_IO_URING },
		{ "personality", 0xffffffff, 0, SP_NOTICE_NONE },
		{ "personality", 0x0040000, 0, SP_NOTICE_PERSONALITY },
		{ "ptrace", 0, 0, SP_NOTICE_PTRACE },
	};
	struct sp_notices *notices;

	cr_assert_eq(sp_notices_new(&notices), 0);
	for (const sp_abi *abi = sp_abi_local(); *abi; abi++)
		for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
			struct sp_event event =
				call(*abi, cases[i].name, cases[i].arg0, cases[i].arg1);

			cr_expect_eq(sp_notices_classify(notices, &event), cases[i].kind,
				     "%s on %s", cases[i].name, sp_abi_name(*abi));
		}
	sp_notices_free(notices);
	sp_assert_no_leak();
}

Test(notice, a_number_means_something_on_its_own_abi_only)
{
	struct sp_event event = call(SCMP_ARCH_X86, "ptrace", 0, 0);
	struct sp_notices *notices;

	if (sp_abi_native() != SCMP_ARCH_X86_64)
		cr_skip_test("numbers of x86-64 are looked at");
	cr_assert_eq(sp_notices_new(&notices), 0);
	cr_expect_eq(sp_notices_classify(notices, &event), SP_NOTICE_PTRACE);
	/* 26 is ptrace on i386 and msync on x86-64. */
	event.arch = SCMP_ARCH_X86_64;
	cr_expect_eq(sp_notices_classify(notices, &event), SP_NOTICE_NONE);
	event.nr = UINT64_MAX;
	cr_expect_eq(sp_notices_classify(notices, &event), SP_NOTICE_NONE);
	sp_notices_free(notices);
}

Test(notice, each_program_is_kept_once_and_counted)
{
	struct sp_event event = { .tid = 5, .time_ns = 9 };
	struct sp_notices *notices;
	char *sentence;

	cr_assert_eq(sp_notices_new(&notices), 0);
	cr_expect_eq(sp_notices_add(notices, SP_NOTICE_PTRACE, "/bin/a", &event, "one"), 1);
	event.tid = 6;
	cr_expect_eq(sp_notices_add(notices, SP_NOTICE_PTRACE, "/bin/a", &event, "two"), 0);
	cr_expect_eq(sp_notices_add(notices, SP_NOTICE_PTRACE, "/bin/b", &event, NULL), 1);
	cr_expect_eq(sp_notices_add(notices, SP_NOTICE_IO_URING, "/bin/a", &event, "x"), 1);
	cr_assert_eq(sp_notices_count(notices), 3);
	cr_expect_eq(sp_notices_at(notices, 0)->count, 2);
	cr_expect_eq(sp_notices_at(notices, 0)->tid, 5);
	sentence = sp_notice_sentence(sp_notices_at(notices, 0));
	cr_expect_not_null(strstr(sentence, "/bin/a (pid 5, one)"), "%s", sentence);
	free(sentence);
	sp_notices_free(notices);
	sp_assert_no_leak();
}

Test(notice, every_kind_has_its_words)
{
	for (int kind = SP_NOTICE_NONE + 1; kind < _SP_NOTICE_MAX; kind++) {
		char exe[] = "/x";
		struct sp_notice notice = { .kind = (enum sp_notice_kind)kind, .exe = exe };
		char *sentence = sp_notice_sentence(&notice);

		cr_expect_null(strstr(sentence, "(null)"), "%s", sentence);
		free(sentence);
	}
}
