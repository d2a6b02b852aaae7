/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/page.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "sysprofile/util.h"

enum { WIDTH = 80 };

struct sp_page sp_page_of_stdout(const struct sp_options *options)
{
	bool color = options->color == SP_COLOR_ALWAYS;

	if (options->color == SP_COLOR_AUTO)
		color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	return (struct sp_page){ .f = stdout, .color = color };
}

static const char *code_of(enum sp_paint paint)
{
	switch (paint) {
	case SP_PAINT_HEADING:
		return "\033[1m";
	case SP_PAINT_GOOD:
		return "\033[32m";
	case SP_PAINT_BAD:
		return "\033[31m";
	case SP_PAINT_NONE:
		break;
	}
	return NULL;
}

static void write_text(struct sp_page *page, enum sp_paint paint, const char *text)
{
	const char *code = page->color ? code_of(paint) : NULL;

	if (code)
		fputs(code, page->f);
	sp_fputs_escaped(text, page->f);
	if (code)
		fputs("\033[0m", page->f);
	page->column += (unsigned)strlen(text);
	page->fresh = false;
}

void sp_page_line(struct sp_page *page, unsigned begin, unsigned indent)
{
	if (page->column > 0)
		putc('\n', page->f);
	fprintf(page->f, "%*s", (int)begin, "");
	page->column = begin;
	page->indent = indent;
	page->fresh = true;
}

void sp_page_end(struct sp_page *page)
{
	if (page->column > 0)
		putc('\n', page->f);
	page->column = 0;
}

void sp_page_heading(struct sp_page *page, const char *text)
{
	sp_page_line(page, 0, 0);
	putc('\n', page->f);
	write_text(page, SP_PAINT_HEADING, text);
}

void sp_page_put(struct sp_page *page, enum sp_paint paint, const char *format, ...)
{
	_cleanup_(sp_freep) char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (text)
		write_text(page, paint, text);
}

static void write_word(struct sp_page *page, enum sp_paint paint, const char *word)
{
	if (!page->fresh && page->column + 1 + strlen(word) > WIDTH)
		sp_page_line(page, page->indent, page->indent);
	if (!page->fresh) {
		putc(' ', page->f);
		page->column++;
	}
	write_text(page, paint, word);
}

void sp_page_words(struct sp_page *page, enum sp_paint paint, const char *format, ...)
{
	_cleanup_(sp_freep) char *text = NULL;
	char *rest;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	for (char *word = text ? strtok_r(text, " ", &rest) : NULL; word;
	     word = strtok_r(NULL, " ", &rest))
		write_word(page, paint, word);
}

void sp_page_names(struct sp_page *page, enum sp_paint paint, const struct sp_sysset *set)
{
	sp_call calls[SP_CALLS_MAX];
	const size_t n = sp_sysset_sorted(set, calls);

	for (size_t i = 0; i < n; i++)
		write_word(page, paint, sp_call_name(calls[i]));
}

void sp_page_tab(struct sp_page *page, unsigned column)
{
	const unsigned blanks = page->column < column ? column - page->column : 1;

	fprintf(page->f, "%*s", (int)blanks, "");
	page->column += blanks;
	page->fresh = true;
}
