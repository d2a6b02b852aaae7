/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/arch.h"

#include <criterion/criterion.h>
#include <seccomp.h>

#include "sysprofile/util.h"

Test(arch, bit_30_alone_marks_x32)
{
	static const struct {
		uint32_t arch;
		uint64_t nr;
		sp_abi abi;
	} cases[] = {
		{ SCMP_ARCH_X86_64, 0, SCMP_ARCH_X86_64 },
		{ SCMP_ARCH_X86_64, 0x40000001, SCMP_ARCH_X32 },
		{ SCMP_ARCH_X86, 36, SCMP_ARCH_X86 },
		/* i386 has no such mark: it is an unknown number there. */
		{ SCMP_ARCH_X86, 0x40000001, SCMP_ARCH_X86 },
		{ SCMP_ARCH_X86_64, UINT64_MAX, SCMP_ARCH_X86_64 },
		{ SCMP_ARCH_X86_64, UINT32_MAX, SCMP_ARCH_X86_64 },
		{ SCMP_ARCH_AARCH64, 0x40000001, SCMP_ARCH_AARCH64 },
		{ 12345, 1, 12345 },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++)
		cr_expect_eq(sp_abi_of_call(cases[i].arch, cases[i].nr), cases[i].abi, "case %zu",
			     i);
}

Test(arch, names_go_both_ways)
{
	for (const sp_abi *abi = sp_abi_local(); *abi; abi++) {
		cr_assert_not_null(sp_abi_name(*abi));
		cr_expect_eq(sp_abi_from_name(sp_abi_name(*abi)), *abi);
	}
	cr_expect_eq(sp_abi_from_name("native"), sp_abi_native());
	cr_expect_eq(sp_abi_from_name("x86_64"), 0);
	cr_expect_null(sp_abi_name(12345));
	cr_expect_eq(sp_abi_local()[0], sp_abi_native());
}
