/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "history-private.h"
#include "sysprofile/util.h"

/* -1, 0, 1 by the text of two values, either of which may be NULL. */
static int compare_json(const json_t *a, const json_t *b, int *ret)
{
	_cleanup_(sp_freep) char *text_a = NULL, *text_b = NULL;
	int r;

	if (a == b || !a || !b) {
		*ret = (a != NULL) - (b != NULL);
		return 0;
	}
	text_a = json_dumps(a, JSON_SORT_KEYS | JSON_ENCODE_ANY);
	text_b = json_dumps(b, JSON_SORT_KEYS | JSON_ENCODE_ANY);
	if (!text_a || !text_b)
		return -ENOMEM;
	r = strcmp(text_a, text_b);
	*ret = (r > 0) - (r < 0);
	return 0;
}

int sp_history_join_extra(json_t **into, json_t *extra)
{
	_cleanup_(sp_json_freep) json_t *joined = NULL;
	const char *name;
	json_t *value;

	if (!extra || *into == extra)
		return 0;
	/* The old one may be another history's too. */
	joined = *into ? json_copy(*into) : json_object();
	if (!joined)
		return -ENOMEM;
	json_object_foreach(extra, name, value)
	{
		int order, r = compare_json(value, json_object_get(joined, name), &order);

		if (r < 0 || (order > 0 && json_object_set(joined, name, value) < 0))
			return -ENOMEM;
	}
	json_decref(*into);
	*into = SP_TAKE(joined);
	return 0;
}

static int compare_strings(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* By time, and then by anything that leaves two different ones in one order everywhere. */
static int compare_sightings(const struct sp_history *h, const struct sp_history_sighting *a,
			     const struct sp_history_sighting *b, int *ret)
{
	const struct sp_history_run *run_a = &h->runs[a->run]->pub, *run_b = &h->runs[b->run]->pub;
	/* Each of them is 2^53 at most, see the reader. */
	int64_t when_a = run_a->start_usec + a->time_usec,
		when_b = run_b->start_usec + b->time_usec;
	int r = (when_a > when_b) - (when_a < when_b);

	if (r == 0)
		r = strcmp(run_a->id, run_b->id);
	if (r == 0)
		r = (a->time_usec > b->time_usec) - (a->time_usec < b->time_usec);
	if (r == 0)
		r = (a->pid > b->pid) - (a->pid < b->pid);
	if (r == 0)
		r = (a->phase > b->phase) - (a->phase < b->phase);
	if (r == 0)
		r = compare_strings(a->comm, b->comm);
	if (r == 0)
		r = compare_strings(a->exe, b->exe);
	if (r == 0)
		return compare_json(a->extra, b->extra, ret);
	*ret = r;
	return 0;
}

static void put_sighting(struct sp_history_sighting *into, const struct sp_history_sighting *from)
{
	json_incref(from->extra);
	json_decref(into->extra);
	*into = *from;
}

int sp_history_put_sightings(struct sp_history *h, struct sp_history_entry *entry,
			     const struct sp_history_sighting *first,
			     const struct sp_history_sighting *last)
{
	struct sp_history_call *call = &entry->pub;
	int of_first = -1, of_last = 1, r = 0;

	if (call->sighted) {
		r = compare_sightings(h, first, &call->first, &of_first);
		if (r == 0)
			r = compare_sightings(h, last, &call->last, &of_last);
	}
	if (r < 0)
		return r;
	if (of_first < 0)
		put_sighting(&call->first, first);
	if (of_last > 0)
		put_sighting(&call->last, last);
	call->sighted = true;
	return 0;
}

/* What from calls its runs, in the numbers of into; the caller frees. */
static int join_runs(struct sp_history *into, const struct sp_history *from, unsigned **ret)
{
	_cleanup_(sp_freep) unsigned *map = calloc(from->n_runs + 1, sizeof(*map));

	if (!map)
		return -ENOMEM;
	for (size_t i = 0; i < from->n_runs; i++) {
		int r = sp_history_put_run(into, &from->runs[i]->pub, &map[i]);

		if (r < 0)
			return r;
	}
	*ret = SP_TAKE(map);
	return 0;
}

static int translate(struct sp_history *into, const unsigned *map,
		     const struct sp_history_sighting *from, struct sp_history_sighting *ret)
{
	struct sp_history_sighting s = *from;

	s.run = map[from->run];
	s.exe = sp_history_intern(into, from->exe);
	s.comm = from->comm ? sp_history_intern(into, from->comm) : NULL;
	if (!s.exe || (from->comm && !s.comm))
		return -ENOMEM;
	*ret = s;
	return 0;
}

static int join_sightings(struct sp_history *into, struct sp_history_entry *entry,
			  const unsigned *map, const struct sp_history_call *from)
{
	struct sp_history_sighting first, last;
	int r = 0;

	if (!from->sighted)
		return 0;
	r = translate(into, map, &from->first, &first);
	if (r == 0)
		r = translate(into, map, &from->last, &last);
	return r == 0 ? sp_history_put_sightings(into, entry, &first, &last) : r;
}

static int join_call(struct sp_history *into, const unsigned *map,
		     const struct sp_history_call *from)
{
	struct sp_history_entry *entry = sp_history_get_call(into, from->abi, from->nr);
	int r;

	if (!entry)
		return -ENOMEM;
	entry->pub.origins |= from->origins;
	entry->pub.lower_bound = entry->pub.lower_bound || from->lower_bound;
	entry->pub.several_processes = entry->pub.several_processes || from->several_processes;
	r = sp_history_put_name(into, entry, from->name);
	for (size_t i = 0; i < from->n_counts && r == 0; i++) {
		const char *exe = sp_history_intern(into, from->counts[i].exe);

		r = exe ? sp_history_put_count(entry, map[from->counts[i].run], exe,
					       from->counts[i].count)
			: -ENOMEM;
	}
	if (r == 0)
		r = join_sightings(into, entry, map, from);
	return r == 0 ? sp_history_join_extra(&entry->pub.extra, from->extra) : r;
}

int sp_history_join(struct sp_history *into, const struct sp_history *from)
{
	_cleanup_(sp_freep) unsigned *map = NULL;
	struct sp_history_entry *entry;
	int r = join_runs(into, from, &map);

	for (entry = from->calls; entry && r == 0; entry = entry->hh.next)
		r = join_call(into, map, &entry->pub);
	return r == 0 ? sp_history_join_extra(&into->extra, from->extra) : r;
}
