/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/enforce.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>

#include "sysprofile/util.h"

/* No call has this number, on any ABI; with x32's bit for that one. */
#define NUMBER_OF_NONE 1023u
#define X32_BIT	       0x40000000u
/* No ABI has this token. */
#define ABI_OF_NONE UINT32_MAX

static void free_context(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

static uint32_t action_of(const struct sp_verdict *verdict)
{
	switch (verdict->action) {
	case SP_ACTION_LOG:
		return SCMP_ACT_LOG;
	case SP_ACTION_ERRNO:
		return SCMP_ACT_ERRNO((uint16_t)verdict->err);
	case SP_ACTION_KILL_THREAD:
		return SCMP_ACT_KILL_THREAD;
	case SP_ACTION_KILL_PROCESS:
		return SCMP_ACT_KILL_PROCESS;
	case SP_ACTION_ALLOW:
	case _SP_ACTION_MAX:
		break;
	}
	return SCMP_ACT_ALLOW;
}

static uint32_t number_base(sp_abi abi)
{
	return abi == SCMP_ARCH_X32 ? X32_BIT : 0;
}

/* What is compiled; borrowed. */
struct source {
	const struct sp_filter *filter;
	const struct sp_directives *directives;
};

static uint32_t ask(const struct source *source, sp_abi abi, uint32_t nr)
{
	struct sp_verdict verdict;

	sp_directives_verdict(source->directives, source->filter, abi, nr, NULL, &verdict);
	return action_of(&verdict);
}

/* A context for the given ABI alone. */
static int new_context(sp_abi abi, uint32_t fallback, uint32_t bad_abi, scmp_filter_ctx *ret)
{
	_cleanup_(free_context) scmp_filter_ctx ctx = seccomp_init(fallback);
	int r;

	if (!ctx)
		return -EINVAL;
	r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, bad_abi);
	if (r == 0 && abi != sp_abi_native()) {
		r = seccomp_arch_add(ctx, abi);
		if (r == 0)
			r = seccomp_arch_remove(ctx, sp_abi_native());
	}
	if (r < 0)
		return r;
	*ret = SP_TAKE(ctx);
	return 0;
}

/*
 * libseccomp takes numbers of the native ABI, negative ones of its own for calls that only others
 * have, and translates. By number and not by name: i386 has calls, socket(2) among them, that
 * libseccomp finds by their number only. Returns how many rules there are.
 */
static int add_rules(scmp_filter_ctx ctx, const struct source *source, sp_abi abi, uint32_t usual,
		     uint32_t fallback)
{
	uint32_t base = number_base(abi);
	int rules = 0;

	for (uint32_t nr = base; nr < base + NUMBER_OF_NONE; nr++) {
		uint32_t action = ask(source, abi, nr);
		sp_call call;
		int r;

		if (action == usual || action == fallback ||
		    sp_call_from_number(abi, nr, &call) < 0)
			continue;
		r = seccomp_rule_add_exact(ctx, action,
					   seccomp_syscall_resolve_name(sp_call_name(call)), 0);
		if (r < 0)
			return r;
		rules++;
	}
	return rules;
}

/* libseccomp 2.5 writes programs to descriptors only. */
static int export_program(scmp_filter_ctx ctx, struct sock_fprog *ret)
{
	_cleanup_(sp_closep) int fd = memfd_create("filter", MFD_CLOEXEC);
	_cleanup_(sp_freep) struct sock_filter *insns = NULL;
	off_t size;
	int r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return r;
	size = lseek(fd, 0, SEEK_END);
	if (size <= 0 || (size_t)size > BPF_MAXINSNS * sizeof(*insns))
		return -E2BIG;
	insns = malloc((size_t)size);
	if (!insns)
		return -ENOMEM;
	if (pread(fd, insns, (size_t)size, 0) != size)
		return -EIO;
	ret->len = (unsigned short)((size_t)size / sizeof(*insns));
	ret->filter = SP_TAKE(insns);
	return 0;
}

static int add_program(struct sp_enforcement *enforcement, scmp_filter_ctx ctx)
{
	int r = export_program(ctx, &enforcement->programs[enforcement->n]);

	if (r == 0)
		enforcement->n++;
	return r;
}

/*
 * The filter of SystemCallFilter= and SystemCallLog= for one ABI, or none where all is allowed.
 * blocked: another program kills the thread for every call; left are what is more severe.
 */
static int compile_abi(const struct source *source, sp_abi abi, bool blocked,
		       struct sp_enforcement *enforcement)
{
	_cleanup_(free_context) scmp_filter_ctx ctx = NULL;
	uint32_t usual = ask(source, abi, number_base(abi) + NUMBER_OF_NONE);
	uint32_t fallback = blocked && usual == SCMP_ACT_KILL_THREAD ? SCMP_ACT_ALLOW : usual;
	int r = new_context(abi, fallback, SCMP_ACT_ALLOW, &ctx);

	if (r == 0)
		r = add_rules(ctx, source, abi, usual, fallback);
	if (r < 0)
		return r;
	if (r == 0 && fallback == SCMP_ACT_ALLOW)
		return 0;
	return add_program(enforcement, ctx);
}

/* Whether no call of the ABI fares better than SystemCallArchitectures= has it. */
static bool is_blocked(const struct sp_filter *filter, sp_abi abi)
{
	uint32_t base = number_base(abi);

	for (uint32_t nr = base; nr <= base + NUMBER_OF_NONE; nr++) {
		struct sp_verdict verdict;

		sp_filter_verdict(filter, abi, nr, &verdict);
		if (verdict.action < SP_ACTION_KILL_THREAD)
			return false;
	}
	return true;
}

/*
 * SystemCallArchitectures= is one filter, which tells ABIs apart and not calls: in it the number
 * -1 is the native ABI's, while a filter for x32 alone would take it for its own.
 */
static int compile_architectures(const struct source *source, bool *blocked,
				 struct sp_enforcement *enforcement)
{
	_cleanup_(free_context) scmp_filter_ctx ctx = NULL;
	uint32_t others = ask(source, ABI_OF_NONE, NUMBER_OF_NONE);
	int r;

	if (others == SCMP_ACT_ALLOW)
		return 0;
	r = new_context(sp_abi_native(), SCMP_ACT_ALLOW, others, &ctx);
	for (const sp_abi *abi = sp_abi_local(); *abi && r == 0; abi++, blocked++) {
		if (*abi == sp_abi_native())
			continue;
		*blocked = is_blocked(source->filter, *abi);
		if (!*blocked)
			r = seccomp_arch_add(ctx, *abi);
	}
	return r < 0 ? r : add_program(enforcement, ctx);
}

int sp_enforcement_compile(const struct sp_filter *filter, const struct sp_directives *directives,
			   struct sp_enforcement *ret)
{
	_cleanup_(sp_enforcement_done) struct sp_enforcement enforcement = {};
	const struct source source = { filter, directives };
	const sp_abi *local = sp_abi_local();
	bool blocked[SP_ENFORCEMENT_MAX] = {};
	int r = compile_architectures(&source, blocked, &enforcement);

	for (size_t i = 0; local[i] && r == 0; i++)
		if (local[i] != sp_abi_native())
			r = compile_abi(&source, local[i], blocked[i], &enforcement);
	if (r == 0)
		r = compile_abi(&source, sp_abi_native(), false, &enforcement);
	if (r < 0)
		return r;
	*ret = enforcement;
	enforcement = (struct sp_enforcement){};
	return 0;
}

void sp_enforcement_done(struct sp_enforcement *enforcement)
{
	for (size_t i = 0; i < enforcement->n; i++)
		free(enforcement->programs[i].filter);
	*enforcement = (struct sp_enforcement){};
}
