/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The interpreter against the kernel: the same programs are installed in a thread of a child, which
 * then makes the call. Calls that ignore their arguments, and numbers that are no call, do no harm.
 * LOG and ALLOW look the same from within.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf.h"

#define PROGRAMS_MAX 3
#define X32_BIT	     0x40000000
#define N_ACTIONS    7

struct call {
	bool i386;
	int nr;
	uint64_t args[3];
};

enum outcome { NOTHING, RETURNED, TRAPPED, THREAD_KILLED, PROCESS_KILLED, _OUTCOME_MAX };
static const char *const outcome_names[_OUTCOME_MAX] = { "nothing", "returned", "trapped",
							 "thread killed", "process killed" };

struct answer {
	enum outcome outcome;
	long value; /* what was returned, or the data of the trap */
};

/* Shared with the child. */
struct shared {
	struct call call;
	const struct bpf_program *programs;
	size_t n;
	volatile pid_t tid;
	volatile long natural; /* without a filter */
	volatile long value;
	volatile enum outcome outcome;
};
static struct shared *shared;

static uint64_t state;
static unsigned draw(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static long make(const struct call *call)
{
	long result;

	if (call->i386)
		__asm__ volatile("int $0x80"
				 : "=a"(result)
				 : "a"(call->nr), "b"(call->args[0]), "c"(call->args[1]),
				   "d"(call->args[2])
				 : "memory", "r8", "r9", "r10", "r11");
	else
		__asm__ volatile("syscall"
				 : "=a"(result)
				 : "a"((long)call->nr), "D"(call->args[0]), "S"(call->args[1]),
				   "d"(call->args[2])
				 : "rcx", "r11", "memory");
	return call->i386 ? (int)result : result;
}

/* The filter may refuse all that a thread could end by. */
static void rest(void)
{
	for (;;)
		__asm__ volatile("pause");
}

static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	shared->value = info->si_errno;
	shared->outcome = TRAPPED;
	rest();
}

static void *probe(void *arg)
{
	(void)arg;
	shared->natural = make(&shared->call);
	for (size_t i = 0; i < shared->n; i++) {
		const struct bpf_program *program = &shared->programs[i];
		struct sock_fprog fprog = { .len = (unsigned short)program->n,
					    .filter = (struct sock_filter *)program->code };

		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog) != 0)
			abort();
	}
	__sync_synchronize();
	shared->tid = (pid_t)-1;
	shared->value = make(&shared->call);
	shared->outcome = RETURNED;
	rest();
	return NULL;
}

static void *begin(void *arg)
{
	shared->tid = (pid_t)syscall(SYS_gettid);
	*(volatile pid_t *)arg = shared->tid;
	return probe(NULL);
}

static void child(void)
{
	struct sigaction action = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };
	volatile pid_t tid = 0;
	pthread_t thread;

	/* A dump of each death would take longer than the rest. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	sigaction(SIGSYS, &action, NULL);
	if (pthread_create(&thread, NULL, begin, (void *)&tid) != 0)
		_exit(1);
	for (;;) {
		if (shared->outcome != NOTHING)
			_exit(0);
		if (tid && syscall(SYS_tgkill, getpid(), tid, 0) < 0 && errno == ESRCH) {
			shared->outcome = THREAD_KILLED;
			_exit(0);
		}
		sched_yield();
	}
}

static struct answer ask_kernel(const struct call *call, const struct bpf_program *programs,
				size_t n)
{
	struct answer answer;
	int status;
	pid_t pid;

	*shared = (struct shared){ .call = *call, .programs = programs, .n = n };
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0)
		child();
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	answer = (struct answer){ shared->outcome, shared->value };
	if (WIFSIGNALED(status)) {
		cr_assert_eq(WTERMSIG(status), SIGSYS, "signal %d", WTERMSIG(status));
		/* Not before the filters were there. */
		cr_assert_eq(shared->tid, (pid_t)-1);
		answer = (struct answer){ PROCESS_KILLED, 0 };
	}
	return answer;
}

static uint32_t ask_interpreter(const struct call *call, const struct bpf_program *programs,
				size_t n)
{
	struct seccomp_data data = {
		.nr = call->nr,
		.arch = call->i386 ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64,
	};
	uint32_t answer = 0;

	/* A 64-bit program's int 0x80 shows the whole registers to the filter. */
	memcpy(data.args, call->args, sizeof(call->args));
	cr_assert_eq(bpf_run_all(programs, n, &data, &answer, NULL), 0);
	return answer;
}

static struct answer expected(uint32_t answer)
{
	uint32_t data = answer & SECCOMP_RET_DATA;

	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
		return (struct answer){ RETURNED, shared->natural };
	case SECCOMP_RET_ERRNO:
		return (struct answer){ RETURNED, -(long)(data < 4095 ? data : 4095) };
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_USER_NOTIF:
		/* Nobody traces, and nobody listens. */
		return (struct answer){ RETURNED, -ENOSYS };
	case SECCOMP_RET_TRAP:
		return (struct answer){ TRAPPED, (long)data };
	case SECCOMP_RET_KILL_THREAD:
		return (struct answer){ THREAD_KILLED, 0 };
	default:
		return (struct answer){ PROCESS_KILLED, 0 };
	}
}

static uint32_t compare(const struct call *call, const struct bpf_program *programs, size_t n)
{
	struct answer got = ask_kernel(call, programs, n);
	uint32_t answer = ask_interpreter(call, programs, n);
	struct answer wanted = expected(answer);

	cr_expect(got.outcome == wanted.outcome &&
			  (got.outcome > TRAPPED || got.value == wanted.value),
		  "%s %#x(%#llx, %#llx): the kernel %s %ld, the interpreter has %#x (%s %ld)",
		  call->i386 ? "i386" : "x86-64", (unsigned)call->nr,
		  (unsigned long long)call->args[0], (unsigned long long)call->args[1],
		  outcome_names[got.outcome], got.value, answer, outcome_names[wanted.outcome],
		  wanted.value);
	return answer;
}

/* Calls without arguments: whatever is in the registers is for the filter alone. */
static const char *const harmless[] = { "getpid", "getppid", "getuid",	"geteuid",
					"getgid", "getegid", "getpgrp", "gettid" };
#define N_HARMLESS (sizeof(harmless) / sizeof(harmless[0]))

/* Few, so that rules and calls meet; also above what 32 bits hold. */
static uint64_t draw_value(void)
{
	static const uint64_t values[] = {
		0, 1, 2, 0x7fffffff, 0x80000000, 0x100000001, UINT64_MAX
	};

	return values[draw(sizeof(values) / sizeof(values[0]))];
}

static struct call draw_call(void)
{
	struct call call = { .i386 = draw(4) == 0 };

	switch (draw(8)) {
	case 0:
		call.nr = (int)(1000 + draw(3));
		break;
	case 1:
		call.nr = -1;
		break;
	default:
		call.nr = seccomp_syscall_resolve_name_arch(
			call.i386 ? SCMP_ARCH_X86 : SCMP_ARCH_X86_64, harmless[draw(N_HARMLESS)]);
		if (!call.i386 && draw(6) == 0)
			call.nr |= X32_BIT;
	}
	for (size_t i = 0; i < 3; i++)
		call.args[i] = draw_value();
	return call;
}

static uint32_t draw_action(void)
{
	static const uint32_t actions[] = {
		SCMP_ACT_ALLOW, SCMP_ACT_LOG,	       SCMP_ACT_ERRNO(EACCES), SCMP_ACT_ERRNO(0),
		SCMP_ACT_TRAP,	SCMP_ACT_TRACE(7),     SCMP_ACT_ERRNO(3),      SCMP_ACT_ALLOW,
		SCMP_ACT_LOG,	SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD,
	};

	return actions[draw(sizeof(actions) / sizeof(actions[0]))];
}

static void draw_rule(scmp_filter_ctx ctx, const char *name)
{
	static const enum scmp_compare ops[] = { SCMP_CMP_NE,	    SCMP_CMP_LT, SCMP_CMP_LE,
						 SCMP_CMP_EQ,	    SCMP_CMP_GE, SCMP_CMP_GT,
						 SCMP_CMP_MASKED_EQ };
	struct scmp_arg_cmp args[2];
	unsigned n = draw(3);

	for (unsigned i = 0; i < n; i++) {
		enum scmp_compare op = ops[draw(sizeof(ops) / sizeof(ops[0]))];

		args[i] = (struct scmp_arg_cmp){ i, op, draw_value(), draw_value() };
	}
	/* Some contradict what is there already; then there is one rule fewer. */
	(void)seccomp_rule_add_array(ctx, draw_action(), seccomp_syscall_resolve_name(name), n,
				     args);
}

static void export(scmp_filter_ctx ctx, struct bpf_program *ret)
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

static void draw_filter(struct bpf_program *ret)
{
	scmp_filter_ctx ctx = seccomp_init(draw_action());

	cr_assert(ctx);
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, draw_action());
	if (draw(2))
		(void)seccomp_arch_add(ctx, SCMP_ARCH_X86);
	if (draw(2))
		(void)seccomp_arch_add(ctx, SCMP_ARCH_X32);
	/* Those that come after this one must get in. */
	(void)seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(seccomp), 0);
	for (size_t i = 0; i < N_HARMLESS; i++)
		for (unsigned n = draw(4); n > 0; n--)
			draw_rule(ctx, harmless[i]);
	export(ctx, ret);
	seccomp_release(ctx);
}

static void setup(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	cr_assert_neq(shared, MAP_FAILED);
	/* What libseccomp finds out about this kernel must not decide which actions it takes. */
	seccomp_api_set(5);
}

TestSuite(bpf, .init = setup, .timeout = 100);

Test(bpf, filters_of_libseccomp_are_answered_as_the_kernel_answers)
{
	static struct bpf_program programs[PROGRAMS_MAX];
	static const uint32_t actions[] = { SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD,
					    SECCOMP_RET_TRAP,	      SECCOMP_RET_ERRNO,
					    SECCOMP_RET_TRACE,	      SECCOMP_RET_LOG,
					    SECCOMP_RET_ALLOW };
	unsigned seen[N_ACTIONS] = {};

	state = 4;
	for (unsigned round = 0; round < 200; round++) {
		size_t n = 1 + draw(PROGRAMS_MAX);

		for (size_t i = 0; i < n; i++)
			draw_filter(&programs[i]);
		for (unsigned i = 0; i < 12; i++) {
			struct call call = draw_call();
			uint32_t answer = compare(&call, programs, n);

			for (size_t k = 0; k < N_ACTIONS; k++)
				seen[k] += (answer & SECCOMP_RET_ACTION_FULL) == actions[k];
		}
	}
	for (size_t k = 0; k < N_ACTIONS; k++)
		cr_expect_gt(seen[k], 0, "no call was answered with %#x", actions[k]);
}

#define SCRATCH 4

/* One instruction of those that the kernel takes; left is how many more come before the end. */
static struct sock_filter draw_instruction(unsigned left)
{
	static const uint16_t alu[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_AND,
					BPF_OR,	 BPF_XOR, BPF_LSH, BPF_RSH };
	static const uint16_t jumps[] = { BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET };
	/* Number, architecture and the halves of the arguments; not the instruction pointer. */
	static const uint32_t offsets[] = { 0, 4, 16, 20, 24, 28, 32, 36 };
	uint16_t source = draw(2) ? BPF_X : BPF_K, op;
	uint32_t k = (uint32_t)draw_value() ^ draw(16);

	switch (draw(12)) {
	case 0:
	case 1:
		return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsets[draw(8)]);
	case 2:
		return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0);
	case 3:
		return (struct sock_filter)BPF_STMT(BPF_LDX | (draw(2) ? BPF_IMM : BPF_W | BPF_LEN),
						    k);
	case 4:
		return (struct sock_filter)BPF_STMT(draw(2) ? BPF_ST : BPF_STX, draw(SCRATCH));
	case 5:
		return (struct sock_filter)BPF_STMT((draw(2) ? BPF_LD : BPF_LDX) | BPF_MEM,
						    draw(SCRATCH));
	case 6:
		return (struct sock_filter)BPF_STMT(BPF_MISC | (draw(2) ? BPF_TAX : BPF_TXA), 0);
	case 7:
		return (struct sock_filter)BPF_STMT(BPF_ALU | BPF_NEG, 0);
	case 8:
	case 9:
		op = jumps[draw(4)];
		return (struct sock_filter)BPF_JUMP(
			BPF_JMP | op | source, k, (uint8_t)draw(left + 1), (uint8_t)draw(left + 1));
	default:
		op = alu[draw(9)];
		if (source == BPF_K && (op == BPF_LSH || op == BPF_RSH))
			k %= 32;
		if (source == BPF_K && op == BPF_DIV && k == 0)
			k = 3;
		return (struct sock_filter)BPF_STMT(BPF_ALU | op | source, k);
	}
}

/* Ends with what was calculated as an errno. */
static void draw_program(struct bpf_program *program)
{
	unsigned body = 5 + draw(40);

	program->n = 0;
	for (uint32_t i = 0; i < SCRATCH; i++)
		program->code[program->n++] = (struct sock_filter)BPF_STMT(BPF_ST, i);
	for (unsigned i = 0; i < body; i++)
		program->code[program->n++] = draw_instruction(body - i - 1);
	program->code[program->n++] =
		(struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xfff);
	program->code[program->n++] =
		(struct sock_filter)BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO);
	program->code[program->n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
}

Test(bpf, every_instruction_calculates_as_in_the_kernel)
{
	static struct bpf_program program;

	state = 7;
	for (unsigned round = 0; round < 1500; round++) {
		struct call call = draw_call();

		draw_program(&program);
		(void)compare(&call, &program, 1);
	}
}
