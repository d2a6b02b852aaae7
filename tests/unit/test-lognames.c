/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/lognames.h"

#include <criterion/criterion.h>
#include <seccomp.h>

#include "sysprofile/syscalls.h"
#include "sysprofile/util.h"

static const struct sp_log_name *find(const struct sp_log_names *names, const char *name)
{
	return sp_log_names_find(names, name, strlen(name));
}

/* Of all ABIs of this machine: what libseccomp calls a number leads back to it. */
Test(lognames, every_call_is_found_by_its_name)
{
	_cleanup_(sp_log_names_freep) struct sp_log_names *names = NULL;
	const sp_abi *local = sp_abi_local();

	cr_assert_eq(sp_log_names_new(&names), 0);
	for (int i = 0; local[i]; i++) {
		struct sp_numbered_call calls[SP_CALLS_MAX];
		const size_t n = sp_calls_of_abi(local[i], calls);

		cr_assert_gt(n, 300);
		cr_expect_eq(sp_log_abi_place(local[i]), i);
		for (size_t k = 0; k < n; k++) {
			const char *name = sp_call_name(calls[k].call);
			const struct sp_log_name *found = find(names, name);

			cr_assert(found, "%s", name);
			cr_expect(found->nr[i] == calls[k].nr || found->also[i] == calls[k].nr,
				  "%s: %u, not %u", name, found->nr[i], calls[k].nr);
		}
	}
	cr_expect_eq(sp_log_abi_place(SCMP_ARCH_S390), -1);
}

Test(lognames, what_is_none_is_not_found)
{
	static const char *const none[] = {
		"",
		"reed",
		"rea",
		"readd",
		"x",
		"exit_groupp",
		"a_name_that_is_longer_than_any_that_a_kernel_has_had"
	};
	_cleanup_(sp_log_names_freep) struct sp_log_names *names = NULL;

	cr_assert_eq(sp_log_names_new(&names), 0);
	for (size_t i = 0; i < SP_ARRAY_SIZE(none); i++)
		cr_expect_null(find(names, none[i]), "%s", none[i]);
	/* The length decides, not a 0 byte. */
	cr_expect_not_null(sp_log_names_find(names, "read(3)", 4));
}

Test(lognames, kinds)
{
	static const struct {
		const char *name;
		enum sp_log_kind kind;
	} cases[] = {
		{ "read", SP_LOG_PLAIN },  { "clone", SP_LOG_FORK },	  { "clone3", SP_LOG_FORK },
		{ "execve", SP_LOG_EXEC }, { "execveat", SP_LOG_EXEC },	  { "exit", SP_LOG_EXIT },
		{ "prctl", SP_LOG_PRCTL }, { "exit_group", SP_LOG_EXIT },
	};
	_cleanup_(sp_log_names_freep) struct sp_log_names *names = NULL;

	cr_assert_eq(sp_log_names_new(&names), 0);
	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		cr_assert_not_null(find(names, cases[i].name));
		cr_expect_eq(find(names, cases[i].name)->kind, cases[i].kind, "%s", cases[i].name);
	}
}

#ifdef __x86_64__
Test(lognames, names_that_strace_had_before)
{
	_cleanup_(sp_log_names_freep) struct sp_log_names *names = NULL;
	const int native = 0, x86 = sp_log_abi_place(SCMP_ARCH_X86);

	cr_assert_eq(sp_log_names_new(&names), 0);
	cr_assert_gt(x86, 0);
	cr_expect_eq(find(names, "old_mmap")->nr[x86], 90);
	cr_expect_eq(find(names, "old_mmap")->nr[native], SP_LOG_NO_NUMBER);
	cr_expect_eq(find(names, "pread")->nr[native], 17);
	cr_expect_eq(find(names, "umount")->nr[native], 166);
	cr_expect_eq(find(names, "umount")->nr[x86], 22);
	cr_expect_eq(find(names, "select")->nr[native], 23);
	cr_expect_eq(find(names, "select")->also[native], SP_LOG_NO_NUMBER);
	cr_expect_eq(find(names, "select")->nr[x86], 82);
	cr_expect_eq(find(names, "select")->also[x86], 142);
	cr_expect_eq(find(names, "socket")->also[x86], 102);
	cr_expect_eq(find(names, "semop")->nr[x86], 117);
}
#endif
