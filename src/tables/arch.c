/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/arch.h"

#include <seccomp.h>

#include "sysprofile/util.h"

/* __X32_SYSCALL_BIT of <asm/unistd.h>, which other architectures do not define. */
#define X32_BIT 0x40000000u

struct abi_fact {
	sp_abi abi;
	const char *name; /* as SystemCallArchitectures= takes it */
};

static const struct abi_fact facts[] = {
	{ SCMP_ARCH_X86_64, "x86-64" },
	{ SCMP_ARCH_X86, "x86" },
	{ SCMP_ARCH_X32, "x32" },
	{ SCMP_ARCH_AARCH64, "arm64" },
	{ SCMP_ARCH_ARM, "arm" },
	{ SCMP_ARCH_MIPS, "mips" },
	{ SCMP_ARCH_MIPSEL, "mips-le" },
	{ SCMP_ARCH_MIPS64, "mips64" },
	{ SCMP_ARCH_MIPSEL64, "mips64-le" },
	{ SCMP_ARCH_MIPS64N32, "mips64-n32" },
	{ SCMP_ARCH_MIPSEL64N32, "mips64-le-n32" },
	{ SCMP_ARCH_PARISC, "parisc" },
	{ SCMP_ARCH_PARISC64, "parisc64" },
	{ SCMP_ARCH_PPC, "ppc" },
	{ SCMP_ARCH_PPC64, "ppc64" },
	{ SCMP_ARCH_PPC64LE, "ppc64-le" },
	{ SCMP_ARCH_RISCV64, "riscv64" },
	{ SCMP_ARCH_S390, "s390" },
	{ SCMP_ARCH_S390X, "s390x" },
};

sp_abi sp_abi_native(void)
{
	return seccomp_arch_native();
}

sp_abi sp_abi_of_call(uint32_t audit_arch, uint64_t nr)
{
	/*
	 * The kernel reports x32 calls as AUDIT_ARCH_X86_64 and tells them apart by bit 30 of the
	 * number alone. -1 has that bit too, as have other negative numbers: the kernel treats the
	 * number as a signed int and finds it out of range, so those are calls of x86-64.
	 */
	if (audit_arch == SCMP_ARCH_X86_64 && ((uint32_t)nr & 0xc0000000u) == X32_BIT)
		return SCMP_ARCH_X32;
	return audit_arch;
}

const char *sp_abi_name(sp_abi abi)
{
	for (size_t i = 0; i < SP_ARRAY_SIZE(facts); i++)
		if (facts[i].abi == abi)
			return facts[i].name;
	return NULL;
}

sp_abi sp_abi_from_name(const char *name)
{
	if (sp_streq(name, "native"))
		return sp_abi_native();
	for (size_t i = 0; i < SP_ARRAY_SIZE(facts); i++)
		if (sp_streq(facts[i].name, name))
			return facts[i].abi;
	return 0;
}

const sp_abi *sp_abi_local(void)
{
	static const sp_abi x86_64[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32, 0 };
	static const sp_abi arm64[] = { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM, 0 };
	static const sp_abi ppc64[] = { SCMP_ARCH_PPC64, SCMP_ARCH_PPC, 0 };
	static const sp_abi s390x[] = { SCMP_ARCH_S390X, SCMP_ARCH_S390, 0 };
	static sp_abi only[2];

	switch (sp_abi_native()) {
	case SCMP_ARCH_X86_64:
		return x86_64;
	case SCMP_ARCH_AARCH64:
		return arm64;
	case SCMP_ARCH_PPC64:
		return ppc64;
	case SCMP_ARCH_S390X:
		return s390x;
	default:
		only[0] = sp_abi_native();
		return only;
	}
}
