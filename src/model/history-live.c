/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>

#include "history-private.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

#include "profile-json-private.h"

enum { NSEC_PER_USEC = 1000 };

static json_t *list_of(char *const *words, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < n; i++)
		if (json_array_append_new(list, sp_json_text(words[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *exercises(unsigned bits)
{
	json_t *list = json_array();

	for (unsigned i = 0; list && i < SP_EXERCISES; i++)
		if (bits >> i & 1 &&
		    json_array_append_new(list, json_string(sp_exercise_name(i))) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static int compare_times(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

static int add_times(json_t *list, const int64_t *usec, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		/* Of several at once the last one says how many are known by then. */
		if (i + 1 < n && usec[i + 1] == usec[i])
			continue;
		if (json_array_append_new(list, json_integer(usec[i])) < 0 ||
		    json_array_append_new(list, json_integer((json_int_t)i + 1)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* When each call of the run came first: time, how many were known; time, how many; and so on. */
static json_t *curve(struct sp_profile *profile)
{
	const size_t n = sp_profile_n_calls(profile);
	_cleanup_(sp_freep) int64_t *usec = calloc(n + 1, sizeof(*usec));
	_cleanup_(sp_json_freep) json_t *list = json_array();

	if (!usec || !list)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		int64_t ns = sp_profile_call_at(profile, i)->first.time_ns;

		usec[i] = ns > 0 ? ns / NSEC_PER_USEC : 0;
	}
	qsort(usec, n, sizeof(*usec), compare_times);
	return add_times(list, usec, n) == 0 ? SP_TAKE(list) : NULL;
}

static json_t *run_object(const struct sp_run_record *record, struct sp_profile *profile)
{
	struct sp_profile_totals totals;
	size_t argc = 0;

	while (record->argv && record->argv[argc])
		argc++;
	sp_profile_totals(profile, &totals);
	return json_pack(
		"{s:s, s:I, s:I, s:s, s:s, s:b, s:I, s:I, s:o, s:o, s:o, s:I, s:{s:o, s:o, s:o},"
		" s:{s:o, s:o, s:o, s:o, s:o, s:o}}",
		"id", record->id, "start_usec", (json_int_t)record->start_usec, "duration_usec",
		(json_int_t)record->duration_usec, "source", record->source, "engine",
		record->engine, "startup_seen", record->startup_seen, "processes",
		(json_int_t)totals.processes, "threads", (json_int_t)totals.threads, "warnings",
		list_of(record->warnings ? record->warnings->v : NULL,
			record->warnings ? record->warnings->n : 0),
		"exercised", exercises(record->exercised), "curve", curve(profile),
		"calls_since_new", (json_int_t)totals.since_new, "program", "argv",
		list_of(record->argv, argc), "exe", sp_json_text(record->exe), "build_id",
		sp_json_text(record->build_id), "host", "name", sp_json_text(record->host),
		"kernel", sp_json_text(record->kernel), "machine", sp_json_text(record->machine),
		"libc", sp_json_text(record->libc), "systemd", sp_json_text(record->systemd),
		"libseccomp", sp_json_text(record->libseccomp));
}

/* A name that is not UTF-8 is kept as it is printed, so that it reads back as the same. */
static const char *intern_text(struct sp_history *h, const char *text)
{
	_cleanup_(sp_json_freep) json_t *value = sp_json_text(text);

	return value ? sp_history_intern(h, json_string_value(value)) : NULL;
}

static int convert_sighting(struct sp_history *h, unsigned run, struct sp_profile *profile,
			    const struct sp_sighting *from, struct sp_history_sighting *ret)
{
	struct sp_history_sighting s = {
		.run = run,
		.time_usec = from->time_ns > 0 ? from->time_ns / NSEC_PER_USEC : 0,
		.phase = from->phase,
		.pid = from->tid,
		.exe = intern_text(h, sp_profile_exe(profile, from->exe)),
		.comm = from->comm[0] ? intern_text(h, from->comm) : NULL,
	};

	if (!s.exe || (from->comm[0] && !s.comm))
		return -ENOMEM;
	*ret = s;
	return 0;
}

static int add_counts(struct sp_history *h, struct sp_history_entry *entry, unsigned run,
		      struct sp_profile *profile, const struct sp_profile_call *call)
{
	for (unsigned exe = 0; exe < call->n_exe_count; exe++) {
		const char *path;
		int r;

		if (call->exe_count[exe] == 0)
			continue;
		path = intern_text(h, sp_profile_exe(profile, exe));
		if (!path)
			return -ENOMEM;
		r = sp_history_put_count(entry, run, path, call->exe_count[exe]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_call(struct sp_history *h, unsigned run, const struct sp_run_record *record,
		    struct sp_profile *profile, const struct sp_profile_call *call)
{
	struct sp_history_entry *entry = sp_history_get_call(h, call->abi, call->nr);
	struct sp_history_sighting first, last;
	int r;

	if (!entry)
		return -ENOMEM;
	entry->pub.origins |= record->origin;
	entry->pub.lower_bound = entry->pub.lower_bound || call->lower_bound;
	/* A table has no tasks. */
	entry->pub.several_processes =
		entry->pub.several_processes || call->several_processes || call->process == 0;
	r = sp_history_put_name(h, entry, call->named ? sp_call_name(call->call) : NULL);
	if (r == 0)
		r = add_counts(h, entry, run, profile, call);
	if (r == 0)
		r = convert_sighting(h, run, profile, &call->first, &first);
	if (r == 0)
		r = convert_sighting(h, run, profile, &call->last, &last);
	return r == 0 ? sp_history_put_sightings(h, entry, &first, &last) : r;
}

int sp_history_assume(struct sp_history *h, const struct sp_sysset *assumed)
{
	sp_abi native = sp_abi_native();

	sp_sysset_foreach (call, assumed) {
		struct sp_history_entry *entry;
		uint32_t nr;
		int r;

		/* Groups hold the names of all machines; here are those of this one. */
		if (sp_call_number((sp_call)call, native, &nr) < 0)
			continue;
		entry = sp_history_get_call(h, native, nr);
		if (!entry)
			return -ENOMEM;
		entry->pub.origins |= SP_ORIGIN_ASSUMED;
		r = sp_history_put_name(h, entry, sp_call_name((sp_call)call));
		if (r < 0)
			return r;
	}
	return 0;
}

static void mark_passed(struct sp_history *h, const struct sp_run_record *record)
{
	for (size_t i = 0; i < record->n_passed; i++) {
		struct sp_history_key key = { record->passed[i].abi, record->passed[i].nr };
		struct sp_history_entry *entry;

		HASH_FIND(hh, h->calls, &key, sizeof(key), entry);
		if (entry)
			entry->pub.lower_bound = true;
	}
}

int sp_history_add_run(struct sp_history *h, const struct sp_run_record *record,
		       struct sp_profile *profile)
{
	_cleanup_(sp_json_freep) json_t *object = run_object(record, profile);
	struct sp_history_run run = {
		.start_usec = record->start_usec,
		.duration_usec = record->duration_usec,
		.object = object,
	};
	unsigned index;
	int r;

	if (!object)
		return -ENOMEM;
	memcpy(run.id, record->id, sizeof(run.id));
	r = sp_history_put_run(h, &run, &index);
	for (size_t i = 0; i < sp_profile_n_calls(profile) && r == 0; i++)
		r = add_call(h, index, record, profile, sp_profile_call_at(profile, i));
	if (r == 0)
		r = sp_history_assume(h, &record->assumed);
	if (r == 0)
		mark_passed(h, record);
	return r;
}

/* Back to what a result is made of. */

static void restore_sighting(const struct sp_history_sighting *from, struct sp_sighting *ret)
{
	*ret = (struct sp_sighting){
		.time_ns = from->time_usec * NSEC_PER_USEC,
		.tid = from->pid,
		.phase = from->phase,
	};
	snprintf(ret->comm, sizeof(ret->comm), "%s", from->comm ? from->comm : "");
}

static int fill_call(const struct sp_history_call *call, struct sp_profile *profile)
{
	struct sp_past_call past = {
		.abi = call->abi,
		.nr = call->nr,
		.lower_bound = call->lower_bound,
		.first_exe = call->sighted ? call->first.exe : "?",
		.last_exe = call->sighted ? call->last.exe : "?",
	};
	int r;

	if (call->sighted) {
		restore_sighting(&call->first, &past.first);
		restore_sighting(&call->last, &past.last);
	}
	r = sp_profile_restore_call(profile, &past);
	for (size_t i = 0; i < call->n_counts && r == 0; i++)
		r = sp_profile_restore_count(profile, call->abi, call->nr, call->counts[i].exe,
					     call->counts[i].count);
	return r;
}

static uint64_t number(const struct sp_history_run *run, const char *name)
{
	json_int_t value = json_integer_value(json_object_get(run->object, name));

	return value > 0 ? (uint64_t)value : 0;
}

int sp_history_fill(struct sp_history *h, struct sp_profile *profile, struct sp_sysset *assumed)
{
	for (size_t i = 0; i < h->n_runs; i++)
		sp_profile_restore_tasks(profile, number(&h->runs[i]->pub, "processes"),
					 number(&h->runs[i]->pub, "threads"));
	for (size_t i = 0; i < h->n_calls; i++) {
		const struct sp_history_call *call = sp_history_call_at(h, i);
		sp_call handle;
		int r = 0;

		if (call->origins & ~(unsigned)SP_ORIGIN_ASSUMED)
			r = fill_call(call, profile);
		else if (sp_call_from_number(call->abi, call->nr, &handle) == 0)
			sp_sysset_add(assumed, handle);
		if (r < 0)
			return r;
	}
	return 0;
}
