/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <jansson.h>

#include "judgement-private.h"
#include "sysprofile/json-text.h"
#include "sysprofile/util.h"
#include "verification-private.h"

static void free_json(json_t **value)
{
	json_decref(*value);
}

static json_t *makers(const struct sp_history_call *call)
{
	_cleanup_(sp_freep) struct sp_judged_maker *v = NULL;
	_cleanup_(free_json) json_t *list = json_array();
	size_t n = 0;

	if (!list || sp_judged_makers(call, &v, &n) < 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(list, json_pack("{s:o, s:I, s:I}", "exe",
							  sp_json_text(v[i].exe), "count",
							  (json_int_t)v[i].count, "runs",
							  (json_int_t)v[i].runs)) < 0)
			return NULL;
	return SP_TAKE(list);
}

static json_t *first(const struct sp_judgement *j, const struct sp_history_call *call)
{
	const struct sp_history_sighting *s = &call->first;
	const struct sp_history_run *run;

	if (!call->sighted)
		return json_null();
	run = sp_history_run_of(j->history, s->run);
	return json_pack("{s:s, s:I, s:I, s:o, s:o, s:i, s:o, s:o}", "run", run->id, "start_usec",
			 (json_int_t)run->start_usec, "time_usec", (json_int_t)s->time_usec, "host",
			 sp_json_text(sp_judged_host(run)), "phase",
			 sp_json_text(sp_phase_name(s->phase)), "pid", (int)s->pid, "comm",
			 sp_json_text(s->comm), "exe", sp_json_text(s->exe));
}

static int add(const struct sp_judgement *j, const struct sp_judged_call *judged, json_t *list)
{
	const struct sp_history_call *call = judged->call;
	_cleanup_(free_json) json_t *object = sp_verification_call_json(
		call->name, call->abi, json_integer(call->nr), &judged->verdict);

	if (!object || json_object_set_new(object, "by", makers(call)) < 0 ||
	    json_object_set_new(object, "lower_bound", json_boolean(call->lower_bound)) < 0 ||
	    json_object_set_new(object, "first", first(j, call)) < 0 ||
	    json_array_append(list, object) < 0)
		return -ENOMEM;
	return 0;
}

int sp_judgement_print_json(const struct sp_judgement *j, FILE *f)
{
	json_t *refused = json_array(), *logged = json_array(), *needs = json_array();
	_cleanup_(free_json) json_t *root =
		json_pack("{s:b, s:s, s:I, s:I, s:o, s:o, s:o}", "holds", sp_judgement_holds(j),
			  "systemd", j->release, "runs", (json_int_t)sp_history_n_runs(j->history),
			  "calls", (json_int_t)j->n_made, "needed_by_systemd", needs, "refused",
			  refused, "logged", logged);
	_cleanup_(sp_freep) char *text = NULL;
	int r = root ? 0 : -ENOMEM;

	for (size_t i = 0; i < j->n_needs && r == 0; i++)
		if (json_array_append_new(needs, sp_verification_call_json(
							 j->needs[i].name, sp_abi_native(),
							 json_null(), &j->needs[i].verdict)) < 0)
			r = -ENOMEM;
	for (size_t i = 0; i < j->n && r == 0; i++)
		r = add(j, &j->v[i], sp_verdict_refuses(&j->v[i].verdict) ? refused : logged);
	if (r < 0)
		return r;
	text = json_dumps(root, JSON_INDENT(2));
	if (!text)
		return -ENOMEM;
	fprintf(f, "%s\n", text);
	return 0;
}
