/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sysprofile/diagnose.h"
#include "sysprofile/fsutil.h"
#include "sysprofile/kin.h"
#include "sysprofile/procfs.h"
#include "sysprofile/util.h"

enum { STATUS_MAX = 65536 };

/*
 * ptrace(2) compares the caller's with the real, effective and saved one of the target. What is not
 * dumpable belongs to root in proc(5), whoever runs it.
 */
static void find_owner(pid_t pid, struct sp_target_facts *f)
{
	_cleanup_(sp_freep) char *text = NULL;
	const uid_t own = getuid();
	unsigned ids[3];
	struct stat st;
	const char *line;
	char path[64];
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (sp_read_file(path, STATUS_MAX, &text, &len) < 0)
		return;
	line = strstr(text, "\nUid:");
	if (!line || sscanf(line, "\nUid: %u %u %u", &ids[0], &ids[1], &ids[2]) != 3)
		return;
	f->uid = ids[0];
	f->is_of_other_user = ids[0] != own || ids[1] != own || ids[2] != own;
	f->is_undumpable = stat(path, &st) == 0 && st.st_uid != ids[1];
}

void sp_diagnose_target(pid_t pid, struct sp_target_facts *ret)
{
	struct sp_target_facts f = { .is_self = pid == getpid() };
	struct sp_kin kin;

	f.is_there = kill(pid, 0) == 0 || errno == EPERM;
	if (sp_kin_of(pid, &kin) == 0) {
		f.is_zombie = kin.state == 'Z' || kin.state == 'X';
		f.is_kernel = kin.is_kernel;
	}
	(void)sp_proc_status("/proc", pid, "TracerPid", &f.tracer);
	if (f.tracer)
		(void)sp_proc_comm((pid_t)f.tracer, f.tracer_comm, sizeof(f.tracer_comm));
	find_owner(pid, &f);
	*ret = f;
}

static void explain_deadlock(const struct sp_target_facts *t, char *buffer, size_t size)
{
	if (t->is_self)
		snprintf(buffer, size, "that is this very sysprofile, which cannot stop itself");
	else
		snprintf(buffer, size,
			 "sysprofile was started by it or below it, and while one of the two is "
			 "stopped the other may wait for it for ever; start sysprofile elsewhere, "
			 "or "
			 "name its children instead");
}

static void explain_gone(const struct sp_target_facts *t, bool was_there, char *buffer, size_t size)
{
	if (t->is_zombie)
		snprintf(buffer, size,
			 "it has ended, and its parent has not waited for it yet (a zombie)");
	else
		snprintf(buffer, size, "%s",
			 was_there ? "it ended meanwhile" : "there is no such process");
}

/* Reasons of the target; true when one of them fits. */
static bool explain_target(const struct sp_target_facts *t, const struct sp_trace_facts *f,
			   char *buffer, size_t size)
{
	if (t->tracer)
		snprintf(buffer, size,
			 "it is traced by pid %ld (%s) already, and a process can have one tracer; "
			 "end that one first",
			 t->tracer, t->tracer_comm);
	else if (t->is_kernel)
		snprintf(buffer, size, "it is a thread of the kernel, which makes no system calls");
	else if (t->is_zombie || !t->is_there)
		explain_gone(t, true, buffer, size);
	else if (f->yama_scope == 3)
		return false;
	else if (t->is_of_other_user && !f->has_cap_ptrace)
		snprintf(buffer, size,
			 "it belongs to another user (uid %ld), which needs CAP_SYS_PTRACE; run "
			 "sysprofile as root",
			 t->uid);
	else if (t->is_undumpable && !f->has_cap_ptrace)
		snprintf(buffer, size,
			 "it is not dumpable (a setuid program, or it asked for that), which needs "
			 "CAP_SYS_PTRACE; run sysprofile as root");
	else if (f->yama_scope == 1 && !f->has_cap_ptrace)
		snprintf(buffer, size,
			 "kernel.yama.ptrace_scope is 1, which lets only what started a process "
			 "trace "
			 "it; run sysprofile as root, or set it to 0");
	else
		return false;
	return true;
}

char *sp_diagnose_attach(const struct sp_target_facts *target, const struct sp_trace_facts *facts,
			 int error, bool was_there, char *buffer, size_t size)
{
	struct sp_trace_facts here = *facts;

	if (error == EDEADLK) {
		explain_deadlock(target, buffer, size);
	} else if (error == ESRCH) {
		explain_gone(target, was_there, buffer, size);
	} else if ((error != EPERM && error != EACCES) ||
		   !explain_target(target, facts, buffer, size)) {
		/* Who traces us has our children, and not this one. */
		here.own_tracer = 0;
		(void)sp_diagnose_seize(&here, error, buffer, size);
	}
	return buffer;
}
