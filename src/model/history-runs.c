/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

#include "history-private.h"
#include "sysprofile/util.h"

int sp_run_id_new(char ret[static SP_RUN_ID_SIZE])
{
	unsigned char bytes[(SP_RUN_ID_SIZE - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -errno;
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

static int reserve_run(struct sp_history *h)
{
	size_t size = h->runs_size ? h->runs_size * 2 : 4;
	struct sp_history_run_entry **runs, **sorted;

	if (h->n_runs < h->runs_size)
		return 0;
	runs = reallocarray(h->runs, size, sizeof(struct sp_history_run_entry *));
	if (!runs)
		return -ENOMEM;
	h->runs = runs;
	sorted = reallocarray(h->sorted_runs, size, sizeof(struct sp_history_run_entry *));
	if (!sorted)
		return -ENOMEM;
	h->sorted_runs = sorted;
	h->runs_size = size;
	return 0;
}

/*
 * Whether state a of a run says more than state b. It has gone on since, or else any order will
 * do that all who join agree on.
 */
static int says_more(const struct sp_history_run *a, const struct sp_history_run *b)
{
	_cleanup_(sp_freep) char *text_a = NULL, *text_b = NULL;

	if (a->duration_usec != b->duration_usec)
		return a->duration_usec > b->duration_usec;
	if (a->object == b->object)
		return 0;
	text_a = json_dumps(a->object, JSON_SORT_KEYS);
	text_b = json_dumps(b->object, JSON_SORT_KEYS);
	if (!text_a || !text_b)
		return -ENOMEM;
	return strcmp(text_a, text_b) > 0;
}

/* Replaces *value by an equal one that the history has already, or keeps it. */
static int share(struct sp_history *h, json_t **value)
{
	_cleanup_(sp_freep) char *text = json_dumps(*value, JSON_SORT_KEYS | JSON_ENCODE_ANY);
	struct sp_history_part *part;
	size_t len;

	if (!text)
		return -ENOMEM;
	len = strlen(text);
	HASH_FIND(hh, h->parts, text, len, part);
	if (part) {
		json_decref(*value);
		*value = json_incref(part->value);
		return 0;
	}
	part = calloc(1, sizeof(*part));
	if (!part)
		return -ENOMEM;
	HASH_ADD_KEYPTR(hh, h->parts, text, len, part);
	if (!part->hh.tbl) {
		free(part);
		return -ENOMEM;
	}
	part->text = SP_TAKE(text);
	part->value = json_incref(*value);
	return 0;
}

static int share_member(struct sp_history *h, json_t *object, const char *name)
{
	_cleanup_(sp_json_freep) json_t *value = json_incref(json_object_get(object, name));
	int r;

	if (!value)
		return 0;
	r = share(h, &value);
	if (r < 0)
		return r;
	return json_object_set(object, name, value) < 0 ? -ENOMEM : 0;
}

/* Hundreds of runs of one program on one host have these in common. */
static int share_run(struct sp_history *h, json_t *object, json_t **ret)
{
	_cleanup_(sp_json_freep) json_t *copy = json_copy(object);
	int r = copy ? 0 : -ENOMEM;

	if (r == 0)
		r = share_member(h, copy, "host");
	if (r == 0)
		r = share_member(h, copy, "program");
	if (r == 0)
		*ret = SP_TAKE(copy);
	return r;
}

static int replace_run(struct sp_history *h, struct sp_history_run_entry *entry,
		       const struct sp_history_run *run)
{
	json_t *object = NULL;
	int r = share_run(h, run->object, &object);

	if (r < 0)
		return r;
	json_decref(entry->pub.object);
	entry->pub = *run;
	entry->pub.object = object;
	return 0;
}

int sp_history_put_run(struct sp_history *h, const struct sp_history_run *run, unsigned *ret_index)
{
	_cleanup_(sp_freep) struct sp_history_run_entry *new = NULL;
	struct sp_history_run_entry *entry;
	char key[sizeof(entry->key)];
	size_t len;
	int r;

	len = (size_t)snprintf(key, sizeof(key), "%s %" PRId64, run->id, run->start_usec);
	HASH_FIND(hh, h->runs_by_key, key, len, entry);
	if (entry) {
		r = says_more(run, &entry->pub);
		if (r > 0)
			r = replace_run(h, entry, run);
		if (r == 0)
			*ret_index = entry->index;
		return r;
	}
	r = reserve_run(h);
	if (r < 0)
		return r;
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	r = replace_run(h, new, run);
	if (r < 0)
		return r;
	new->index = (unsigned)h->n_runs;
	memcpy(new->key, key, sizeof(key));
	HASH_ADD_KEYPTR(hh, h->runs_by_key, new->key, len, new);
	if (!new->hh.tbl) {
		json_decref(new->pub.object);
		return -ENOMEM;
	}
	h->runs_are_sorted = false;
	*ret_index = new->index;
	h->runs[h->n_runs++] = SP_TAKE(new);
	return 0;
}

static int compare_runs(const void *va, const void *vb)
{
	const struct sp_history_run *a = &(*(struct sp_history_run_entry *const *)va)->pub;
	const struct sp_history_run *b = &(*(struct sp_history_run_entry *const *)vb)->pub;

	if (a->start_usec != b->start_usec)
		return a->start_usec < b->start_usec ? -1 : 1;
	return strcmp(a->id, b->id);
}

size_t sp_history_n_runs(struct sp_history *h)
{
	return h->n_runs;
}

const struct sp_history_run *sp_history_run_at(struct sp_history *h, size_t i)
{
	if (!h->runs_are_sorted) {
		memcpy(h->sorted_runs, h->runs, h->n_runs * sizeof(struct sp_history_run_entry *));
		qsort(h->sorted_runs, h->n_runs, sizeof(struct sp_history_run_entry *),
		      compare_runs);
		for (unsigned n = 0; n < h->n_runs; n++)
			h->sorted_runs[n]->rank = n;
		h->runs_are_sorted = true;
	}
	return &h->sorted_runs[i]->pub;
}

const struct sp_history_run *sp_history_run_of(const struct sp_history *h, unsigned run)
{
	return &h->runs[run]->pub;
}
