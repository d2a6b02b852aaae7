/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The vectors: the whole map of each, and the verdict of every number of every ABI, compared with
 * what libseccomp's own program answers when it is built from the map as systemd builds it.
 */

#include <criterion/criterion.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "filter-cases.h"

Test(filter_vectors, the_whole_map_is_what_systemd_had)
{
	for (size_t i = 0; i < SP_ARRAY_SIZE(filter_vectors); i++) {
		const char *broken = case_broken(&filter_vectors[i], _SP_RULE_MAX);

		cr_expect_null(broken, "vector %s: %s", filter_vectors[i].name, broken);
	}
}

struct program {
	struct sock_filter code[BPF_MAXINSNS];
	size_t n;
};

/* The few instructions that libseccomp writes. */
static uint32_t run(const struct program *program, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < program->n; pc++) {
		const struct sock_filter *ins = &program->code[pc];

		switch (ins->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + ins->k, sizeof(a));
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= ins->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += ins->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == ins->k ? ins->jt : ins->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += a > ins->k ? ins->jt : ins->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= ins->k ? ins->jt : ins->jf;
			break;
		case BPF_RET | BPF_K:
			return ins->k;
		default:
			cr_assert_fail("instruction %#x", ins->code);
		}
	}
	cr_assert_fail("the program ran off its end");
	return 0;
}

static void export(scmp_filter_ctx ctx, struct program *ret)
{
	int fd = memfd_create("bpf", MFD_CLOEXEC);
	ssize_t n;

	cr_assert_geq(fd, 0);
	cr_assert_eq(seccomp_export_bpf(ctx, fd), 0);
	n = pread(fd, ret->code, sizeof(ret->code), 0);
	cr_assert_gt(n, 0);
	ret->n = (size_t)n / sizeof(ret->code[0]);
	close(fd);
}

static uint32_t negative(const struct filter_case *c)
{
	for (size_t i = 0; i < CASE_FILES && c->text[i]; i++)
		if (strstr(c->text[i], "SystemCallErrorNumber=EPERM"))
			return SCMP_ACT_ERRNO(EPERM);
	return SCMP_ACT_KILL_PROCESS;
}

/* As systemd 252 builds one filter for one ABI from the map that the case says. */
static void build(const struct filter_case *c, const struct sp_groups *groups, sp_abi abi,
		  struct program *ret)
{
	struct sp_sysset map = case_algebra(groups, c->map);
	uint32_t refuse = negative(c);
	scmp_filter_ctx ctx = seccomp_init(c->allow_list ? refuse : SCMP_ACT_ALLOW);

	cr_assert(ctx);
	if (abi != seccomp_arch_native()) {
		cr_assert_eq(seccomp_arch_remove(ctx, seccomp_arch_native()), 0);
		cr_assert_eq(seccomp_arch_add(ctx, abi), 0);
	}
	cr_assert_eq(seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW), 0);
	sp_sysset_foreach (call, &map) {
		int err = case_errno(groups, c->errs, (sp_call)call);
		uint32_t action = c->allow_list ? SCMP_ACT_ALLOW : refuse;
		int r;

		if (err == SP_FILTER_KILL)
			action = SCMP_ACT_KILL_PROCESS;
		else if (err >= 0)
			action = SCMP_ACT_ERRNO((uint32_t)err);
		r = seccomp_rule_add_exact(
			ctx, action, seccomp_syscall_resolve_name(sp_call_name((sp_call)call)), 0);
		/* libseccomp stops one short of the kernel's last errno; nothing to compare then.
		 */
		if (err == 4095)
			cr_assert_eq(r, -EINVAL);
		else
			cr_assert(r == 0 || r == -EDOM, "%s: %d", sp_call_name((sp_call)call), r);
	}
	export(ctx, ret);
	seccomp_release(ctx);
}

static uint32_t kernel_action(const struct sp_verdict *verdict)
{
	switch (verdict->action) {
	case SP_ACTION_ALLOW:
		return SECCOMP_RET_ALLOW;
	case SP_ACTION_LOG:
		return SECCOMP_RET_LOG;
	case SP_ACTION_ERRNO:
		return SECCOMP_RET_ERRNO | (uint32_t)verdict->err;
	case SP_ACTION_KILL_THREAD:
		return SECCOMP_RET_KILL_THREAD;
	case SP_ACTION_KILL_PROCESS:
		return SECCOMP_RET_KILL_PROCESS;
	case _SP_ACTION_MAX:
		break;
	}
	return 0;
}

static void compare(const struct filter_case *c, const struct sp_filter *filter, sp_abi abi,
		    const struct program *program, uint32_t nr)
{
	/* x32 calls come with the architecture of x86-64; libseccomp's token for it is its own. */
	struct seccomp_data data = {
		.nr = (int)nr,
		.arch = abi == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : abi,
	};
	uint32_t expected = program ? run(program, &data) : SECCOMP_RET_ALLOW;
	struct sp_verdict verdict;

	sp_filter_verdict(filter, abi, nr, &verdict);
	if (verdict.action == SP_ACTION_ERRNO && verdict.err == 4095)
		return;
	cr_expect_eq(kernel_action(&verdict), expected, "vector %s, %s %#x: %#x instead of %#x",
		     c->name, sp_abi_name(abi), nr, kernel_action(&verdict), expected);
}

static void compare_abi(const struct filter_case *c, const struct sp_groups *groups,
			const struct sp_filter *filter, sp_abi abi)
{
	static const uint32_t odd[] = { 0x3fffffff, 0x40000000 + 547, 0x7fffffff,
					0x80000000, 0xfffffffe,	      UINT32_MAX };
	uint32_t base = abi == SCMP_ARCH_X32 ? 0x40000000 : 0;
	static struct program program;

	if (!c->inactive)
		build(c, groups, abi, &program);
	for (uint32_t nr = 0; nr < 1024; nr++)
		compare(c, filter, abi, c->inactive ? NULL : &program, base + nr);
	if (abi == SCMP_ARCH_X86)
		for (size_t i = 0; i < SP_ARRAY_SIZE(odd); i++)
			compare(c, filter, abi, c->inactive ? NULL : &program, odd[i]);
}

Test(filter_vectors, every_number_of_every_abi_is_answered_as_the_kernel_would, .timeout = 120)
{
	/* The feature probe of libseccomp must not decide which actions it takes. */
	seccomp_api_set(3);
	for (size_t i = 0; i < SP_ARRAY_SIZE(filter_vectors); i++) {
		const struct filter_case *c = &filter_vectors[i];
		_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
		_cleanup_(sp_filter_freep) struct sp_filter *filter = NULL;

		cr_assert_eq(new_case_groups(c, &groups), 0);
		cr_assert_eq(sp_filter_new(groups, &filter), 0);
		cr_assert_eq(case_read(c, filter), 0);
		for (const sp_abi *abi = sp_abi_local(); *abi; abi++)
			compare_abi(c, groups, filter, *abi);
	}
}
