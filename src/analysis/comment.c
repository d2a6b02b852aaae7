/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "comment.h"

#include <string.h>

enum { WIDTH = 100 };

void sp_comment_word(struct sp_comment *c, const char *word)
{
	size_t len = strlen(word);

	if (c->column > 0 && c->column + 1 + len > WIDTH) {
		fputs("\n#  ", c->f);
		c->column = 3;
	} else if (c->column == 0) {
		fputc('#', c->f);
		c->column = 1;
	}
	fprintf(c->f, " %s", word);
	c->column += 1 + len;
}

void sp_comment_end(struct sp_comment *c)
{
	fputc('\n', c->f);
	c->column = 0;
}

/* How much of a word fits on a line of its own; an escape (\xNN) is never cut in two. */
static size_t piece_of(const char *word, size_t len)
{
	enum { MOST = WIDTH - 4 };

	if (len <= MOST)
		return len;
	for (size_t back = 1; back <= 3; back++)
		if (word[MOST - back] == '\\')
			return MOST - back;
	return MOST;
}

void sp_comment_sentence(struct sp_comment *c, const char *text)
{
	char word[WIDTH];

	while (*text) {
		size_t len = piece_of(text, strcspn(text, " "));

		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		sp_comment_word(c, word);
		text += len;
		text += strspn(text, " ");
	}
}

/*
 * Beside control bytes, the backslash is escaped, since early releases continue even a comment that
 * ends in one and would swallow the next line, and so is all but ASCII, since nobody can tell what
 * a terminal makes of it.
 */
void sp_comment_escape(const char *text, char ret[static SP_COMMENT_OUTSIDE_SIZE])
{
	size_t n = 0;

	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (n >= SP_COMMENT_OUTSIDE_MAX) {
			memcpy(ret + n, "...", 3);
			n += 3;
			break;
		}
		if (*p < 0x20 || *p >= 0x7f || *p == '\\')
			n += (size_t)snprintf(ret + n, 5, "\\x%02x", *p);
		else
			ret[n++] = (char)*p;
	}
	ret[n] = '\0';
}

void sp_comment_outside(const char *text, FILE *f)
{
	char escaped[SP_COMMENT_OUTSIDE_SIZE];

	sp_comment_escape(text, escaped);
	fputs(escaped, f);
}
