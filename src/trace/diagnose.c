/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/diagnose.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/types.h>
#include <unistd.h>

#include "sysprofile/fsutil.h"
#include "sysprofile/procfs.h"
#include "sysprofile/util.h"

static long read_number(const char *proc, const char *name)
{
	_cleanup_(sp_freep) char *path = NULL, *text = NULL;
	size_t len;

	if (asprintf(&path, "%s/%s", proc, name) < 0) {
		path = NULL;
		return -1;
	}
	return sp_read_file(path, 64, &text, &len) < 0 ? -1 : strtol(text, NULL, 10);
}

static bool has_capability(cap_value_t value)
{
	cap_flag_value_t flag = CAP_CLEAR;
	cap_t caps = cap_get_proc();

	if (caps) {
		(void)cap_get_flag(caps, value, CAP_EFFECTIVE, &flag);
		(void)cap_free(caps);
	}
	return flag == CAP_SET;
}

bool sp_diagnose_lets_gain_privileges(void)
{
	return has_capability(CAP_SYS_PTRACE);
}

/* The marks that container managers leave; systemd-nspawn and podman set the variable as well. */
static bool in_container(void)
{
	return getenv("container") || access("/.dockerenv", F_OK) == 0 ||
	       access("/run/.containerenv", F_OK) == 0;
}

void sp_diagnose_gather(const char *proc, struct sp_trace_facts *ret)
{
	struct sp_trace_facts facts = {
		.yama_scope = read_number(proc, "sys/kernel/yama/ptrace_scope"),
		.has_cap_ptrace = has_capability(CAP_SYS_PTRACE),
		.in_container = in_container(),
	};
	_cleanup_(sp_freep) char *path = NULL, *comm = NULL;
	size_t len;

	(void)sp_proc_status(proc, 0, "TracerPid", &facts.own_tracer);
	(void)sp_proc_status(proc, 0, "Seccomp", &facts.seccomp_mode);
	if (facts.own_tracer && asprintf(&path, "%s/%ld/comm", proc, facts.own_tracer) >= 0 &&
	    sp_read_file(path, sizeof(facts.own_tracer_comm), &comm, &len) == 0)
		snprintf(facts.own_tracer_comm, sizeof(facts.own_tracer_comm), "%.*s",
			 (int)strcspn(comm, "\n"), comm);
	*ret = facts;
}

/* In the order in which the kernel and its modules refuse; the first that fits is the reason. */
static void explain_eperm(const struct sp_trace_facts *f, char *buffer, size_t size)
{
	if (f->own_tracer)
		snprintf(buffer, size,
			 "sysprofile itself is traced by pid %ld (%s), which has its children too; "
			 "end that tracer first",
			 f->own_tracer, f->own_tracer_comm);
	else if (f->yama_scope == 3)
		snprintf(buffer, size,
			 "kernel.yama.ptrace_scope is 3, which forbids all tracing until the next "
			 "boot; set it to 2 or less and reboot");
	else if (f->yama_scope == 2 && !f->has_cap_ptrace)
		snprintf(buffer, size,
			 "kernel.yama.ptrace_scope is 2, which needs CAP_SYS_PTRACE; run it as "
			 "root");
	else if (f->in_container)
		snprintf(buffer, size,
			 "this container does not permit ptrace; start it with CAP_SYS_PTRACE "
			 "(docker and podman: --cap-add=SYS_PTRACE)");
	else if (f->seccomp_mode == 2)
		snprintf(buffer, size,
			 "a seccomp filter on this session forbids ptrace; run sysprofile outside "
			 "of "
			 "it");
	else if (!f->has_cap_ptrace)
		snprintf(buffer, size,
			 "the kernel or a security module refused ptrace (EPERM); run it as root");
	else
		snprintf(buffer, size,
			 "a security module (SELinux, AppArmor) refused ptrace; its log says which "
			 "rule");
}

char *sp_diagnose_seize(const struct sp_trace_facts *facts, int error, char *buffer, size_t size)
{
	if (error == EPERM || error == EACCES)
		explain_eperm(facts, buffer, size);
	else if (error == ENOSYS)
		snprintf(buffer, size, "ptrace is not there (ENOSYS): %s",
			 facts->in_container || facts->seccomp_mode == 2
				 ? "the seccomp filter of this container hides it"
				 : "this kernel was built without it");
	else
		snprintf(buffer, size, "%s", strerror(error));
	return buffer;
}
