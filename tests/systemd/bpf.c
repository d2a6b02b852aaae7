/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bpf.h"

#include <errno.h>
#include <string.h>

/* The kernel checks a constant when it takes the program; X = 0 ends it, and the answer is 0. */
enum { DIVIDED_BY_ZERO = 1 };

struct machine {
	uint32_t a, x, memory[BPF_MEMWORDS];
	const struct seccomp_data *data;
	bool looked; /* at an argument */
};

static int load(struct machine *m, const struct sock_filter *ins)
{
	switch (ins->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		if (ins->k % 4 || ins->k > sizeof(*m->data) - sizeof(m->a))
			return -EINVAL;
		memcpy(&m->a, (const char *)m->data + ins->k, sizeof(m->a));
		m->looked |= ins->k >= offsetof(struct seccomp_data, args);
		return 0;
	case BPF_LD | BPF_W | BPF_LEN:
		m->a = sizeof(*m->data);
		return 0;
	case BPF_LDX | BPF_W | BPF_LEN:
		m->x = sizeof(*m->data);
		return 0;
	case BPF_LD | BPF_IMM:
		m->a = ins->k;
		return 0;
	case BPF_LDX | BPF_IMM:
		m->x = ins->k;
		return 0;
	case BPF_MISC | BPF_TAX:
		m->x = m->a;
		return 0;
	case BPF_MISC | BPF_TXA:
		m->a = m->x;
		return 0;
	default:
		break;
	}
	if (ins->k >= BPF_MEMWORDS)
		return -EINVAL;
	switch (ins->code) {
	case BPF_LD | BPF_MEM:
		m->a = m->memory[ins->k];
		return 0;
	case BPF_LDX | BPF_MEM:
		m->x = m->memory[ins->k];
		return 0;
	case BPF_ST:
		m->memory[ins->k] = m->a;
		return 0;
	case BPF_STX:
		m->memory[ins->k] = m->x;
		return 0;
	default:
		return -EINVAL;
	}
}

static int calculate(struct machine *m, const struct sock_filter *ins)
{
	uint32_t value = BPF_SRC(ins->code) == BPF_X ? m->x : ins->k;

	switch (BPF_OP(ins->code)) {
	case BPF_ADD:
		m->a += value;
		return 0;
	case BPF_SUB:
		m->a -= value;
		return 0;
	case BPF_MUL:
		m->a *= value;
		return 0;
	case BPF_DIV:
		if (!value)
			return BPF_SRC(ins->code) == BPF_X ? DIVIDED_BY_ZERO : -EINVAL;
		m->a /= value;
		return 0;
	case BPF_AND:
		m->a &= value;
		return 0;
	case BPF_OR:
		m->a |= value;
		return 0;
	case BPF_XOR:
		m->a ^= value;
		return 0;
	case BPF_LSH:
		m->a <<= value & 31;
		return 0;
	case BPF_RSH:
		m->a >>= value & 31;
		return 0;
	case BPF_NEG:
		m->a = -m->a;
		return 0;
	default:
		return -EINVAL;
	}
}

static int jump(const struct machine *m, const struct sock_filter *ins, size_t *pc)
{
	uint32_t value = BPF_SRC(ins->code) == BPF_X ? m->x : ins->k;
	int taken;

	switch (BPF_OP(ins->code)) {
	case BPF_JA:
		*pc += ins->k;
		return 0;
	case BPF_JEQ:
		taken = m->a == value;
		break;
	case BPF_JGT:
		taken = m->a > value;
		break;
	case BPF_JGE:
		taken = m->a >= value;
		break;
	case BPF_JSET:
		taken = (m->a & value) != 0;
		break;
	default:
		return -EINVAL;
	}
	*pc += taken ? ins->jt : ins->jf;
	return 0;
}

static int run(const struct sock_filter *code, size_t n, const struct seccomp_data *data,
	       void (*step)(const struct sock_filter *ins, void *userdata), void *userdata,
	       uint32_t *ret, bool *looked)
{
	struct machine m = { .data = data };
	int r = 0;

	for (size_t pc = 0; pc < n; pc++) {
		const struct sock_filter *ins = &code[pc];

		if (step)
			step(ins, userdata);
		switch (BPF_CLASS(ins->code)) {
		case BPF_RET:
			*ret = BPF_RVAL(ins->code) == BPF_A ? m.a : ins->k;
			*looked |= m.looked;
			return 0;
		case BPF_ALU:
			r = calculate(&m, ins);
			break;
		case BPF_JMP:
			r = jump(&m, ins, &pc);
			break;
		default:
			r = load(&m, ins);
			break;
		}
		if (r < 0)
			return r;
		if (r == DIVIDED_BY_ZERO) {
			*ret = 0;
			*looked |= m.looked;
			return 0;
		}
	}
	return -EINVAL;
}

int bpf_run_steps(const struct sock_filter *code, size_t n, const struct seccomp_data *data,
		  void (*step)(const struct sock_filter *ins, void *userdata), void *userdata,
		  uint32_t *ret)
{
	bool looked = false;

	return run(code, n, data, step, userdata, ret, &looked);
}

int bpf_run(const struct bpf_program *program, const struct seccomp_data *data, uint32_t *ret)
{
	return bpf_run_steps(program->code, program->n, data, NULL, NULL, ret);
}

/* The kernel compares actions as signed numbers, so that KILL_PROCESS comes first. */
static int32_t severity(uint32_t answer)
{
	return (int32_t)(answer & SECCOMP_RET_ACTION_FULL);
}

int bpf_run_all(const struct bpf_program *programs, size_t n, const struct seccomp_data *data,
		uint32_t *ret, bool *ret_looked)
{
	uint32_t answer, result = SECCOMP_RET_ALLOW;
	bool looked = false;
	int r;

	/* The newest is asked first, and an older one counts only if it is more severe. */
	for (size_t i = n; i > 0; i--) {
		r = run(programs[i - 1].code, programs[i - 1].n, data, NULL, NULL, &answer,
			&looked);
		if (r < 0)
			return r;
		if (severity(answer) < severity(result))
			result = answer;
	}
	*ret = result;
	if (ret_looked)
		*ret_looked = looked;
	return 0;
}
