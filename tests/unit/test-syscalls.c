/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/syscalls.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <seccomp.h>
#include <sys/syscall.h>

#include "sysprofile/util.h"

static sp_call intern(const char *name)
{
	sp_call call;

	cr_assert_eq(sp_call_intern(name, strlen(name), &call), 0, "%s", name);
	return call;
}

Test(syscalls, a_name_has_one_handle)
{
	sp_call call, again;

	cr_expect_eq(sp_call_lookup("read", 4, &call), -ENOENT);
	call = intern("read");
	cr_expect_eq(sp_call_intern("readv", 4, &again), 0);
	cr_expect_eq(again, call);
	cr_expect_eq(sp_call_lookup("read", 4, &again), 0);
	cr_expect_eq(again, call);
	cr_expect_str_eq(sp_call_name(call), "read");
	cr_expect_neq(intern("readv"), call);
}

Test(syscalls, libseccomp_decides_what_is_a_call)
{
	cr_expect(sp_call_is_known(intern("read")));
	/* Of another ABI only: a pseudo number here, and a real name for systemd. */
	cr_expect(sp_call_is_known(intern("socketcall")));
	cr_expect_not(sp_call_is_known(intern("no_such_call")));
	cr_expect_not(sp_call_is_known(intern("READ")));
}

Test(syscalls, numbers_follow_the_abi)
{
	uint32_t nr = 0;
	sp_call call;

	cr_assert_eq(sp_call_number(intern("getppid"), sp_abi_native(), &nr), 0);
	cr_expect_eq(nr, SYS_getppid);
	cr_assert_eq(sp_call_number(intern("sync"), SCMP_ARCH_X86, &nr), 0);
	cr_expect_eq(nr, 36);
	cr_assert_eq(sp_call_number(intern("read"), SCMP_ARCH_X32, &nr), 0);
	cr_expect_eq(nr, 0x40000000);
	cr_expect_eq(sp_call_number(intern("socketcall"), SCMP_ARCH_X86_64, &nr), -ENOENT);
	cr_expect_eq(sp_call_number(intern("no_such_call"), SCMP_ARCH_X86, &nr), -ENOENT);

	cr_assert_eq(sp_call_from_number(SCMP_ARCH_X86, 36, &call), 0);
	cr_expect_str_eq(sp_call_name(call), "sync");
	cr_assert_eq(sp_call_from_number(SCMP_ARCH_X32, 0x40000000, &call), 0);
	cr_expect_str_eq(sp_call_name(call), "read");
}

/* A tracee chooses the number: none may reach libseccomp's own pseudo numbers, or crash. */
Test(syscalls, numbers_without_a_name_stay_without)
{
	static const uint64_t numbers[] = { 70000,	0x3fffffff, UINT32_MAX,
					    UINT64_MAX, INT32_MAX,  (uint64_t)(uint32_t)-101 };

	for (size_t i = 0; i < SP_ARRAY_SIZE(numbers); i++) {
		sp_call call = 7;

		cr_expect_eq(sp_call_from_number(SCMP_ARCH_X86_64, numbers[i], &call), -ENOENT,
			     "%llx", (unsigned long long)numbers[i]);
		cr_expect_eq(call, 7);
	}
}

Test(syscalls, an_abi_has_the_calls_whose_numbers_have_names)
{
	static struct sp_numbered_call calls[SP_CALLS_MAX];
	const char *const wanted[] = { "read", "recvmmsg", "socket", "msgget" };
	size_t n = sp_calls_of_abi(sp_abi_from_name("x86"), calls), found = 0;

	for (size_t i = 0; i < n; i++) {
		cr_expect(i == 0 || calls[i].nr > calls[i - 1].nr);
		for (size_t k = 0; k < SP_ARRAY_SIZE(wanted); k++)
			found += sp_streq(sp_call_name(calls[i].call), wanted[k]);
	}
	cr_expect_eq(found, SP_ARRAY_SIZE(wanted));
}

static int compare(struct sp_made_call a, struct sp_made_call b)
{
	int r = sp_made_call_compare(a, b), back = sp_made_call_compare(b, a);

	cr_expect_eq(r > 0, back < 0);
	cr_expect_eq(r == 0, back == 0);
	return r;
}

Test(syscalls, made_calls_have_an_order)
{
	const sp_abi native = sp_abi_native(),
		     foreign = native == SCMP_ARCH_X86 ? SCMP_ARCH_ARM : SCMP_ARCH_X86;
	const struct sp_made_call in_order[] = {
		{ native, 9, true, intern("bind") },
		{ native, 2, true, intern("open") },
		{ native, 5, true, intern("open") },
		{ native, 1, false, 0 },
		{ native, 70000, false, intern("bind") },
		{ foreign, 1, true, intern("access") },
		{ foreign, 0, false, 0 },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(in_order); i++) {
		cr_expect_eq(compare(in_order[i], in_order[i]), 0);
		for (size_t k = i + 1; k < SP_ARRAY_SIZE(in_order); k++)
			cr_expect_lt(compare(in_order[i], in_order[k]), 0, "%zu %zu", i, k);
	}
}

Test(syscalls, old_entrances_lead_to_calls)
{
	static const struct {
		const char *entrance, *abi;
		uint32_t first;
		const char *behind;
	} cases[] = {
		{ "socketcall", "x86", 1, "socket" },
		{ "socketcall", "x86", 20, "sendmmsg" },
		{ "socketcall", "x86", 10, "recv" },
		{ "socketcall", "x86", 21, NULL },
		{ "socketcall", "x86", 0, NULL },
		{ "socketcall", "x86", UINT32_MAX, NULL },
		{ "socketcall", "s390x", 2, "bind" },
		{ "socketcall", "x86-64", 1, NULL },
		{ "ipc", "x86", 1, "semop" },
		{ "ipc", "x86", 21, "shmat" },
		{ "ipc", "x86", 5, NULL },
		{ "ipc", "x86", 24, "shmctl" },
		{ "ipc", "x86", 0x10001, NULL },
		{ "read", "x86", 1, NULL },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		sp_call call;
		int r = sp_call_behind(intern(cases[i].entrance), sp_abi_from_name(cases[i].abi),
				       cases[i].first, &call);

		cr_expect(cases[i].behind ? r == 0 && sp_streq(sp_call_name(call), cases[i].behind)
					  : r == -ENOENT,
			  "%s %s %u: %d", cases[i].abi, cases[i].entrance, cases[i].first, r);
	}
}

Test(syscalls, hostile_names_are_refused)
{
	char longest[65];
	sp_call call;

	memset(longest, 'a', sizeof(longest));
	cr_expect_eq(sp_call_intern("", 0, &call), -EINVAL);
	cr_expect_eq(sp_call_intern(longest, sizeof(longest), &call), -EINVAL);
	cr_expect_eq(sp_call_intern("a\0b", 3, &call), -EINVAL);
	cr_expect_eq(sp_call_intern(longest, sizeof(longest) - 1, &call), 0);
}

Test(syscalls, the_table_of_names_is_bounded)
{
	int r = 0;

	for (int i = 0; i <= SP_CALLS_MAX && r == 0; i++) {
		char name[16];
		sp_call call;

		snprintf(name, sizeof(name), "made_up_%d", i);
		r = sp_call_intern(name, strlen(name), &call);
	}
	cr_expect_eq(r, -ENOSPC);
}
