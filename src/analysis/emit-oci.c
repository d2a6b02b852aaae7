/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <jansson.h>

#include "sysprofile/emit.h"

static void json_freep(json_t **p)
{
	json_decref(*p);
}

/* The names of the OCI runtime specification (config-linux.md, seccomp) by systemd's. */
static const char *oci_arch(sp_abi abi)
{
	static const struct {
		const char *name, *oci;
	} archs[] = {
		{ "x86-64", "SCMP_ARCH_X86_64" },
		{ "x86", "SCMP_ARCH_X86" },
		{ "x32", "SCMP_ARCH_X32" },
		{ "arm", "SCMP_ARCH_ARM" },
		{ "arm64", "SCMP_ARCH_AARCH64" },
		{ "mips", "SCMP_ARCH_MIPS" },
		{ "mips64", "SCMP_ARCH_MIPS64" },
		{ "mips64-n32", "SCMP_ARCH_MIPS64N32" },
		{ "mips-le", "SCMP_ARCH_MIPSEL" },
		{ "mips64-le", "SCMP_ARCH_MIPSEL64" },
		{ "mips64-le-n32", "SCMP_ARCH_MIPSEL64N32" },
		{ "parisc", "SCMP_ARCH_PARISC" },
		{ "parisc64", "SCMP_ARCH_PARISC64" },
		{ "ppc", "SCMP_ARCH_PPC" },
		{ "ppc64", "SCMP_ARCH_PPC64" },
		{ "ppc64-le", "SCMP_ARCH_PPC64LE" },
		{ "riscv64", "SCMP_ARCH_RISCV64" },
		{ "s390", "SCMP_ARCH_S390" },
		{ "s390x", "SCMP_ARCH_S390X" },
	};
	const char *name = sp_abi_name(abi);

	for (size_t i = 0; name && i < SP_ARRAY_SIZE(archs); i++)
		if (sp_streq(archs[i].name, name))
			return archs[i].oci;
	return NULL;
}

static json_t *architectures(struct sp_profile *profile)
{
	sp_abi abis[SP_PROFILE_ABIS_MAX];
	size_t n = sp_profile_abis(profile, abis, SP_ARRAY_SIZE(abis));
	json_t *list = json_array();

	for (size_t i = 0; list && i < n && i < SP_ARRAY_SIZE(abis); i++) {
		const char *name = oci_arch(abis[i]);

		if (name && json_array_append_new(list, json_string(name)) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *names_of(const struct sp_sysset *set)
{
	sp_call calls[SP_CALLS_MAX];
	size_t n = sp_sysset_sorted(set, calls);
	json_t *list = json_array();

	for (size_t i = 0; list && i < n; i++)
		if (json_array_append_new(list, json_string(sp_call_name(calls[i]))) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static const char *action_of(enum sp_refusal refusal)
{
	switch (refusal) {
	case SP_REFUSAL_ERRNO:
		return "SCMP_ACT_ERRNO";
	case SP_REFUSAL_KILL:
		return "SCMP_ACT_KILL_PROCESS";
	case SP_REFUSAL_LOG:
		return "SCMP_ACT_LOG";
	case _SP_REFUSAL_MAX:
		break;
	}
	return "SCMP_ACT_ERRNO";
}

/* A rule of its own, with Docker's and Podman's "comment", for what nobody made. */
static int add_headroom(const struct sp_result *result, json_t *root)
{
	json_t *rule;

	if (sp_sysset_is_empty(&result->headroom.calls))
		return 0;
	rule = json_pack("{s:o, s:s, s:s}", "names", names_of(&result->headroom.calls), "action",
			 "SCMP_ACT_ALLOW", "comment", "headroom: not seen in the run");
	/* It takes the rule even where it fails. */
	return json_array_append_new(json_object_get(root, "syscalls"), rule);
}

static json_t *allow_profile(const struct sp_result *result)
{
	const struct sp_policy *policy = &result->policy;
	json_t *root;

	root = json_pack("{s:s, s:o, s:[{s:o, s:s}]}", "defaultAction", action_of(policy->refusal),
			 "architectures", architectures(result->profile), "syscalls", "names",
			 names_of(&result->needed), "action", "SCMP_ACT_ALLOW");
	if (root && policy->refusal == SP_REFUSAL_ERRNO &&
	    json_object_set_new(root, "defaultErrnoRet", json_integer(policy->err)) < 0) {
		json_decref(root);
		return NULL;
	}
	if (root && add_headroom(result, root) < 0) {
		json_decref(root);
		return NULL;
	}
	return root;
}

static json_t *deny_profile(const struct sp_result *result)
{
	const struct sp_policy *policy = &result->policy;
	struct sp_sysset refused;
	json_t *rule, *root;

	sp_text_effect(result->groups, policy->style, &result->text, &refused);
	rule = json_pack("{s:o, s:s}", "names", names_of(&refused), "action",
			 action_of(policy->refusal));
	if (rule && policy->refusal == SP_REFUSAL_ERRNO &&
	    json_object_set_new(rule, "errnoRet", json_integer(policy->err)) < 0) {
		json_decref(rule);
		return NULL;
	}
	root = json_pack("{s:s, s:o, s:[]}", "defaultAction", "SCMP_ACT_ALLOW", "architectures",
			 architectures(result->profile), "syscalls");
	if (!root) {
		json_decref(rule);
		return NULL;
	}
	if (json_array_append_new(json_object_get(root, "syscalls"), rule) < 0) {
		json_decref(root);
		return NULL;
	}
	return root;
}

int sp_emit_oci(const struct sp_result *result, FILE *f)
{
	_cleanup_(json_freep) json_t *root = NULL;
	_cleanup_(sp_freep) char *text = NULL;

	if (result->policy.style == SP_STYLE_DENY)
		root = deny_profile(result);
	else
		root = allow_profile(result);
	if (!root)
		return -ENOMEM;
	/* Through memory, so that an error of f stays apart from one of ours. */
	text = json_dumps(root, JSON_INDENT(2));
	if (!text)
		return -ENOMEM;
	fprintf(f, "%s\n", text);
	return 0;
}
