/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the directives refuse, as seccomp-util.c of systemd builds their filters. */

#include "directives-private.h"

#include <errno.h>
#include <string.h>

#include "filter-private.h"

/* What is being put together, for one ABI. */
struct list {
	const struct sp_directives *directives;
	const struct sp_filter *filter;
	const char *abi; /* systemd's name */
	sp_abi token;
	struct sp_effect *v;
	size_t n;
};

static bool is_one_of(const char *abi, const char *names)
{
	const size_t n = strlen(abi);

	for (const char *p = names; (p = strstr(p, abi)); p += n)
		if ((p == names || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

/* From v254 on the kernel is asked first, and a filter made only where it refuses. */
static bool is_mdwe_asked_for(const struct list *list)
{
	return sp_groups_major(list->directives->groups) >= 254;
}

/* Calls that the ABI does not have are left out; an effect on none is no effect. */
static void add_set(struct list *list, enum sp_directive directive, const struct sp_sysset *calls,
		    int err, const char *condition)
{
	const struct sp_setting *setting = &list->directives->settings[directive];
	struct sp_effect effect = {
		.directive = sp_directive_name(directive),
		.err = err,
		.condition = condition,
	};
	uint32_t nr;

	sp_sysset_foreach (c, calls)
		if (sp_call_number((sp_call)c, list->token, &nr) == 0)
			sp_sysset_add(&effect.calls, (sp_call)c);
	if (sp_sysset_is_empty(&effect.calls) || list->n == SP_EFFECTS_MAX)
		return;
	if (!setting->on)
		setting = &list->directives->settings[SP_DIRECTIVE_DYNAMIC_USER];
	effect.value = setting->on && setting->value ? setting->value : "yes";
	effect.file = setting->file;
	effect.line = setting->line;
	effect.by_kernel = directive == SP_DIRECTIVE_WRITE_EXECUTE && is_mdwe_asked_for(list);
	list->v[list->n++] = effect;
}

static void add(struct list *list, enum sp_directive directive, const char *names, int err,
		const char *condition)
{
	struct sp_sysset calls = {};

	while (*names) {
		const size_t n = strcspn(names, " ");
		sp_call call;

		if (sp_call_lookup(names, n, &call) == 0)
			sp_sysset_add(&calls, call);
		names += n;
		names += strspn(names, " ");
	}
	add_set(list, directive, &calls, err, condition);
}

static void add_group(struct list *list, enum sp_directive directive, const char *name)
{
	const struct sp_group *group = sp_groups_find(list->directives->groups, name);

	if (group)
		add_set(list, directive, &group->set, EPERM, NULL);
}

static void add_families(struct list *list)
{
	const struct sp_directives *d = list->directives;
	const bool all = d->families_allow && d->families.n == 0;

	/* Where socketcall(2) is the way, the arguments cannot be seen: systemd has a list. */
	if (!is_one_of(list->abi, "x86-64 x32 arm arm64 mips64 mips64-le mips64-n32 "
				  "mips64-le-n32 riscv64 loongarch64"))
		return;
	add(list, SP_DIRECTIVE_ADDRESS_FAMILIES, "socket", EAFNOSUPPORT,
	    all			? NULL
	    : d->families_allow ? "for a family that is not listed"
				: "for a family that is listed");
}

static void add_write_execute(struct list *list)
{
	const char *made = "for memory that is writable and executable";
	const char *later = "to make memory executable";
	const char *wholly = NULL, *shared = "with SHM_EXEC";

	/* Others have a way to executable memory that no filter can close. */
	if (!is_one_of(list->abi, "x86-64 x32 x86 arm arm64 ppc ppc64 ppc64-le riscv64 s390 s390x "
				  "loongarch64"))
		return;
	/* The kernel's rule (PR_SET_MDWE) is narrower than the filter's. */
	if (is_mdwe_asked_for(list)) {
		made = "for memory that is writable and executable (EACCES from Linux 6.3 on)";
		later = "to make memory executable (EACCES from Linux 6.3 on)";
		wholly = "before Linux 6.3; from then on for memory that is writable and "
			 "executable (EACCES)";
		shared = "with SHM_EXEC, before Linux 6.3";
	}
	if (is_one_of(list->abi, "x86 s390")) {
		add(list, SP_DIRECTIVE_WRITE_EXECUTE, "mmap", EPERM, wholly);
		add(list, SP_DIRECTIVE_WRITE_EXECUTE, "mmap2", EPERM, made);
	} else {
		/* ppc has both, and only the one is looked at. */
		add(list, SP_DIRECTIVE_WRITE_EXECUTE,
		    is_one_of(list->abi, "arm") ? "mmap2" : "mmap", EPERM, made);
	}
	add(list, SP_DIRECTIVE_WRITE_EXECUTE, "mprotect pkey_mprotect", EPERM, later);
	if (is_one_of(list->abi, "x86-64 x32 arm arm64 riscv64 loongarch64"))
		add(list, SP_DIRECTIVE_WRITE_EXECUTE, "shmat", EPERM, shared);
}

/* A later point release of the same release. */
static bool is_since(unsigned version, unsigned major, unsigned point)
{
	return version >= SP_FILTER_VERSION(major, point) &&
	       version < SP_FILTER_VERSION(major + 1, 0);
}

static void add_suid_sgid(struct list *list)
{
	const unsigned version = list->directives->version;

	add(list, SP_DIRECTIVE_SUID_SGID,
	    "chmod fchmod fchmodat mkdir mkdirat mknod mknodat open openat creat", EPERM,
	    "for a mode with the setuid or setgid bit");
	if (version >= SP_FILTER_VERSION(255, 0) || is_since(version, 254, 10) ||
	    is_since(version, 253, 17) || is_since(version, 252, 23))
		add(list, SP_DIRECTIVE_SUID_SGID, "fchmodat2", EPERM,
		    "for a mode with the setuid or setgid bit");
	/* Its flags are behind a pointer, which no filter can follow; libraries fall back. */
	if (sp_groups_major(list->directives->groups) >= 246)
		add(list, SP_DIRECTIVE_SUID_SGID, "openat2", ENOSYS, NULL);
}

static void add_namespaces(struct list *list)
{
	const unsigned all = sp_directive_namespaces(list->directives->groups);
	const char *flags = "with a CLONE_NEW flag of a namespace that is not listed";

	if (!(list->directives->namespaces & all)) {
		add(list, SP_DIRECTIVE_NAMESPACES, "clone unshare", EPERM,
		    list->directives->namespaces ? flags : "with a CLONE_NEW flag");
		add(list, SP_DIRECTIVE_NAMESPACES, "setns", EPERM, NULL);
	} else {
		add(list, SP_DIRECTIVE_NAMESPACES, "clone unshare", EPERM, flags);
		add(list, SP_DIRECTIVE_NAMESPACES, "setns", EPERM,
		    "with such a flag, or with no flag");
	}
	/* As with openat2; the C library falls back to clone. */
	if (sp_groups_major(list->directives->groups) >= 251)
		add(list, SP_DIRECTIVE_NAMESPACES, "clone3", ENOSYS, NULL);
}

static void add_directive(struct list *list, enum sp_directive directive)
{
	switch (directive) {
	case SP_DIRECTIVE_HOSTNAME:
		add(list, directive, "sethostname setdomainname", EPERM, NULL);
		return;
	case SP_DIRECTIVE_ADDRESS_FAMILIES:
		add_families(list);
		return;
	case SP_DIRECTIVE_WRITE_EXECUTE:
		add_write_execute(list);
		return;
	case SP_DIRECTIVE_REALTIME:
		add(list, directive, "sched_setscheduler", EPERM, "for a real-time policy");
		return;
	case SP_DIRECTIVE_SUID_SGID:
		add_suid_sgid(list);
		return;
	case SP_DIRECTIVE_NAMESPACES:
		add_namespaces(list);
		return;
	case SP_DIRECTIVE_TUNABLES:
		add(list, directive, "_sysctl", EPERM, NULL);
		return;
	case SP_DIRECTIVE_MODULES:
		add_group(list, directive, "@module");
		return;
	case SP_DIRECTIVE_LOGS:
		add(list, directive, "syslog", EPERM, NULL);
		return;
	case SP_DIRECTIVE_CLOCK:
		add_group(list, directive, "@clock");
		return;
	case SP_DIRECTIVE_DEVICES:
		/* Before v231 it was about /dev alone. */
		add_group(list, directive, "@raw-io");
		return;
	case SP_DIRECTIVE_PERSONALITY:
		if (list->token == sp_abi_native() && list->filter &&
		    sp_filter_lost_native(list->filter))
			return;
		add(list, directive, "personality", EPERM, "to set another one, and to ask for it");
		return;
	case SP_DIRECTIVE_NO_NEW_PRIVILEGES:
	case SP_DIRECTIVE_DYNAMIC_USER:
	case SP_DIRECTIVE_USER:
	case _SP_DIRECTIVE_MAX:
		break;
	}
}

size_t sp_directives_effects(const struct sp_directives *directives, const struct sp_filter *filter,
			     sp_abi abi, struct sp_effect out[static SP_EFFECTS_MAX])
{
	struct list list = { directives, filter, sp_abi_name(abi), abi, out, 0 };

	for (int i = 0; i < _SP_DIRECTIVE_MAX && list.abi; i++)
		if (sp_directive_is_on(directives, i))
			add_directive(&list, i);
	return list.n;
}

const struct sp_effect *sp_effects_apply(const struct sp_effect *effects, size_t n, sp_call call,
					 struct sp_verdict *verdict)
{
	/* SystemCallFilter= is installed last, so its own error number stands. */
	if (verdict->action >= SP_ACTION_ERRNO)
		return NULL;
	for (size_t i = n; i-- > 0;)
		if (!effects[i].condition && sp_sysset_contains(&effects[i].calls, call)) {
			*verdict = (struct sp_verdict){
				.action = SP_ACTION_ERRNO,
				.err = effects[i].err,
				.word = effects[i].directive,
				.file = effects[i].file,
				.line = effects[i].line,
			};
			return &effects[i];
		}
	return NULL;
}

static bool is_local(sp_abi abi)
{
	for (const sp_abi *local = sp_abi_local(); *local; local++)
		if (*local == abi)
			return true;
	return false;
}

void sp_directives_verdict(const struct sp_directives *directives, const struct sp_filter *filter,
			   sp_abi abi, uint32_t nr, const uint64_t *first, struct sp_verdict *ret)
{
	struct sp_effect effects[SP_EFFECTS_MAX];
	sp_call call;
	size_t n;

	if (first)
		sp_filter_verdict_with(filter, abi, nr, *first, ret);
	else
		sp_filter_verdict(filter, abi, nr, ret);
	/* systemd makes no filters for other ABIs. */
	if (!directives || !is_local(abi) || sp_call_from_number(abi, nr, &call) < 0)
		return;
	n = sp_directives_effects(directives, filter, abi, effects);
	(void)sp_effects_apply(effects, n, call, ret);
}
