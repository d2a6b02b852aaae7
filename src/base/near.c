/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/near.h"

#include <string.h>

/* Longer words are cut: no name that one types is as long. */
enum { LEN_MAX = 63, TOO_FAR = 1000 };

/* How many letters have to be changed, added, or left out (Levenshtein). */
static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned row[LEN_MAX + 1];

	for (size_t j = 0; j <= m; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[m];
}

static unsigned strangeness(const char *word, const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t n = strlen(word), m = strlen(name);
	unsigned apart;

	if (dot && !strchr(word, '.'))
		m = (size_t)(dot - name);
	if (n == 0 || n > LEN_MAX || m == 0 || m > LEN_MAX)
		return TOO_FAR;
	apart = distance(word, n, name, m);
	if (apart == 0)
		return TOO_FAR;
	/* Of a short word, two letters are most of it. */
	if (apart <= (n < 5 ? 1u : 2u))
		return apart;
	if (n >= 3 && memmem(name, m, word, n))
		return 10 + (unsigned)(m - n);
	return m >= 4 && memmem(word, n, name, m) ? 100 : TOO_FAR;
}

int sp_nearest(const struct sp_words *all, const char *word, struct sp_words *ret)
{
	unsigned last = 0;

	/* Level by level, so that equal ones keep their order. */
	for (unsigned next; ret->n < SP_NEAREST_MAX && last < TOO_FAR; last = next + 1) {
		next = TOO_FAR;
		for (size_t i = 0; i < all->n; i++) {
			const unsigned s = strangeness(word, all->v[i]);

			if (s >= last && s < next)
				next = s;
		}
		for (size_t i = 0; i < all->n && next < TOO_FAR && ret->n < SP_NEAREST_MAX; i++)
			if (strangeness(word, all->v[i]) == next) {
				int r = sp_words_add(ret, all->v[i]);

				if (r < 0)
					return r;
			}
	}
	return 0;
}
