/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "sysprofile/util.h"

static enum sp_log_level max_level = SP_LOG_INFO;
static bool use_color;
static void (*before_message)(void);

void sp_log_set_max_level(enum sp_log_level level)
{
	max_level = level;
}

enum sp_log_level sp_log_max_level(void)
{
	return max_level;
}

void sp_log_set_color(bool color)
{
	use_color = color;
}

void sp_log_set_before(void (*before)(void))
{
	before_message = before;
}

static const char *level_color(enum sp_log_level level)
{
	switch (level) {
	case SP_LOG_ERROR:
		return "\033[1;31m";
	case SP_LOG_WARNING:
		return "\033[33m";
	case SP_LOG_DEBUG:
		return "\033[2m";
	case SP_LOG_INFO:
	case _SP_LOG_MAX:
		break;
	}
	return NULL;
}

void sp_log(enum sp_log_level level, const char *format, ...)
{
	_cleanup_(sp_freep) char *text = NULL;
	const char *color = use_color ? level_color(level) : NULL;
	va_list args;

	if (level > max_level)
		return;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (!text)
		return;

	if (before_message)
		before_message();
	fputs("sysprofile: ", stderr);
	if (color)
		fputs(color, stderr);
	if (level == SP_LOG_WARNING)
		fputs("warning: ", stderr);
	sp_fputs_escaped(text, stderr);
	if (color)
		fputs("\033[0m", stderr);
	putc('\n', stderr);
	(void)fflush(stderr);
}
