/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/sysset.h"

#include <stdlib.h>
#include <string.h>

void sp_sysset_unite(struct sp_sysset *s, const struct sp_sysset *other)
{
	for (size_t i = 0; i < SP_SYSSET_WORDS; i++)
		s->bits[i] |= other->bits[i];
}

void sp_sysset_subtract(struct sp_sysset *s, const struct sp_sysset *other)
{
	for (size_t i = 0; i < SP_SYSSET_WORDS; i++)
		s->bits[i] &= ~other->bits[i];
}

void sp_sysset_intersect(struct sp_sysset *s, const struct sp_sysset *other)
{
	for (size_t i = 0; i < SP_SYSSET_WORDS; i++)
		s->bits[i] &= other->bits[i];
}

size_t sp_sysset_count(const struct sp_sysset *s)
{
	size_t n = 0;

	for (size_t i = 0; i < SP_SYSSET_WORDS; i++)
		n += (size_t)__builtin_popcountll(s->bits[i]);
	return n;
}

bool sp_sysset_is_empty(const struct sp_sysset *s)
{
	for (size_t i = 0; i < SP_SYSSET_WORDS; i++)
		if (s->bits[i])
			return false;
	return true;
}

bool sp_sysset_equal(const struct sp_sysset *a, const struct sp_sysset *b)
{
	return memcmp(a->bits, b->bits, sizeof(a->bits)) == 0;
}

bool sp_sysset_is_subset(const struct sp_sysset *a, const struct sp_sysset *of)
{
	for (size_t i = 0; i < SP_SYSSET_WORDS; i++)
		if (a->bits[i] & ~of->bits[i])
			return false;
	return true;
}

bool sp_sysset_intersects(const struct sp_sysset *a, const struct sp_sysset *b)
{
	for (size_t i = 0; i < SP_SYSSET_WORDS; i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

unsigned sp_sysset_next(const struct sp_sysset *s, unsigned from)
{
	for (unsigned i = from / 64; i < SP_SYSSET_WORDS; i++) {
		uint64_t word = s->bits[i];

		if (i == from / 64)
			word &= ~UINT64_C(0) << (from % 64);
		if (word)
			return i * 64 + (unsigned)__builtin_ctzll(word);
	}
	return SP_CALLS_MAX;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(sp_call_name(*(const sp_call *)a), sp_call_name(*(const sp_call *)b));
}

size_t sp_sysset_sorted(const struct sp_sysset *s, sp_call *out)
{
	size_t n = 0;

	sp_sysset_foreach (c, s)
		out[n++] = (sp_call)c;
	qsort(out, n, sizeof(*out), compare_names);
	return n;
}

int sp_sysset_add_names(struct sp_sysset *set, const char *names)
{
	for (const char *p = names; *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		sp_call call;
		int r = sp_call_intern(p, len, &call);

		if (r < 0)
			return r;
		sp_sysset_add(set, call);
		p += len;
	}
	return 0;
}
