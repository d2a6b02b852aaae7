/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>

#include "history-private.h"
#include "profile-json-private.h"
#include "sysprofile/util.h"

static json_t *sighting(const struct sp_history *h, const struct sp_history_sighting *s)
{
	const char *phase = sp_phase_name(s->phase);
	json_t *object = json_pack(
		"{s:i, s:I, s:o, s:i, s:o, s:s}", "run", (int)h->runs[s->run]->rank, "time_usec",
		(json_int_t)s->time_usec, "phase", phase ? json_string(phase) : json_null(), "pid",
		(int)s->pid, "comm", s->comm ? json_string(s->comm) : json_null(), "exe", s->exe);

	if (object && s->extra && json_object_update(object, s->extra) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *origins(unsigned bits)
{
	json_t *list = json_array();

	for (unsigned i = 0; list && i < SP_ORIGINS; i++)
		if (bits >> i & 1 &&
		    json_array_append_new(list, json_string(sp_origin_name(i))) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *abi_of(sp_abi abi)
{
	const char *name = sp_abi_name(abi);

	return name ? json_string(name) : json_sprintf("%#" PRIx32, abi);
}

/* What is put into order: the run's place in the file instead of its index. */
struct ranked {
	unsigned rank;
	const struct sp_history_count *count;
};

static int compare_ranked(const void *va, const void *vb)
{
	const struct ranked *a = va, *b = vb;
	int r = strcmp(a->count->exe, b->count->exe);

	return r ? r : (a->rank > b->rank) - (a->rank < b->rank);
}

/* By program: run, count, run, count. */
static int add_counts(json_t *counts, const struct ranked *v, size_t n)
{
	json_t *list = NULL;

	for (size_t i = 0; i < n; i++) {
		if (i == 0 || !sp_streq(v[i].count->exe, v[i - 1].count->exe)) {
			list = json_array();
			if (json_object_set_new(counts, v[i].count->exe, list) < 0)
				return -ENOMEM;
		}
		if (json_array_append_new(list, json_integer(v[i].rank)) < 0 ||
		    json_array_append_new(list, json_integer((json_int_t)v[i].count->count)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static json_t *counts_of(const struct sp_history *h, const struct sp_history_call *call)
{
	_cleanup_(sp_json_freep) json_t *counts = json_object();
	_cleanup_(sp_freep) struct ranked *v = calloc(call->n_counts + 1, sizeof(*v));

	if (!counts || !v)
		return NULL;
	for (size_t i = 0; i < call->n_counts; i++)
		v[i] = (struct ranked){ h->runs[call->counts[i].run]->rank, &call->counts[i] };
	qsort(v, call->n_counts, sizeof(*v), compare_ranked);
	return add_counts(counts, v, call->n_counts) == 0 ? SP_TAKE(counts) : NULL;
}

static json_t *call_object(const struct sp_history *h, const struct sp_history_call *call)
{
	json_t *object = json_pack(
		"{s:o, s:I, s:o, s:o, s:I, s:o, s:b, s:o, s:o}", "abi", abi_of(call->abi), "number",
		(json_int_t)call->nr, "name", call->name ? json_string(call->name) : json_null(),
		"origin", origins(call->origins), "count", (json_int_t)sp_history_total(call),
		"counts", counts_of(h, call), "lower_bound", call->lower_bound, "first",
		call->sighted ? sighting(h, &call->first) : json_null(), "last",
		call->sighted ? sighting(h, &call->last) : json_null());

	/* Written where it is known, so that what does not tell is written as it was read. */
	if (object && ((call->n_counts > 0 && !call->several_processes &&
			json_object_set_new(object, "one_process", json_true()) < 0) ||
		       (call->extra && json_object_update(object, call->extra) < 0))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static int print_line(FILE *f, json_t *value, bool is_last)
{
	_cleanup_(sp_freep) char *text = json_dumps(value, JSON_SORT_KEYS | JSON_ENCODE_ANY);

	if (!text)
		return -ENOMEM;
	fprintf(f, "\t%s%s\n", text, is_last ? "" : ",");
	return 0;
}

static int print_extra(const struct sp_history *h, FILE *f)
{
	_cleanup_(sp_freep) char *text = NULL;

	if (!h->extra || json_object_size(h->extra) == 0)
		return 0;
	text = json_dumps(h->extra, JSON_SORT_KEYS);
	if (!text)
		return -ENOMEM;
	/* Without the braces. */
	fprintf(f, ",\n%.*s", (int)(strlen(text) - 2), text + 1);
	return 0;
}

int sp_profile_write(struct sp_history *h, FILE *f)
{
	return sp_profile_write_with(h, NULL, f);
}

/* A line for each run and each call, so that grep(1) and diff(1) are of use. */
int sp_profile_write_with(struct sp_history *h, const char *result, FILE *f)
{
	const size_t n = h->n_runs;
	int r = 0;

	fprintf(f, "{\"sysprofile\": \"profile\", \"version\": %d,\n\"runs\": [\n",
		SP_PROFILE_VERSION);
	for (size_t i = 0; i < n && r == 0; i++)
		r = print_line(f, sp_history_run_at(h, i)->object, i + 1 == n);
	fputs("],\n\"calls\": [\n", f);
	for (size_t i = 0; i < h->n_calls && r == 0; i++) {
		_cleanup_(sp_json_freep) json_t *object = call_object(h, sp_history_call_at(h, i));

		r = object ? print_line(f, object, i + 1 == h->n_calls) : -ENOMEM;
	}
	fputs("]", f);
	if (r == 0)
		r = print_extra(h, f);
	if (result)
		fprintf(f, ",\n\"result\": %s", result);
	fputs("}\n", f);
	return r;
}
