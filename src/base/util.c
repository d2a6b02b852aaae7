/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/util.h"

#include <errno.h>

int sp_words_add_n(struct sp_words *words, const char *word, size_t len)
{
	char **v, *copy;

	/* Doubling at powers of two keeps appending linear without a capacity to store. */
	if ((words->n & (words->n - 1)) == 0) {
		v = reallocarray(words->v, words->n ? words->n * 2 : 1, sizeof(*v));
		if (!v)
			return -ENOMEM;
		words->v = v;
	}
	copy = strndup(word, len);
	if (!copy)
		return -ENOMEM;
	words->v[words->n++] = copy;
	return 0;
}

int sp_words_add(struct sp_words *words, const char *word)
{
	return sp_words_add_n(words, word, strlen(word));
}

/*
 * The capacity is derived from n, so an entry count that shrinks past a power of two would make
 * the next append shrink the array too: reallocarray() with the smaller size is still right.
 */
void sp_words_remove(struct sp_words *words, size_t i)
{
	free(words->v[i]);
	memmove(words->v + i, words->v + i + 1, (words->n - i - 1) * sizeof(*words->v));
	words->n--;
}

bool sp_words_contains(const struct sp_words *words, const char *word)
{
	for (size_t i = 0; i < words->n; i++)
		if (sp_streq(words->v[i], word))
			return true;
	return false;
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void sp_words_sort(struct sp_words *words)
{
	if (words->n)
		qsort(words->v, words->n, sizeof(*words->v), compare_words);
}

void sp_words_done(struct sp_words *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->v[i]);
	free(words->v);
	*words = (struct sp_words){};
}

void sp_fputs_escaped(const char *text, FILE *f)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			fprintf(f, "\\x%02x", *p);
		else
			putc(*p, f);
}

const char *sp_errno_name(int err)
{
	return strerrorname_np(err);
}

/* Above the last errno that errno(3) names (EHWPOISON, 133), with room for a few more. */
enum { ERRNO_MAX = 160 };

int sp_errno_from_name(const char *name)
{
	for (int i = 1; i <= ERRNO_MAX; i++) {
		const char *known = strerrorname_np(i);

		if (known && sp_streq(known, name))
			return i;
	}
	/* Aliases that errno(3) lists and that strerrorname_np(3) gives another name. */
	if (sp_streq(name, "EWOULDBLOCK"))
		return EWOULDBLOCK;
	if (sp_streq(name, "EOPNOTSUPP"))
		return EOPNOTSUPP;
	if (sp_streq(name, "ENOTSUP"))
		return ENOTSUP;
	if (sp_streq(name, "EDEADLOCK"))
		return EDEADLOCK;
	return -EINVAL;
}
