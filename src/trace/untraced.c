/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/untraced.h"

#include <errno.h>
#include <linux/audit.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>

#include "sysprofile/util.h"

#ifdef __x86_64__

/* The numbers of clone and clone3 on i386, and on x86-64 and x32 without x32's bit. */
enum { X86_CLONE = 120, X86_64_CLONE = 56, CLONE3 = 435 };
#define X32_BIT UINT64_C(0x40000000)

struct pending {
	pid_t parent;
	bool parent_done, child_done;
	struct user_regs_struct regs; /* as the call was made, the flag taken out */
	bool in_memory;		      /* clone3: the flags stand where the argument points */
	unsigned long where;	      /* offset in struct user, or the address */
	unsigned long flags;	      /* as the program wrote them */
};

struct sp_untraced {
	struct pending *v; /* owned: calls under way with the flag taken out */
	size_t n, size;
};

int sp_untraced_new(struct sp_untraced **ret)
{
	struct sp_untraced *untraced = calloc(1, sizeof(*untraced));

	if (!untraced)
		return -ENOMEM;
	*ret = untraced;
	return 0;
}

struct sp_untraced *sp_untraced_free(struct sp_untraced *untraced)
{
	if (!untraced)
		return NULL;
	free(untraced->v);
	free(untraced);
	return NULL;
}

bool sp_untraced_is_pending(const struct sp_untraced *untraced)
{
	return untraced->n > 0;
}

/* A parent that waits for its child (CLONE_VFORK) is under way as long: there may be many. */
static int reserve(struct sp_untraced *untraced)
{
	size_t size = untraced->size ? untraced->size * 2 : 4;
	struct pending *grown;

	if (untraced->n < untraced->size)
		return 0;
	grown = reallocarray(untraced->v, size, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	untraced->v = grown;
	untraced->size = size;
	return 0;
}

static bool put(pid_t tid, bool in_memory, unsigned long where, unsigned long value)
{
	return ptrace(in_memory ? PTRACE_POKEDATA : PTRACE_POKEUSER, tid, where, value) == 0;
}

/* Where the flags of the call are; false when it is neither clone nor clone3. */
static bool find_flags(uint32_t arch, uint64_t nr, uint64_t arg0, struct pending *ret)
{
	bool compat = arch == AUDIT_ARCH_I386;

	if (!compat)
		nr &= ~X32_BIT;
	if (nr == CLONE3) {
		ret->in_memory = true;
		ret->where = arg0;
		return true;
	}
	ret->in_memory = false;
	ret->where = compat ? offsetof(struct user, regs.rbx) : offsetof(struct user, regs.rdi);
	return nr == (compat ? X86_CLONE : X86_64_CLONE);
}

int sp_untraced_entry(struct sp_untraced *untraced, pid_t tid, uint32_t arch, uint64_t nr,
		      uint64_t arg0)
{
	struct pending p = { .parent = tid };

	if (!find_flags(arch, nr, arg0, &p))
		return 0;
	p.flags = arg0;
	if (p.in_memory) {
		errno = 0;
		p.flags = (unsigned long)ptrace(PTRACE_PEEKDATA, tid, p.where, 0);
		if (errno)
			return 0;
	}
	if (!(p.flags & CLONE_UNTRACED))
		return 0;
	if (reserve(untraced) < 0)
		return -ENOMEM;
	if (!put(tid, p.in_memory, p.where, p.flags & ~(unsigned long)CLONE_UNTRACED))
		return 0;
	if (ptrace(PTRACE_GETREGS, tid, 0, &p.regs) < 0)
		(void)put(tid, p.in_memory, p.where, p.flags);
	else
		untraced->v[untraced->n++] = p;
	return 0;
}

static void drop_if_done(struct sp_untraced *untraced, size_t i)
{
	if (untraced->v[i].parent_done && untraced->v[i].child_done)
		untraced->v[i] = untraced->v[--untraced->n];
}

void sp_untraced_exit(struct sp_untraced *untraced, pid_t tid, bool failed)
{
	for (size_t i = 0; i < untraced->n; i++) {
		struct pending *p = &untraced->v[i];

		if (p->parent != tid || p->parent_done)
			continue;
		(void)put(tid, p->in_memory, p->where, p->flags);
		p->parent_done = true;
		p->child_done = p->child_done || failed;
		drop_if_done(untraced, i);
		return;
	}
}

/*
 * A child begins with its parent's registers but for the result and the stack pointer. That tells
 * whose it is without waiting for the parent's event, which may come before or after this stop.
 */
static bool is_child_of(const struct user_regs_struct *child, const struct pending *p)
{
	const struct user_regs_struct *parent = &p->regs;

	return child->rip == parent->rip && child->rbx == parent->rbx &&
	       child->rbp == parent->rbp && child->rdi == parent->rdi &&
	       child->rsi == parent->rsi && child->rdx == parent->rdx && child->r8 == parent->r8 &&
	       child->r9 == parent->r9 && child->r10 == parent->r10 && child->r12 == parent->r12 &&
	       child->r13 == parent->r13 && child->r14 == parent->r14 && child->r15 == parent->r15;
}

void sp_untraced_birth(struct sp_untraced *untraced, pid_t child)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, child, 0, &regs) < 0)
		return;
	for (size_t i = 0; i < untraced->n; i++) {
		struct pending *p = &untraced->v[i];

		if (p->child_done || !is_child_of(&regs, p))
			continue;
		(void)put(child, p->in_memory, p->where, p->flags);
		p->child_done = true;
		drop_if_done(untraced, i);
		return;
	}
}

void sp_untraced_forget(struct sp_untraced *untraced, pid_t tid)
{
	for (size_t i = untraced->n; i-- > 0;)
		if (untraced->v[i].parent == tid)
			untraced->v[i] = untraced->v[--untraced->n];
}

#else

/* Registers of other machines are not rewritten: such a child escapes there. */

struct sp_untraced {
	bool nothing;
};

int sp_untraced_new(struct sp_untraced **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

struct sp_untraced *sp_untraced_free(struct sp_untraced *untraced)
{
	free(untraced);
	return NULL;
}

int sp_untraced_entry(struct sp_untraced *untraced, pid_t tid, uint32_t arch, uint64_t nr,
		      uint64_t arg0)
{
	(void)untraced, (void)tid, (void)arch, (void)nr, (void)arg0;
	return 0;
}

bool sp_untraced_is_pending(const struct sp_untraced *untraced)
{
	(void)untraced;
	return false;
}

void sp_untraced_exit(struct sp_untraced *untraced, pid_t tid, bool failed)
{
	(void)untraced, (void)tid, (void)failed;
}

void sp_untraced_birth(struct sp_untraced *untraced, pid_t child)
{
	(void)untraced, (void)child;
}

void sp_untraced_forget(struct sp_untraced *untraced, pid_t tid)
{
	(void)untraced, (void)tid;
}

#endif
