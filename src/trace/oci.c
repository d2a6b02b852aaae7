/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <jansson.h>

#include "import-private.h"
#include "sysprofile/syscalls.h"
#include "sysprofile/sysset.h"

/*
 * Seccomp profiles of the OCI runtime specification (config-linux.md, "Seccomp"), and what Docker
 * and Podman write in their place: "includes" and "excludes" of a rule name capabilities and
 * machines that it depends on.
 */

static void decrefp(json_t **json)
{
	json_decref(*json);
}

static bool lets_pass(const char *action)
{
	return action && (sp_streq(action, "SCMP_ACT_ALLOW") || sp_streq(action, "SCMP_ACT_LOG"));
}

static bool is_empty(const json_t *array)
{
	return json_array_size(array) == 0;
}

/* A container has none of the capabilities that are asked for, and this machine is as good as any.
 */
static bool applies(const json_t *rule)
{
	return is_empty(json_object_get(json_object_get(rule, "includes"), "caps"));
}

static int take_name(struct sp_import *import, const char *name, bool applied,
		     struct sp_sysset *taken)
{
	const struct sp_log_name *call = sp_log_names_find(import->names, name, strlen(name));
	struct sp_sighted what = { .event = { .kind = SP_EVENT_SYSCALL } };
	sp_call handle;
	int r;

	if (!call) {
		import->report->damaged++;
		return sp_import_note_unknown(import, name, strlen(name));
	}
	if (!applied) {
		import->report->others++;
		return 0;
	}
	if (sp_call_intern(name, strlen(name), &handle) < 0 || sp_sysset_contains(taken, handle))
		return 0;
	sp_sysset_add(taken, handle);
	r = sp_import_emit_name(import, call, 0, &what, 0);
	return r < 0 ? r : 0;
}

static int take_rule(struct sp_import *import, const json_t *rule, struct sp_sysset *taken)
{
	const json_t *names = json_object_get(rule, "names");
	const char *single = json_string_value(json_object_get(rule, "name"));
	const bool applied = applies(rule);
	int r = 0;

	if (!lets_pass(json_string_value(json_object_get(rule, "action"))))
		return 0;
	/* Docker before 17.04 had one name a rule. */
	if (single)
		return take_name(import, single, applied, taken);
	for (size_t i = 0; i < json_array_size(names) && r == 0; i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (name)
			r = take_name(import, name, applied, taken);
	}
	return r;
}

int sp_import_oci(struct sp_import *import, const char *text, size_t len,
		  struct sp_import_report *report)
{
	_cleanup_(decrefp) json_t *json = json_loadb(text, len, 0, NULL);
	const char *otherwise = json_string_value(json_object_get(json, "defaultAction"));
	const json_t *rules = json_object_get(json, "syscalls");
	struct sp_sysset taken = {};
	int r = 0;

	import->report = report;
	if (!otherwise || (rules && !json_is_array(rules)))
		return -EBADMSG;
	report->format = SP_IMPORT_OCI;
	if (lets_pass(otherwise))
		return -EOPNOTSUPP;
	for (size_t i = 0; i < json_array_size(rules) && r == 0; i++)
		r = take_rule(import, json_array_get(rules, i), &taken);
	return r;
}
