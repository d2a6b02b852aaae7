/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "audit-private.h"

#include <errno.h>
#include <seccomp.h>

#include "sysprofile/util.h"

/*
 * The value of " key=" in a record. Values that a program can choose are quoted, and when they
 * hold a quote or a blank they are in hexadecimal (audit_log_untrustedstring() of the kernel), so
 * that no program can make fields of its own.
 */
static const char *find_field(const char *text, const char *key, size_t *ret_len)
{
	const size_t key_len = strlen(key);
	const char *p = text;

	while ((p = strstr(p, key))) {
		const bool begins = p == text || p[-1] == ' ';

		p += key_len;
		if (!begins || *p != '=')
			continue;
		p++;
		*ret_len = *p == '"' ? strcspn(p + 1, "\"") + 2 : strcspn(p, " \x1d\n\r");
		return p;
	}
	return NULL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Upper case digits in pairs; what else there is, is as it stands, as ausearch -i writes it. */
static bool unhex(const char *text, size_t len, char *ret, size_t size)
{
	if (len == 0 || len % 2)
		return false;
	for (size_t i = 0; i < len; i++)
		if (hex_digit(text[i]) < 0)
			return false;
	for (size_t i = 0; i < len / 2 && i + 1 < size; i++)
		ret[i] = (char)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
	ret[len / 2 < size ? len / 2 : size - 1] = 0;
	return true;
}

void sp_audit_string(const char *text, const char *key, bool interpreted, char *ret, size_t size)
{
	size_t len;
	const char *value = find_field(text, key, &len);

	ret[0] = 0;
	if (!value || (len == 6 && strncmp(value, "(null)", 6) == 0))
		return;
	if (*value == '"') {
		value++;
#ifndef SP_FUZZ_SEEDED_BUG
		/* A record may be cut off before the quote that ends it. */
		len = strcspn(value, "\"");
#endif
	} else if (!interpreted && unhex(value, len, ret, size)) {
		return;
	}
	if (len >= size)
		len = size - 1;
	memcpy(ret, value, len);
	ret[len] = 0;
}

bool sp_audit_is_ambiguous(const char *text)
{
	static const char *const keys[] = { "pid", "comm", "exe", "arch", "syscall" };
	size_t len;

	for (size_t i = 0; i < SP_ARRAY_SIZE(keys); i++) {
		const char *value = find_field(text, keys[i], &len);

		if (value && find_field(value, keys[i], &len))
			return true;
	}
	return false;
}

bool sp_audit_number(const char *text, const char *key, int base, uint64_t *ret)
{
	size_t len;
	const char *value = find_field(text, key, &len);
	char *end;

	if (!value || *value == '-' || *value == ' ')
		return false;
	errno = 0;
	*ret = strtoull(value, &end, base);
	return !errno && end == value + len && len > 0;
}

/* Names of machines as ausearch -i and the enriched part of audit.log have them. */
static uint32_t machine_of(const char *name)
{
	static const struct {
		const char *name;
		uint32_t arch;
	} machines[] = {
		{ "x86_64", SCMP_ARCH_X86_64 },	  { "i386", SCMP_ARCH_X86 },
		{ "aarch64", SCMP_ARCH_AARCH64 }, { "arm", SCMP_ARCH_ARM },
		{ "armeb", SCMP_ARCH_ARM },	  { "ppc", SCMP_ARCH_PPC },
		{ "ppc64", SCMP_ARCH_PPC64 },	  { "ppc64le", SCMP_ARCH_PPC64LE },
		{ "s390", SCMP_ARCH_S390 },	  { "s390x", SCMP_ARCH_S390X },
		{ "riscv64", SCMP_ARCH_RISCV64 },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(machines); i++)
		if (sp_streq(machines[i].name, name))
			return machines[i].arch;
	return 0;
}

bool sp_audit_arch(const char *text, uint32_t *ret)
{
	char name[32];
	uint64_t arch;

	sp_audit_string(text, "arch", true, name, sizeof(name));
	*ret = machine_of(name);
	if (*ret)
		return true;
	if (!sp_audit_number(text, "arch", 16, &arch) || arch == 0 || arch > UINT32_MAX)
		return false;
	*ret = (uint32_t)arch;
	return true;
}
