/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/prefilter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include "../systemd/bpf.h"
#include "leak.h"
#include "sysprofile/util.h"

/*
 * The instructions that the kernel's search for calls that always pass understands
 * (seccomp_is_const_allow): any other on the way to ALLOW, and every call runs the filter.
 */
static bool is_constant(uint16_t code)
{
	switch (code) {
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_JMP | BPF_JA:
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_K:
	case BPF_ALU | BPF_AND | BPF_K:
	case BPF_RET | BPF_K:
		return true;
	default:
		return false;
	}
}

static void look_at(const struct sock_filter *ins, void *userdata)
{
	bool *constant = userdata;

	*constant = *constant && is_constant(ins->code);
}

/* What the filter answers; *ret_constant: only such instructions led there. */
static uint32_t run(const struct sp_prefilter *filter, uint32_t arch, uint32_t nr,
		    bool *ret_constant)
{
	const struct seccomp_data data = { .nr = (int)nr, .arch = arch };
	uint32_t answer = 0;

	*ret_constant = true;
	cr_assert_eq(bpf_run_steps(filter->insns, filter->n, &data, look_at, ret_constant, &answer),
		     0);
	return answer;
}

static struct sp_sysset make_set(const char *const *names, size_t n)
{
	struct sp_sysset set = {};

	for (size_t i = 0; i < n; i++) {
		sp_call call;

		cr_assert_eq(sp_call_intern(names[i], strlen(names[i]), &call), 0);
		sp_sysset_add(&set, call);
	}
	return set;
}

static const uint32_t archs[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64 };

/* The edges of every field that a number passes through on its way into the data. */
static const uint32_t odd_numbers[] = {
	0x3fff,	    0x4000,	0x7fff,	    0x8000,	0xffff,
	0x10000,    70000,	0x3fffffff, 0x40000000, 0x40003fff,
	0x40004000, 0x7fffffff, 0x80000000, 0xfffffffe, UINT32_MAX
};

static void expect_trace(const struct sp_prefilter *filter, uint32_t arch, uint32_t nr)
{
	bool constant;
	uint32_t answer = run(filter, arch, nr, &constant), said_arch;
	uint64_t said_nr;

	cr_expect_eq(answer & 0xffff0000, SECCOMP_RET_TRACE, "%#x %#x: %#x", arch, nr, answer);
	cr_expect_eq(answer & 0xffff, sp_prefilter_encode(arch, nr), "%#x %#x: %#x", arch, nr,
		     answer);
	if ((answer & 0xffff) == SP_PREFILTER_ASK)
		return;
	cr_expect(sp_prefilter_decode(answer & 0xffff, &said_arch, &said_nr));
	cr_expect_eq(said_arch, arch);
	cr_expect_eq(said_nr, nr);
}

Test(prefilter, every_call_is_handed_over_and_no_number_changes_the_action)
{
	struct sp_prefilter_pass none = {};
	struct sp_prefilter filter;

	cr_assert_eq(sp_prefilter_build(&none, &filter), 0);
	for (size_t a = 0; a < SP_ARRAY_SIZE(archs); a++) {
		for (uint32_t nr = 0; nr < 1024; nr++) {
			expect_trace(&filter, archs[a], nr);
			expect_trace(&filter, archs[a], 0x40000000 | nr);
		}
		for (size_t i = 0; i < SP_ARRAY_SIZE(odd_numbers); i++)
			expect_trace(&filter, archs[a], odd_numbers[i]);
	}
	sp_prefilter_done(&filter);
	sp_assert_no_leak();
}

Test(prefilter, the_usual_numbers_need_no_second_question)
{
	if (sp_abi_native() != AUDIT_ARCH_X86_64)
		cr_skip_test("three ABIs of x86-64 are looked at");
	for (uint32_t nr = 0; nr < 1024; nr++) {
		cr_expect_neq(sp_prefilter_encode(AUDIT_ARCH_X86_64, nr), SP_PREFILTER_ASK);
		cr_expect_neq(sp_prefilter_encode(AUDIT_ARCH_I386, nr), SP_PREFILTER_ASK);
		cr_expect_neq(sp_prefilter_encode(AUDIT_ARCH_X86_64, 0x40000000 | nr),
			      SP_PREFILTER_ASK);
	}
}

Test(prefilter, what_is_assumed_passes_on_each_abi_and_nothing_else)
{
	static const char *const names[] = { "read",  "write", "openat", "epoll_wait", "stat64",
					     "futex", "mmap",  "mmap2",	 "exit_group", "getpid" };
	struct sp_sysset set = make_set(names, SP_ARRAY_SIZE(names));
	struct sp_prefilter_pass pass = { .assumed = set };
	struct sp_prefilter filter;
	size_t passed = 0;

	cr_assert_eq(sp_prefilter_build(&pass, &filter), 0);
	for (const sp_abi *abi = sp_abi_local(); *abi; abi++)
		for (uint32_t i = 0; i < 1024; i++) {
			bool x32 = sp_streq(sp_abi_name(*abi), "x32"), constant;
			uint32_t arch = x32 ? AUDIT_ARCH_X86_64 : *abi;
			uint32_t nr = x32 ? 0x40000000 | i : i;
			sp_call call;

			if (sp_call_from_number(*abi, nr, &call) < 0 ||
			    !sp_sysset_contains(&set, call)) {
				expect_trace(&filter, arch, nr);
				continue;
			}
			passed++;
			cr_expect_eq(run(&filter, arch, nr, &constant), SECCOMP_RET_ALLOW);
			cr_expect(constant, "%s", sp_call_name(call));
		}
	cr_expect_gt(passed, SP_ARRAY_SIZE(names));
	for (size_t i = 0; i < SP_ARRAY_SIZE(odd_numbers); i++)
		if (odd_numbers[i] != 0x40000000)
			expect_trace(&filter, AUDIT_ARCH_X86_64, odd_numbers[i]);
	sp_prefilter_done(&filter);
	sp_assert_no_leak();
}

Test(prefilter, what_must_be_seen_is_traced_even_when_assumed)
{
	static const char *const names[] = { "seccomp", "prctl", "clone", "clone3", "ptrace" };
	struct sp_prefilter_pass pass = { .assumed = make_set(names, SP_ARRAY_SIZE(names)) };
	struct sp_prefilter filter;

	cr_assert_eq(sp_prefilter_build(&pass, &filter), 0);
	for (uint32_t nr = 0; nr < 1024; nr++)
		expect_trace(&filter, AUDIT_ARCH_X86_64, nr);
	sp_prefilter_done(&filter);
}

Test(prefilter, what_is_known_passes_on_its_own_abi_alone)
{
	static const struct sp_abi_number known[] = {
		{ AUDIT_ARCH_X86_64, 0 },  { AUDIT_ARCH_I386, 20 },   { AUDIT_ARCH_X86_64, 1 },
		{ AUDIT_ARCH_X86_64, 56 }, { AUDIT_ARCH_I386, 9999 },
	};
	struct sp_prefilter_pass pass = { .known = known, .n_known = SP_ARRAY_SIZE(known) };
	struct sp_prefilter filter;

	if (sp_abi_native() != AUDIT_ARCH_X86_64)
		cr_skip_test("the numbers are those of x86-64");
	cr_assert_eq(sp_prefilter_build(&pass, &filter), 0);
	for (uint32_t nr = 0; nr < 1024; nr++) {
		bool constant;

		if (nr <= 1)
			cr_expect_eq(run(&filter, AUDIT_ARCH_X86_64, nr, &constant),
				     SECCOMP_RET_ALLOW);
		else
			expect_trace(&filter, AUDIT_ARCH_X86_64, nr); /* 56 is clone */
		if (nr == 20)
			cr_expect_eq(run(&filter, AUDIT_ARCH_I386, nr, &constant),
				     SECCOMP_RET_ALLOW);
		else
			expect_trace(&filter, AUDIT_ARCH_I386, nr);
		expect_trace(&filter, AUDIT_ARCH_X86_64, 0x40000000 | nr);
	}
	expect_trace(&filter, AUDIT_ARCH_I386, 9999);
	sp_prefilter_done(&filter);
}

/* The kernel's BPF_MAXINSNS, when everything that has a name is assumed. */
Test(prefilter, the_largest_one_can_be_loaded)
{
	struct sp_sysset all = {};
	struct sp_prefilter filter;
	sp_call call;

	for (const sp_abi *abi = sp_abi_local(); *abi; abi++)
		for (uint32_t nr = 0; nr < 1024; nr++)
			if (sp_call_from_number(*abi, nr, &call) == 0)
				sp_sysset_add(&all, call);
	cr_assert_eq(sp_prefilter_build(&(struct sp_prefilter_pass){ .assumed = all }, &filter), 0);
	cr_expect_leq(filter.n, BPF_MAXINSNS);
	sp_prefilter_done(&filter);
}
