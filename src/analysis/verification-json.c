/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <jansson.h>
#include <sys/wait.h>

#include "sysprofile/explain.h"
#include "sysprofile/json-text.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"
#include "verification-private.h"

static void free_json(json_t **value)
{
	json_decref(*value);
}

static json_t *abi_of(sp_abi abi)
{
	const char *name = sp_abi_name(abi);

	return name ? json_string(name) : json_integer(abi);
}

json_t *sp_verification_call_json(const char *call, sp_abi abi, json_t *number,
				  const struct sp_verdict *verdict)
{
	char action[SP_VERDICT_WORD_SIZE];

	return json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:o}", "call", sp_json_text(call), "abi",
			 abi_of(abi), "number", number, "action", sp_verdict_word(verdict, action),
			 "word", sp_json_text(verdict->word), "file", sp_json_text(verdict->file),
			 "line", verdict->line ? json_integer(verdict->line) : json_null());
}

static json_t *maker(const struct sp_refused_call *refusal, bool enforced)
{
	return json_pack("{s:s, s:o, s:o, s:i, s:I, s:I, s:f, s:o}", "role",
			 sp_role_name(refusal->role), "exe", sp_json_text(refusal->exe), "comm",
			 sp_json_text(refusal->first_comm), "pid", (int)refusal->first_pid, "count",
			 (json_int_t)refusal->count, "processes", (json_int_t)refusal->processes,
			 "first", (double)refusal->first_ns / (double)SP_NSEC_PER_SEC, "confirmed",
			 enforced ? json_integer((json_int_t)refusal->answered) : json_null());
}

static int append(json_t *list, json_t *value)
{
	return value && json_array_append_new(list, value) == 0 ? 0 : -ENOMEM;
}

/* Refusals come sorted, so that all makers of one call follow each other. */
static int fill(const struct sp_verification *v, bool refused, json_t *list)
{
	const struct sp_refused_call *last = NULL;
	json_t *makers = NULL;
	int r = 0;

	for (size_t i = 0; i < sp_refusals_count(v->refusals) && r == 0; i++) {
		const struct sp_refused_call *refusal = sp_refusals_at(v->refusals, i);

		if (sp_verdict_refuses(&refusal->verdict) != refused)
			continue;
		if (!last || last->abi != refusal->abi || last->nr != refusal->nr) {
			json_t *object = sp_verification_call_json(
				refusal->named ? sp_call_name(refusal->call) : NULL, refusal->abi,
				json_integer(refusal->nr), &refusal->verdict);

			makers = json_array();
			r = append(list, object);
			if (json_object_set_new(object, "by", makers) < 0)
				return -ENOMEM;
		}
		if (r == 0)
			r = append(makers, maker(refusal, v->enforced));
		last = refusal;
	}
	return r;
}

static int fill_needs(const struct sp_verification *v, json_t *list)
{
	int r = 0;

	for (size_t i = 0; i < v->n_needs && r == 0; i++)
		r = append(list, sp_verification_call_json(v->needs[i].name, sp_abi_native(),
							   json_null(), &v->needs[i].verdict));
	return r;
}

static json_t *status_of(int status)
{
	if (status == -1)
		return json_null();
	return WIFSIGNALED(status) ? json_pack("{s:i}", "signal", WTERMSIG(status))
				   : json_pack("{s:i}", "exit", WEXITSTATUS(status));
}

int sp_verification_print_json(const struct sp_verification *v, FILE *f)
{
	_cleanup_(free_json) json_t *root = NULL;
	_cleanup_(sp_freep) char *text = NULL;
	json_t *refused = json_array(), *logged = json_array(), *needs = json_array();
	int r;

	root = json_pack("{s:b, s:b, s:b, s:s, s:o, s:o, s:o, s:o}", "holds",
			 sp_verification_holds(v), "enforced", v->enforced, "started", v->started,
			 "systemd", v->release, "status", status_of(v->status), "needed_by_systemd",
			 needs, "refused", refused, "logged", logged);
	if (!root)
		return -ENOMEM;
	r = fill_needs(v, needs);
	if (r == 0)
		r = fill(v, true, refused);
	if (r == 0)
		r = fill(v, false, logged);
	if (r < 0)
		return r;
	text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	if (!text)
		return -ENOMEM;
	fprintf(f, "%s\n", text);
	return 0;
}
