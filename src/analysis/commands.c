/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/commands.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "sysprofile/unitfile.h"
#include "sysprofile/util.h"

#include "filter-private.h"

static const char *const of_service[] = {
	"ExecCondition", "ExecStartPre", "ExecStart",	 "ExecStartPost",
	"ExecReload",	 "ExecStop",	 "ExecStopPost",
};
static const char *const of_socket[] = { "ExecStartPre", "ExecStartPost", "ExecStopPre",
					 "ExecStopPost" };

struct reading {
	struct sp_commands *commands;
	const char *file;
	unsigned major;
};

static void free_command(struct sp_command *command)
{
	free(command->text);
}

void sp_commands_done(struct sp_commands *commands)
{
	for (size_t i = 0; i < commands->n; i++)
		free_command(&commands->v[i]);
	free(commands->v);
	*commands = (struct sp_commands){};
}

static void take_back(struct sp_commands *commands, const char *directive)
{
	size_t kept = 0;

	for (size_t i = 0; i < commands->n; i++)
		if (sp_streq(commands->v[i].directive, directive))
			free_command(&commands->v[i]);
		else
			commands->v[kept++] = commands->v[i];
	commands->n = kept;
}

/* systemd.service(5): they come in any order, but "+", "!" and "!!" exclude each other. */
static void read_prefixes(const char *text, unsigned major, struct sp_command *command)
{
	const bool knows_no_setuid = major >= 235;

	for (; *text && strchr("-@:+!|", *text); text++) {
		if (*text == '+')
			command->privileged = true;
		if (*text != '!' || !knows_no_setuid)
			continue;
		/* "!!" is for kernels without ambient capabilities, before Linux 4.3. */
		command->no_setuid = text[1] != '!';
		text += text[1] == '!';
	}
}

static int add_command(const struct reading *reading, const char *directive, const char *text,
		       size_t n, unsigned line)
{
	struct sp_commands *commands = reading->commands;
	struct sp_command command = { directive, NULL, reading->file, line, true, false, false };
	struct sp_command *v;

	while (n > 0 && strchr(SP_UNITFILE_WHITESPACE, text[n - 1]))
		n--;
	if (n == 0)
		return 0;
	/* Doubling at powers of two, as struct sp_words does. */
	if ((commands->n & (commands->n - 1)) == 0) {
		v = reallocarray(commands->v, commands->n ? commands->n * 2 : 1, sizeof(*v));
		if (!v)
			return -ENOMEM;
		commands->v = v;
	}
	command.text = strndup(text, n);
	if (!command.text)
		return -ENOMEM;
	read_prefixes(command.text, reading->major, &command);
	commands->v[commands->n++] = command;
	return 0;
}

/* The end of the word at p; what is quoted is of it. */
static const char *end_of_word(const char *p)
{
	char quote = 0;

	for (; *p && (quote || !strchr(SP_UNITFILE_WHITESPACE, *p)); p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (quote)
			quote = *p == quote ? 0 : quote;
		else if (*p == '"' || *p == '\'')
			quote = *p;
	}
	return p;
}

/* A word that is ";" parts commands. */
static int add_commands(const struct reading *reading, const char *directive,
			const struct sp_unitfile_assignment *line)
{
	const char *begin = line->value;
	int r = 0;

	for (const char *p = begin; *p && r == 0;) {
		const char *word = p + strspn(p, SP_UNITFILE_WHITESPACE);

		p = end_of_word(word);
		if (p - word != 1 || *word != ';')
			continue;
		r = add_command(reading, directive, begin, (size_t)(word - begin), line->line);
		begin = p + strspn(p, SP_UNITFILE_WHITESPACE);
	}
	return r < 0 ? r : add_command(reading, directive, begin, strlen(begin), line->line);
}

static const char *directive_of(const struct sp_unitfile_assignment *line)
{
	const bool socket = sp_streq(line->section, "Socket");
	const char *const *all = socket ? of_socket : of_service;
	size_t n = socket ? SP_ARRAY_SIZE(of_socket) : SP_ARRAY_SIZE(of_service);

	if (!socket && !sp_streq(line->section, "Service"))
		n = 0;
	for (size_t i = 0; i < n; i++)
		if (sp_streq(line->key, all[i]))
			return all[i];
	return NULL;
}

static bool is_true(const char *text)
{
	static const char *const words[] = { "1", "yes", "y", "true", "t", "on" };

	for (size_t i = 0; i < SP_ARRAY_SIZE(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

static int read_assignment(const struct sp_unitfile_assignment *line, void *userdata)
{
	const struct reading *reading = userdata;
	const char *directive;

	if (!sp_filter_is_exec_section(reading->file, line->section))
		return 0;
	if (sp_streq(line->section, "Socket"))
		reading->commands->is_socket |= sp_startswith(line->key, "Listen") != NULL;
	else if (sp_streq(line->key, "PermissionsStartOnly"))
		reading->commands->start_only = is_true(line->value);
	directive = directive_of(line);
	if (!directive)
		return 0;
	if (*line->value)
		return add_commands(reading, directive, line);
	take_back(reading->commands, directive);
	return 0;
}

int sp_commands_read(const struct sp_unit_texts *texts, unsigned major, struct sp_commands *ret)
{
	static const struct sp_unitfile_reader reader = { read_assignment, NULL };
	struct reading reading = { ret, NULL, major };
	int r = 0;

	for (size_t i = 0; i < texts->n && r == 0; i++) {
		reading.file = texts->v[i].file;
		r = sp_unitfile_parse(texts->v[i].text, texts->v[i].len, major, &reader, &reading);
	}
	for (size_t i = 0; i < ret->n; i++) {
		struct sp_command *command = &ret->v[i];
		const bool start = sp_streq(command->directive, "ExecStart");

		command->filtered = !command->privileged && (start || !ret->start_only);
	}
	return r == -ENOMEM ? r : 0;
}
