/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/ownfilter.h"

#include <dirent.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>

#include "sysprofile/prefilter.h"
#include "sysprofile/procfs.h"
#include "sysprofile/syscalls.h"
#include "sysprofile/util.h"

static void look_at(struct sp_ownfilter *filters, uint16_t data)
{
	filters->looked_at[data / 64] |= UINT64_C(1) << (data % 64);
}

/*
 * On every ABI, the calls that the prefilter must not let pass. From name to number: the other way
 * libseccomp would be asked about each number that there might be, which takes a millisecond.
 */
static void mark_calls(struct sp_ownfilter *filters)
{
	uint32_t arch, nr;
	uint64_t first;

	for (unsigned long i = 0; sp_prefilter_decode(i << SP_PREFILTER_NUMBER_BITS, &arch, &first);
	     i++)
		for (const char *const *name = sp_prefilter_must_see_names(); *name; name++) {
			sp_call call;

			if (sp_call_intern(*name, strlen(*name), &call) == 0 &&
			    sp_call_number(call, sp_abi_of_call(arch, first), &nr) == 0)
				look_at(filters, sp_prefilter_encode(arch, nr));
		}
}

void sp_ownfilter_init(struct sp_ownfilter *filters, pid_t root, bool has_prefilter)
{
	*filters = (struct sp_ownfilter){ .has_prefilter = has_prefilter, .base = -1 };
	if (!has_prefilter)
		return;
	/* proc(5): since Linux 5.9. */
	if (!sp_proc_is_ours() ||
	    sp_proc_status("/proc", root, "Seccomp_filters", &filters->base) < 0)
		filters->base = -1;
	mark_calls(filters);
}

bool sp_ownfilter_is_plain(const struct sp_ownfilter *filters, pid_t tid)
{
	long n;

	if (!filters->has_prefilter)
		return true;
	/* Filters are inherited, so as long as nobody has one of its own nobody need be asked. */
	if (!filters->any)
		return false;
	if (filters->all || filters->base < 0 ||
	    sp_proc_status("/proc", tid, "Seccomp_filters", &n) < 0)
		return true;
	return n > filters->base;
}

bool sp_ownfilter_needs_arguments(const struct sp_ownfilter *filters, unsigned long data)
{
	return filters->looked_at[(uint16_t)data / 64] >> (data % 64) & 1;
}

static bool installs_filter(const char *name, const uint64_t *args, bool *ret_all_threads)
{
	*ret_all_threads = false;
	/* The kernel takes these as 32-bit numbers, whatever stands above them. */
	if (sp_streq(name, "prctl"))
		return (uint32_t)args[0] == PR_SET_SECCOMP && args[1] == SECCOMP_MODE_FILTER;
	if (!sp_streq(name, "seccomp") || (uint32_t)args[0] != SECCOMP_SET_MODE_FILTER)
		return false;
	*ret_all_threads = args[1] & SECCOMP_FILTER_FLAG_TSYNC;
	return true;
}

/*
 * The others run under PTRACE_CONT and would stop at nothing that the new filter refuses. An
 * interrupt takes each out of user mode before the filter can reach it: the one that installs it
 * is still stopped. It may end a sleep with EINTR, once, where restart.h cannot help.
 */
static void switch_process(struct sp_tracees *tracees, pid_t caller)
{
	char path[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", caller);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
		struct sp_tracee *tracee = tid > 0 ? sp_tracees_find(tracees, tid) : NULL;

		if (!tracee || tracee->plain)
			continue;
		tracee->plain = true;
		tracee->interrupted = ptrace(PTRACE_INTERRUPT, tid, 0, 0) == 0;
	}
	(void)closedir(dir);
}

bool sp_ownfilter_watch(struct sp_ownfilter *filters, struct sp_tracees *tracees,
			struct sp_tracee *tracee, const struct sp_event *event)
{
	uint16_t data = sp_prefilter_encode(event->arch, event->nr);
	bool all_threads;
	sp_call call;

	/* One bit before any name: a plain task is looked at with every call. */
	if (data != SP_PREFILTER_ASK && !sp_ownfilter_needs_arguments(filters, data))
		return false;
	if (sp_call_from_number(sp_abi_of_call(event->arch, event->nr), event->nr, &call) < 0 ||
	    !installs_filter(sp_call_name(call), event->args, &all_threads))
		return false;
	filters->any = true;
	tracee->plain = true;
	filters->all = filters->all || all_threads;
	if (all_threads)
		switch_process(tracees, tracee->tid);
	return true;
}

void sp_ownfilter_answer(const struct sp_ownfilter *filters, pid_t tid, unsigned long data)
{
#ifdef __x86_64__
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_SECCOMP)
		return;
	if (filters->has_prefilter && sp_prefilter_encode(info.arch, info.seccomp.nr) == data)
		return;
	/* A number of -1 skips the call and leaves the result that is set here (seccomp(2)). */
	(void)ptrace(PTRACE_POKEUSER, tid, offsetof(struct user, regs.orig_rax), -1L);
	(void)ptrace(PTRACE_POKEUSER, tid, offsetof(struct user, regs.rax), -(long)ENOSYS);
#else
	(void)filters, (void)tid, (void)data;
#endif
}
