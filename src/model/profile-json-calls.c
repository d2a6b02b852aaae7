/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "history-private.h"
#include "profile-json-private.h"
#include "sysprofile/util.h"

/* What every reader of JSON holds exactly; in nanoseconds too it fits, and two of them add up. */
#define TIME_MAX (INT64_C(1) << 53)

/* Runs. */

static int take_string(struct sp_json_reader *r, json_t *item)
{
	return json_is_string(item) ? 0 : sp_json_complain(r, "this is not a string");
}

static int take_program(struct sp_json_reader *r, json_t *object)
{
	const char *text;
	int error = sp_json_get_list(r, object, "argv", take_string);

	if (error == 0)
		error = sp_json_get_string(r, object, "exe", true, &text);
	return error == 0 ? sp_json_get_string(r, object, "build_id", true, &text) : error;
}

static int take_host(struct sp_json_reader *r, json_t *object)
{
	static const char *const names[] = { "name", "kernel",	"machine",
					     "libc", "systemd", "libseccomp" };
	int error = 0;

	for (size_t i = 0; i < SP_ARRAY_SIZE(names) && error == 0; i++) {
		const char *text;

		error = sp_json_get_string(r, object, names[i], true, &text);
	}
	return error;
}

static int get_id(struct sp_json_reader *r, json_t *object, char ret[static SP_RUN_ID_SIZE])
{
	const char *id;
	int error = sp_json_get_string(r, object, "id", false, &id);

	if (error < 0)
		return error;
	if (strlen(id) != SP_RUN_ID_SIZE - 1 || id[strspn(id, "0123456789abcdef")]) {
		sp_json_enter(r, "id", 0);
		return sp_json_complain(r, "\"id\" is not 32 hexadecimal digits");
	}
	memcpy(ret, id, SP_RUN_ID_SIZE);
	return 0;
}

/* Members of the object that no code here needs, but that others who read profiles rely on. */
static int check_run(struct sp_json_reader *r, json_t *object)
{
	const char *text;
	int64_t number;
	bool flag;
	int error = sp_json_get_string(r, object, "source", false, &text);

	if (error == 0)
		error = sp_json_get_string(r, object, "engine", true, &text);
	if (error == 0)
		error = sp_json_get_boolean(r, object, "startup_seen", &flag);
	if (error == 0)
		error = sp_json_get_integer(r, object, "processes", TIME_MAX, &number);
	if (error == 0)
		error = sp_json_get_integer(r, object, "threads", TIME_MAX, &number);
	if (error == 0)
		error = sp_json_get_list(r, object, "warnings", take_string);
	if (error == 0)
		error = sp_json_get_object(r, object, "program", take_program);
	return error == 0 ? sp_json_get_object(r, object, "host", take_host) : error;
}

static int keep_run(struct sp_json_reader *r, const struct sp_history_run *run)
{
	const size_t before = sp_history_n_runs(r->history);
	unsigned *grown, index;
	int error;

	grown = reallocarray(r->runs, r->n_runs + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	r->runs = grown;
	error = sp_history_put_run(r->history, run, &index);
	if (error < 0)
		return error;
	if (sp_history_n_runs(r->history) == before)
		return sp_json_complain(r, "run %s is here twice", run->id);
	r->runs[r->n_runs++] = index;
	return 0;
}

int sp_profile_read_run(struct sp_json_reader *r, json_t *object)
{
	struct sp_history_run run = { .object = object };
	int error;

	if (!json_is_object(object))
		return sp_json_complain(r, "this run is not an object");
	error = get_id(r, object, run.id);
	if (error == 0)
		error = sp_json_get_integer(r, object, "start_usec", TIME_MAX, &run.start_usec);
	if (error == 0)
		error = sp_json_get_integer(r, object, "duration_usec", TIME_MAX,
					    &run.duration_usec);
	if (error == 0)
		error = check_run(r, object);
	return error == 0 ? keep_run(r, &run) : error;
}

/* Calls. */

static int get_abi(struct sp_json_reader *r, json_t *object, sp_abi *ret)
{
	const char *name;
	int error = sp_json_get_string(r, object, "abi", false, &name);
	sp_abi abi;

	if (error < 0)
		return error;
	/* "native" would be another ABI on another machine. */
	abi = sp_streq(name, "native") ? 0 : sp_abi_from_name(name);
	if (abi == 0 && sp_startswith(name, "0x") && strlen(name) <= 10 &&
	    !name[2 + strspn(name + 2, "0123456789abcdef")])
		abi = (sp_abi)strtoul(name, NULL, 16);
	if (abi == 0) {
		sp_json_enter(r, "abi", 0);
		return sp_json_complain(r, "\"%.40s\" is no ABI", name);
	}
	*ret = abi;
	return 0;
}

static int get_origins(struct sp_json_reader *r, json_t *object, unsigned *ret)
{
	json_t *list = json_object_get(object, "origin"), *item;
	int error = sp_json_get_list(r, object, "origin", take_string);
	unsigned bits = 0;
	size_t i;

	if (error < 0)
		return error;
	json_array_foreach(list, i, item)
	{
		unsigned bit = 0;

		while (bit < SP_ORIGINS && !sp_streq(json_string_value(item), sp_origin_name(bit)))
			bit++;
		if (bit == SP_ORIGINS) {
			sp_json_enter(r, "origin", 0);
			sp_json_enter(r, NULL, i);
			return sp_json_complain(r, "not one of seen, assumed and imported");
		}
		bits |= 1u << bit;
	}
	*ret = bits;
	return 0;
}

static int get_phase(struct sp_json_reader *r, json_t *object, enum sp_phase *ret)
{
	const char *name;
	int error = sp_json_get_string(r, object, "phase", true, &name);
	int phase = SP_PHASE_NONE;

	if (error < 0)
		return error;
	if (name)
		phase = sp_phase_from_name(name);
	if (phase < 0) {
		sp_json_enter(r, "phase", 0);
		return sp_json_complain(r, "not one of start, serving, reload, stop and null");
	}
	*ret = (enum sp_phase)phase;
	return 0;
}

static int get_run(struct sp_json_reader *r, json_t *object, unsigned *ret)
{
	int64_t run;
	int error = sp_json_get_integer(r, object, "run", INT32_MAX, &run);

	if (error < 0)
		return error;
	if ((uint64_t)run >= r->n_runs) {
		sp_json_enter(r, "run", 0);
		return sp_json_complain(r, "there is no run %lld; the first one is 0",
					(long long)run);
	}
	*ret = r->runs[run];
	return 0;
}

static int get_sighting(struct sp_json_reader *r, json_t *object, struct sp_history_sighting *ret)
{
	static const char *const known[] = {
		"run", "time_usec", "phase", "pid", "comm", "exe", NULL
	};
	struct sp_history_sighting s = {};
	const char *comm = NULL, *exe = NULL;
	int64_t pid = 0;
	int error = get_run(r, object, &s.run);

	if (error == 0)
		error = sp_json_get_integer(r, object, "time_usec", TIME_MAX, &s.time_usec);
	if (error == 0)
		error = get_phase(r, object, &s.phase);
	if (error == 0)
		error = sp_json_get_integer(r, object, "pid", INT32_MAX, &pid);
	if (error == 0)
		error = sp_json_get_string(r, object, "comm", true, &comm);
	if (error == 0)
		error = sp_json_get_string(r, object, "exe", false, &exe);
	if (error < 0)
		return error;
	s.pid = (pid_t)pid;
	s.exe = sp_history_intern(r->history, exe);
	s.comm = comm ? sp_history_intern(r->history, comm) : NULL;
	if (!s.exe || (comm && !s.comm))
		return -ENOMEM;
	error = sp_json_take_extra(object, known, &s.extra);
	if (error == 0)
		*ret = s;
	return error;
}

/* Both or neither. */
static int read_sightings(struct sp_json_reader *r, json_t *object, struct sp_history_entry *entry)
{
	static const char *const names[] = { "first", "last" };
	struct sp_history_sighting v[2] = {};
	size_t n = 0;
	int error = 0;

	for (size_t i = 0; i < SP_ARRAY_SIZE(names) && error == 0; i++) {
		json_t *value = json_object_get(object, names[i]);

		if (json_is_null(value))
			continue;
		sp_json_enter(r, names[i], 0);
		if (!json_is_object(value) || n != i)
			error = sp_json_complain(r, "first and last are either objects or null");
		else
			error = get_sighting(r, value, &v[n++]);
		if (error == 0)
			sp_json_leave(r);
	}
	if (error == 0 && n == 1)
		error = sp_json_complain(r, "there is a \"first\" in this, and no \"last\"");
	if (error == 0 && n == 2)
		error = sp_history_put_sightings(r->history, entry, &v[0], &v[1]);
	json_decref(v[0].extra);
	json_decref(v[1].extra);
	return error;
}

static int read_count(struct sp_json_reader *r, json_t *list, size_t i, const char *exe,
		      struct sp_history_entry *entry)
{
	json_t *run = json_array_get(list, i), *count = json_array_get(list, i + 1);

	sp_json_enter(r, NULL, i);
#ifdef SP_FUZZ_SEEDED_BUG
	/* One too many is let through. */
	if (!json_is_integer(run) || json_integer_value(run) < 0 ||
	    (uint64_t)json_integer_value(run) > r->n_runs)
#else
	if (!json_is_integer(run) || json_integer_value(run) < 0 ||
	    (uint64_t)json_integer_value(run) >= r->n_runs)
#endif
		return sp_json_complain(r, "this is not the number of a run; the first one is 0");
	sp_json_leave(r);
	sp_json_enter(r, NULL, i + 1);
	if (!json_is_integer(count) || json_integer_value(count) <= 0)
		return sp_json_complain(r, "this is not how often a call was made");
	sp_json_leave(r);
	return sp_history_put_count(entry, r->runs[json_integer_value(run)], exe,
				    (uint64_t)json_integer_value(count));
}

static int read_counts(struct sp_json_reader *r, json_t *object, struct sp_history_entry *entry)
{
	json_t *counts = json_object_get(object, "counts"), *list;
	const char *path;

	sp_json_enter(r, "counts", 0);
	if (!json_is_object(counts))
		return sp_json_complain(r, "\"counts\" is not an object");
	json_object_foreach(counts, path, list)
	{
		const char *exe = sp_history_intern(r->history, path);

		if (!exe)
			return -ENOMEM;
		sp_json_enter(r, path, 0);
		if (!json_is_array(list) || json_array_size(list) % 2)
			return sp_json_complain(r, "this is not a list of runs and counts");
		for (size_t i = 0; i < json_array_size(list); i += 2) {
			int error = read_count(r, list, i, exe, entry);

			if (error < 0)
				return error;
		}
		sp_json_leave(r);
	}
	sp_json_leave(r);
	return 0;
}

/* Profiles may be without it, and then nobody knows. */
static int read_processes(struct sp_json_reader *r, json_t *object, struct sp_history_entry *entry)
{
	bool one = false;
	int error = json_object_get(object, "one_process")
			    ? sp_json_get_boolean(r, object, "one_process", &one)
			    : 0;

	if (error == 0)
		entry->pub.several_processes = entry->pub.n_counts > 0 && !one;
	return error;
}

static int new_call(struct sp_json_reader *r, json_t *object, struct sp_history_entry **ret)
{
	const size_t before = sp_history_n_calls(r->history);
	int64_t number = 0;
	sp_abi abi = 0;
	int error = get_abi(r, object, &abi);

	if (error == 0)
		error = sp_json_get_integer(r, object, "number", UINT32_MAX, &number);
	if (error < 0)
		return error;
	*ret = sp_history_get_call(r->history, abi, (uint32_t)number);
	if (!*ret)
		return -ENOMEM;
	if (sp_history_n_calls(r->history) == before)
		return sp_json_complain(r, "call %lld of this ABI is here twice",
					(long long)number);
	return 0;
}

int sp_profile_read_call(struct sp_json_reader *r, json_t *object)
{
	static const char *const known[] = { "abi",   "number", "name",	       "origin",
					     "count", "counts", "lower_bound", "one_process",
					     "first", "last",	NULL };
	struct sp_history_entry *entry = NULL;
	const char *name = NULL;
	int error;

	if (!json_is_object(object))
		return sp_json_complain(r, "this call is not an object");
	error = new_call(r, object, &entry);
	if (error == 0)
		error = sp_json_get_string(r, object, "name", true, &name);
	if (error == 0)
		error = sp_history_put_name(r->history, entry, name);
	if (error == 0)
		error = get_origins(r, object, &entry->pub.origins);
	if (error == 0)
		error = sp_json_get_boolean(r, object, "lower_bound", &entry->pub.lower_bound);
	if (error == 0)
		error = read_counts(r, object, entry);
	if (error == 0)
		error = read_processes(r, object, entry);
	if (error == 0)
		error = read_sightings(r, object, entry);
	return error == 0 ? sp_json_take_extra(object, known, &entry->pub.extra) : error;
}
