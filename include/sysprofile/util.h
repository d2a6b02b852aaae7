/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Small helpers without side effects: ownership of locals, strings, word lists.
 *
 * Errors everywhere below the command line are negative errno values; outputs are untouched on
 * failure; running out of memory is -ENOMEM and never aborts.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A local declared with _cleanup_(f) is passed to f() by address when it leaves scope. */
#define _cleanup_(f) __attribute__((cleanup(f)))

#define SP_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Hands a pointer over: the expression yields it and leaves NULL behind. */
#define SP_TAKE(p)                                                                                 \
	({                                                                                         \
		__typeof__(p) *_pp = &(p);                                                         \
		__typeof__(p) _v = *_pp;                                                           \
		*_pp = NULL;                                                                       \
		_v;                                                                                \
	})

/* The same for a descriptor: -1 stays behind. */
#define SP_TAKE_FD(fd)                                                                             \
	({                                                                                         \
		int _fd = (fd);                                                                    \
		(fd) = -1;                                                                         \
		_fd;                                                                               \
	})

/* Defines sp_x_freep() for use with _cleanup_ from a destructor that accepts NULL. */
#define SP_DEFINE_CLEANUP(type, func)                                                              \
	static inline void func##p(type *p)                                                        \
	{                                                                                          \
		if (*p)                                                                            \
			(void)func(*p);                                                            \
	}

static inline void sp_freep(void *p)
{
	free(*(void **)p);
}

static inline void sp_closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void sp_fclosep(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

static inline bool sp_streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* The rest of s behind prefix, or NULL when s does not begin with it. */
static inline const char *sp_startswith(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

/* A growing list of strings, each owned. All zero is an empty list. */
struct sp_words {
	char **v;
	size_t n;
};

/* Appends a copy of the first len bytes of word. 0 or -ENOMEM. */
int sp_words_add_n(struct sp_words *words, const char *word, size_t len);
int sp_words_add(struct sp_words *words, const char *word);

/* Removes and frees entry i; the others keep their order. */
void sp_words_remove(struct sp_words *words, size_t i);

bool sp_words_contains(const struct sp_words *words, const char *word);

/* Sorts by strcmp(3), so that equal sets give equal text in any locale. */
void sp_words_sort(struct sp_words *words);

/* Frees the strings and leaves an empty list. */
void sp_words_done(struct sp_words *words);

/*
 * Writes text so that it cannot disturb a terminal or a comment line: control bytes, newlines
 * included, appear as \xNN. Used for every string that comes from a tracee or a file.
 */
void sp_fputs_escaped(const char *text, FILE *f);

/* "EPERM" for 1, NULL for numbers without a name. The string is static. */
const char *sp_errno_name(int err);

/* 1 for "EPERM"; -EINVAL when no errno is called so. */
int sp_errno_from_name(const char *name);
