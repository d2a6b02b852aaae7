/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/prefilter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "sysprofile/util.h"

/* Two bits of ABI above fourteen of number; the fourth ABI's last number is SP_PREFILTER_ASK. */
enum { NUMBER_BITS = SP_PREFILTER_NUMBER_BITS, NUMBER_MAX = (1 << NUMBER_BITS) - 1 };

/* What the numbers of x32 carry above those of x86-64. */
#define X32_BIT 0x40000000u

enum { CODES_MAX = 3 };

/* An ABI as the filter meets it: by AUDIT_ARCH_*, and for x32 by a bit of the number. */
struct code {
	uint32_t arch;
	uint32_t base;
};

/* Other ABIs than these, on any machine, are asked about call by call. */
static size_t list_codes(struct code *ret)
{
	ret[0] = (struct code){ .arch = sp_abi_native() };
	if (ret[0].arch != AUDIT_ARCH_X86_64)
		return 1;
	ret[1] = (struct code){ .arch = AUDIT_ARCH_I386 };
	ret[2] = (struct code){ .arch = AUDIT_ARCH_X86_64, .base = X32_BIT };
	return CODES_MAX;
}

const char *const *sp_prefilter_must_see_names(void)
{
	static const char *const names[] = { "clone",	    "clone3",	"fork",
					     "vfork",	    "prctl",	"seccomp",
					     "personality", "ptrace",	"io_uring_setup",
					     "execve",	    "execveat", "socketcall",
					     "ipc",	    NULL };

	return names;
}

bool sp_prefilter_must_see(const char *name)
{
	for (const char *const *p = sp_prefilter_must_see_names(); *p; p++)
		if (sp_streq(*p, name))
			return true;
	return false;
}

uint16_t sp_prefilter_encode(uint32_t arch, uint64_t nr)
{
	struct code codes[CODES_MAX];
	size_t n = list_codes(codes);

	for (size_t i = 0; i < n; i++)
		if (codes[i].arch == arch && nr >= codes[i].base &&
		    nr - codes[i].base <= NUMBER_MAX)
			return (uint16_t)(i << NUMBER_BITS | (nr - codes[i].base));
	return SP_PREFILTER_ASK;
}

bool sp_prefilter_decode(unsigned long data, uint32_t *ret_arch, uint64_t *ret_nr)
{
	struct code codes[CODES_MAX];
	size_t n = list_codes(codes), i = data >> NUMBER_BITS;

	if (i >= n)
		return false;
	*ret_arch = codes[i].arch;
	*ret_nr = codes[i].base + (data & NUMBER_MAX);
	return true;
}

/* The program as it grows; room doubles, and an error sticks. */
struct program {
	struct sock_filter *v; /* owned */
	size_t n, size;
	bool failed;
};

static void emit(struct program *p, struct sock_filter insn)
{
	if (p->n == p->size) {
		size_t size = p->size ? p->size * 2 : 64;
		struct sock_filter *v = reallocarray(p->v, size, sizeof(*v));

		if (!v) {
			p->failed = true;
			return;
		}
		p->v = v;
		p->size = size;
	}
	p->v[p->n++] = insn;
}

#define STMT(code, k)	      ((struct sock_filter)BPF_STMT((code), (k)))
#define JUMP(code, k, jt, jf) ((struct sock_filter)BPF_JUMP((code), (k), (jt), (jf)))

static void load(struct program *p, size_t offset)
{
	emit(p, STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void answer(struct program *p, uint32_t action)
{
	emit(p, STMT(BPF_RET | BPF_K, action));
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The numbers of an ABI to let pass, sorted; a number may come twice. The caller frees. */
static uint32_t *list_numbers(const struct sp_prefilter_pass *pass, const struct code *code,
			      size_t *ret_n)
{
	uint32_t *out = calloc(SP_CALLS_MAX + pass->n_known, sizeof(*out));
	sp_abi abi = sp_abi_of_call(code->arch, code->base);
	size_t n = 0;

	if (!out)
		return NULL;
	sp_sysset_foreach (call, &pass->assumed) {
		uint32_t nr;

		if (sp_prefilter_must_see(sp_call_name((sp_call)call)) ||
		    sp_call_number((sp_call)call, abi, &nr) < 0)
			continue;
		out[n++] = nr;
	}
	for (size_t i = 0; i < pass->n_known; i++) {
		sp_call call;

		/* Numbers without a name are as many as there are; the program has to stay small.
		 */
		if (pass->known[i].abi == abi &&
		    sp_call_from_number(abi, pass->known[i].nr, &call) == 0 &&
		    !sp_prefilter_must_see(sp_call_name(call)))
			out[n++] = pass->known[i].nr;
	}
	qsort(out, n, sizeof(*out), compare_numbers);
	*ret_n = n;
	return out;
}

/*
 * Only loads and jumps on constants lead to ALLOW. The kernel (5.11 and later) tries such
 * programs once for each number and lets those that always pass skip the filter from then on; one
 * instruction of another kind on the way there and it would run the program every time.
 */
static void allow_ranges(struct program *p, const uint32_t *numbers, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t last = i;

		while (last + 1 < n && numbers[last + 1] <= numbers[last] + 1)
			last++;
		emit(p, JUMP(BPF_JMP | BPF_JGT | BPF_K, numbers[last], 2, 0));
		emit(p, JUMP(BPF_JMP | BPF_JGE | BPF_K, numbers[i], 0, 1));
		answer(p, SECCOMP_RET_ALLOW);
		i = last + 1;
	}
}

/*
 * The part for one ABI; the number is loaded. What does not fit into the data must not spill into
 * the action above it: a number of 0x10000 or more, or -1, would kill the program.
 */
static void emit_abi(struct program *p, const struct sp_prefilter_pass *pass,
		     const struct code *code, size_t index)
{
	size_t n = 0;
	_cleanup_(sp_freep) uint32_t *numbers = list_numbers(pass, code, &n);

	p->failed = p->failed || !numbers;
	allow_ranges(p, numbers, n);
	emit(p, JUMP(BPF_JMP | BPF_JGT | BPF_K, code->base + NUMBER_MAX, 3, 0));
	emit(p, STMT(BPF_ALU | BPF_AND | BPF_K, NUMBER_MAX));
	emit(p,
	     STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_TRACE | (uint32_t)(index << NUMBER_BITS)));
	emit(p, STMT(BPF_RET | BPF_A, 0));
	answer(p, SECCOMP_RET_TRACE | SP_PREFILTER_ASK);
}

/* Calls with this architecture and this bit of the number go to what follows, others past it. */
static size_t begin_abi(struct program *p, const struct code *code)
{
	size_t skip;

	load(p, offsetof(struct seccomp_data, arch));
	emit(p, JUMP(BPF_JMP | BPF_JEQ | BPF_K, code->arch, 1, 0));
	skip = p->n;
	emit(p, STMT(BPF_JMP | BPF_JA, 0));
	load(p, offsetof(struct seccomp_data, nr));
	if (code->arch != AUDIT_ARCH_X86_64)
		return skip;
	/* -1 and its like have x32's bit too, and are numbers of x86-64 that do not fit. */
	if (code->base)
		emit(p, JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 1, 0));
	else
		emit(p, JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1));
	/* Both jumps out have the same target, patched by end_abi(). */
	emit(p, STMT(BPF_JMP | BPF_JA, 0));
	return skip;
}

static void end_abi(struct program *p, size_t skip, const struct code *code)
{
	if (p->failed)
		return;
	p->v[skip].k = (uint32_t)(p->n - skip - 1);
	if (code->arch == AUDIT_ARCH_X86_64)
		p->v[skip + 3].k = (uint32_t)(p->n - (skip + 3) - 1);
}

int sp_prefilter_build(const struct sp_prefilter_pass *pass, struct sp_prefilter *ret)
{
	struct code codes[CODES_MAX];
	struct program p = {};

	for (size_t i = 0, n = list_codes(codes); i < n; i++) {
		size_t skip = begin_abi(&p, &codes[i]);

		emit_abi(&p, pass, &codes[i], i);
		end_abi(&p, skip, &codes[i]);
	}
	answer(&p, SECCOMP_RET_TRACE | SP_PREFILTER_ASK);
	if (p.failed) {
		free(p.v);
		return -ENOMEM;
	}
	*ret = (struct sp_prefilter){ .insns = p.v, .n = p.n };
	return 0;
}

void sp_prefilter_done(struct sp_prefilter *filter)
{
	free(filter->insns);
	*filter = (struct sp_prefilter){};
}

int sp_prefilter_load(const struct sock_fprog *program)
{
	/*
	 * Kernels before 5.16 switch speculation off for a task with a filter unless told not to,
	 * which would slow it down; those before 4.17 do not know the flag.
	 */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		    program) == 0)
		return 0;
	if (errno == EINVAL && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) == 0)
		return 0;
	return -errno;
}

int sp_prefilter_install(const struct sp_prefilter *filter)
{
	return sp_prefilter_load(
		&(struct sock_fprog){ .len = (unsigned short)filter->n, .filter = filter->insns });
}
