/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/history.h"

#include <errno.h>

#include "history-private.h"
#include "sysprofile/util.h"

const char *sp_origin_name(unsigned i)
{
	static const char *const names[SP_ORIGINS] = { "seen", "assumed", "imported" };

	return names[i];
}

int sp_history_new(struct sp_history **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static void free_call(struct sp_history_entry *entry)
{
	free(entry->pub.counts);
	json_decref(entry->pub.first.extra);
	json_decref(entry->pub.last.extra);
	json_decref(entry->pub.extra);
	free(entry);
}

static void free_strings(struct sp_history *h)
{
	struct sp_history_string *string, *next;

	HASH_ITER (hh, h->strings, string, next) {
		HASH_DEL(h->strings, string);
		free(string);
	}
}

static void free_parts(struct sp_history *h)
{
	struct sp_history_part *part, *next;

	HASH_ITER (hh, h->parts, part, next) {
		HASH_DEL(h->parts, part);
		json_decref(part->value);
		free(part->text);
		free(part);
	}
}

struct sp_history *sp_history_free(struct sp_history *h)
{
	struct sp_history_entry *entry, *next;

	if (!h)
		return NULL;
	HASH_ITER (hh, h->calls, entry, next) {
		HASH_DEL(h->calls, entry);
		free_call(entry);
	}
	HASH_CLEAR(hh, h->runs_by_key);
	for (size_t i = 0; i < h->n_runs; i++) {
		json_decref(h->runs[i]->pub.object);
		free(h->runs[i]);
	}
	free(h->runs);
	free(h->sorted_runs);
	free(h->sorted_calls);
	free_strings(h);
	free_parts(h);
	json_decref(h->extra);
	free(h);
	return NULL;
}

const char *sp_history_intern(struct sp_history *h, const char *text)
{
	/* Not inside the macro, which may look at the length for every byte that it hashes. */
	size_t len = strlen(text);
	struct sp_history_string *string;

	HASH_FIND(hh, h->strings, text, len, string);
	if (string)
		return string->text;
	string = calloc(1, sizeof(*string) + len + 1);
	if (!string)
		return NULL;
	memcpy(string->text, text, len + 1);
	HASH_ADD_KEYPTR(hh, h->strings, string->text, len, string);
	if (!string->hh.tbl) {
		free(string);
		return NULL;
	}
	return string->text;
}

/* Calls. */

struct sp_history_entry *sp_history_get_call(struct sp_history *h, sp_abi abi, uint32_t nr)
{
	struct sp_history_key key = { abi, nr };
	struct sp_history_entry *entry;

	HASH_FIND(hh, h->calls, &key, sizeof(key), entry);
	if (entry)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->key = key;
	entry->pub.abi = abi;
	entry->pub.nr = nr;
	HASH_ADD(hh, h->calls, key, sizeof(entry->key), entry);
	if (!entry->hh.tbl) {
		free(entry);
		return NULL;
	}
	h->n_calls++;
	free(SP_TAKE(h->sorted_calls));
	return entry;
}

const struct sp_history_call *sp_history_find(struct sp_history *h, sp_abi abi, uint32_t nr)
{
	struct sp_history_key key = { abi, nr };
	struct sp_history_entry *entry;

	HASH_FIND(hh, h->calls, &key, sizeof(key), entry);
	if (!entry)
		return NULL;
	sp_history_tidy(entry);
	return &entry->pub;
}

static int compare_counts(const void *va, const void *vb)
{
	const struct sp_history_count *a = va, *b = vb;

	if (a->run != b->run)
		return a->run < b->run ? -1 : 1;
	return (a->exe > b->exe) - (a->exe < b->exe);
}

void sp_history_tidy(struct sp_history_entry *entry)
{
	struct sp_history_count *v = entry->pub.counts;
	size_t n = 0;

	if (entry->tidy == entry->pub.n_counts)
		return;
	qsort(v, entry->pub.n_counts, sizeof(*v), compare_counts);
	for (size_t i = 0; i < entry->pub.n_counts; i++)
		if (n > 0 && compare_counts(&v[n - 1], &v[i]) == 0)
			v[n - 1].count = v[i].count > v[n - 1].count ? v[i].count : v[n - 1].count;
		else
			v[n++] = v[i];
	entry->pub.n_counts = entry->tidy = n;
}

int sp_history_put_count(struct sp_history_entry *entry, unsigned run, const char *exe,
			 uint64_t count)
{
	struct sp_history_call *call = &entry->pub;

	/* Room is made by leaving out what came twice, and by more memory when that gives little.
	 */
	if (call->n_counts == entry->counts_size) {
		sp_history_tidy(entry);
		if (call->n_counts >= entry->counts_size / 2) {
			size_t size = entry->counts_size ? entry->counts_size * 2 : 4;
			struct sp_history_count *grown =
				reallocarray(call->counts, size, sizeof(*grown));

			if (!grown)
				return -ENOMEM;
			call->counts = grown;
			entry->counts_size = size;
		}
	}
	call->counts[call->n_counts++] = (struct sp_history_count){
		.run = run, .exe = exe, .count = count > INT64_MAX ? INT64_MAX : count
	};
	return 0;
}

bool sp_history_in_one_process(const struct sp_history_call *call)
{
	for (size_t i = 1; i < call->n_counts; i++)
		if (call->counts[i].run != call->counts[0].run)
			return false;
	return call->n_counts > 0 && !call->several_processes && !call->lower_bound;
}

uint64_t sp_history_total(const struct sp_history_call *call)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < call->n_counts; i++)
		sum = sum > INT64_MAX - call->counts[i].count ? INT64_MAX
							      : sum + call->counts[i].count;
	return sum;
}

int sp_history_put_name(struct sp_history *h, struct sp_history_entry *entry, const char *name)
{
	if (!name || (entry->pub.name && strcmp(entry->pub.name, name) >= 0))
		return 0;
	name = sp_history_intern(h, name);
	if (!name)
		return -ENOMEM;
	entry->pub.name = name;
	return 0;
}

static int compare_calls(const void *va, const void *vb)
{
	const struct sp_history_call *a = &(*(struct sp_history_entry *const *)va)->pub;
	const struct sp_history_call *b = &(*(struct sp_history_entry *const *)vb)->pub;

	if (a->abi != b->abi) {
		const char *name_a = sp_abi_name(a->abi), *name_b = sp_abi_name(b->abi);

		if (name_a && name_b)
			return strcmp(name_a, name_b);
		if (name_a || name_b)
			return name_a ? -1 : 1;
		return a->abi < b->abi ? -1 : 1;
	}
	return (a->nr > b->nr) - (a->nr < b->nr);
}

size_t sp_history_n_calls(const struct sp_history *h)
{
	return h->n_calls;
}

/* Without memory for the order, calls come as they were met. */
const struct sp_history_call *sp_history_call_at(struct sp_history *h, size_t i)
{
	struct sp_history_entry *entry;
	size_t n = 0;

	if (!h->sorted_calls) {
		h->sorted_calls = calloc(h->n_calls, sizeof(struct sp_history_entry *));
		for (entry = h->calls; entry && h->sorted_calls; entry = entry->hh.next)
			h->sorted_calls[n++] = entry;
		if (h->sorted_calls)
			qsort(h->sorted_calls, n, sizeof(struct sp_history_entry *), compare_calls);
	}
	if (h->sorted_calls) {
		entry = h->sorted_calls[i];
	} else {
		for (entry = h->calls; i > 0; i--)
			entry = entry->hh.next;
	}
	sp_history_tidy(entry);
	return &entry->pub;
}
