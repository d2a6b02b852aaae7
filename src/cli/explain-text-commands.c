/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which commands of the unit the filter is for. */

#include <string.h>

#include "sysprofile/util.h"

#include "explain-text.h"

/* Names of directives that have a command under the filter, each once. */
static size_t print_filtered(const struct sp_commands *commands, struct sp_page *page)
{
	size_t n = 0;

	for (size_t i = 0; i < commands->n; i++) {
		bool seen = !commands->v[i].filtered;

		for (size_t k = 0; k < i && !seen; k++)
			seen = commands->v[k].filtered &&
			       sp_streq(commands->v[k].directive, commands->v[i].directive);
		if (seen)
			continue;
		sp_page_words(page, SP_PAINT_NONE, "%s=", commands->v[i].directive);
		n++;
	}
	return n;
}

static void print_exception(const struct sp_command *command, struct sp_page *page)
{
	const int n = (int)strcspn(command->text, " \t\r\n");

	sp_page_line(page, MARGIN, MARGIN + 2);
	sp_page_put(page, SP_PAINT_NONE, "%s:%u", command->file, command->line);
	sp_page_words(page, SP_PAINT_NONE, "%s=%.*s:", command->directive, n, command->text);
	if (command->privileged)
		sp_page_words(page, SP_PAINT_BAD, "without the filter, and as root, for its \"+\"");
	else if (!command->filtered)
		sp_page_words(page, SP_PAINT_BAD, "without the filter (PermissionsStartOnly=)");
	else
		sp_page_words(page, SP_PAINT_NONE,
			      "under the filter, but without User= for its "
			      "\"!\"");
}

void sp_explain_text_commands(const struct sp_explanation *e, struct sp_page *page)
{
	const struct sp_commands *commands = &e->commands;
	size_t filtered;

	if (!sp_filter_is_active(e->filter) && e->n_effects == 0)
		return;
	if (commands->n == 0 && !commands->is_socket)
		return;
	sp_page_heading(page, "Commands");
	sp_page_line(page, MARGIN, MARGIN);
	filtered = print_filtered(commands, page);
	if (filtered > 0)
		sp_page_words(page, SP_PAINT_NONE,
			      filtered > 1 ? "run under the filter" : "runs under the filter");
	else
		sp_page_words(page, SP_PAINT_BAD, "none runs under the filter");
	if (commands->is_socket)
		sp_page_words(page, SP_PAINT_NONE,
			      "(that of the socket; the service that it starts has its own)");
	for (size_t i = 0; i < commands->n; i++)
		if (!commands->v[i].filtered || commands->v[i].no_setuid)
			print_exception(&commands->v[i], page);
}
