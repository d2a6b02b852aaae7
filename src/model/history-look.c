/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "history-private.h"
#include "sysprofile/util.h"

enum { NSEC_PER_USEC = 1000 };

int64_t sp_history_duration_ns(const struct sp_history *h)
{
	int64_t sum = 0;

	for (size_t i = 0; i < h->n_runs; i++) {
		int64_t ns;

		if (__builtin_mul_overflow(h->runs[i]->pub.duration_usec, NSEC_PER_USEC, &ns) ||
		    __builtin_add_overflow(sum, ns, &sum))
			return INT64_MAX;
	}
	return sum;
}

static unsigned exercised(const struct sp_history_run *run)
{
	unsigned bits = 0;
	json_t *value;
	size_t i;

	json_array_foreach(
		json_object_get(run->object, "exercised"), i,
		value) for (unsigned bit = 0; bit < SP_EXERCISES;
			    bit++) if (json_is_string(value) &&
				       sp_streq(json_string_value(value), sp_exercise_name(bit)))
		bits |= 1u << bit;
	return bits;
}

uint64_t sp_history_processes(const struct sp_history *h)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < h->n_runs; i++) {
		const json_int_t n =
			json_integer_value(json_object_get(h->runs[i]->pub.object, "processes"));

		if (n > 0 && __builtin_add_overflow(sum, (uint64_t)n, &sum))
			return UINT64_MAX;
	}
	return sum;
}

unsigned sp_history_exercised(const struct sp_history *h)
{
	unsigned bits = 0;

	for (size_t i = 0; i < h->n_runs; i++)
		bits |= exercised(&h->runs[i]->pub);
	return bits;
}

bool sp_history_startup_seen(const struct sp_history *h)
{
	for (size_t i = 0; i < h->n_runs; i++)
		if (json_is_true(json_object_get(h->runs[i]->pub.object, "startup_seen")))
			return true;
	return false;
}

bool sp_history_start_missing(const struct sp_history *h)
{
	for (size_t i = 0; i < h->n_runs; i++) {
		const json_t *run = h->runs[i]->pub.object;
		const char *source = json_string_value(json_object_get(run, "source"));

		if (!source || !sp_streq(source, "attach"))
			return false;
	}
	return h->n_runs > 0;
}

size_t sp_history_warned(const struct sp_history *h, const char *sentence)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n_runs; i++) {
		json_t *value;
		size_t k;

		json_array_foreach(json_object_get(h->runs[i]->pub.object, "warnings"), k,
				   value) if (json_is_string(value) &&
					      sp_streq(json_string_value(value), sentence))
		{
			n++;
			break;
		}
	}
	return n;
}

int sp_history_warnings(const struct sp_history *h, struct sp_words *ret)
{
	int r = 0;

	for (size_t i = 0; i < h->n_runs && r == 0; i++) {
		json_t *value;
		size_t k;

		json_array_foreach(json_object_get(h->runs[i]->pub.object, "warnings"), k,
				   value) if (r == 0 && json_is_string(value) &&
					      !sp_words_contains(ret, json_string_value(value))) r =
			sp_words_add(ret, json_string_value(value));
	}
	return r;
}
