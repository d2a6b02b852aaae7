/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the kernel would answer: the classic BPF that libseccomp writes, interpreted. */

#include <criterion/criterion.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t bpf_load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	cr_assert(offset % 4 == 0 && offset + 4 <= sizeof(*data), "load of %u", offset);
	memcpy(&word, (const char *)data + offset, sizeof(word));
	return word;
}

static inline uint32_t bpf_run(const struct sock_fprog *program, const struct seccomp_data *data)
{
	uint32_t a = 0, memory[BPF_MEMWORDS] = {};

	for (size_t pc = 0;; pc++) {
		const struct sock_filter *i;

		cr_assert_lt(pc, program->len, "ran off the end");
		i = &program->filter[pc];
		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = bpf_load(data, i->k);
			break;
		case BPF_LD | BPF_MEM:
			a = memory[i->k % BPF_MEMWORDS];
			break;
		case BPF_ST:
			memory[i->k % BPF_MEMWORDS] = a;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += a > i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += a & i->k ? i->jt : i->jf;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		case BPF_RET | BPF_A:
			return a;
		default:
			cr_assert_fail("unexpected instruction %#x", i->code);
		}
	}
}

/* seccomp(2): the actions by severity; SECCOMP_RET_KILL_PROCESS is the largest as unsigned. */
static inline int bpf_severity(uint32_t answer)
{
	static const uint32_t by_severity[] = {
		SECCOMP_RET_ALLOW, SECCOMP_RET_LOG,	    SECCOMP_RET_ERRNO,
		SECCOMP_RET_TRAP,  SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS,
	};

	for (size_t i = 0; i < sizeof(by_severity) / sizeof(by_severity[0]); i++)
		if ((answer & SECCOMP_RET_ACTION_FULL) == by_severity[i])
			return (int)i;
	cr_assert_fail("unknown answer %#x", answer);
	return -1;
}

/* The last one loaded is asked first, and among equals the first that is asked wins. */
static inline uint32_t bpf_run_all(const struct sock_fprog *programs, size_t n,
				   const struct seccomp_data *data)
{
	uint32_t answer = SECCOMP_RET_ALLOW;

	for (size_t i = n; i-- > 0;) {
		uint32_t one = bpf_run(&programs[i], data);

		if (bpf_severity(one) > bpf_severity(answer))
			answer = one;
	}
	return answer;
}
