/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>

#include "import-private.h"

/*
 * Tables that count: of strace -c, of `perf trace -s`, and the maps that bpftrace prints. Columns
 * are found by their headings; only the one of errors is ever empty.
 */

enum { COLUMNS_MAX = 16, NAME_SIZE = 64 };

struct sp_tables {
	bool open;  /* rows follow */
	bool ruled; /* the rule below the headings was there */
	enum sp_import_format kind;
	size_t n_columns;
	int calls_at, errors_at, name_at; /* -1: no such column */
	int place;			  /* of the ABI of the next table */
	pid_t tid;			  /* of perf's next table; 0: unknown */
	char comm[NAME_SIZE];
};

struct columns {
	size_t n;
	struct {
		const char *text;
		size_t len;
	} v[COLUMNS_MAX];
};

int sp_tables_new(struct sp_tables **ret)
{
	struct sp_tables *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	*ret = t;
	return 0;
}

struct sp_tables *sp_tables_free(struct sp_tables *t)
{
	free(t);
	return NULL;
}

void sp_tables_begin(struct sp_tables *t)
{
	*t = (struct sp_tables){};
}

/* "% time" is one heading. More columns than there can be are none. */
static void split(const char *p, struct columns *ret)
{
	ret->n = 0;
	while (*(p += strspn(p, " \t"))) {
		size_t len = strcspn(p, " \t");

		if (len == 1 && *p == '%' && p[1] == ' ')
			len = 2 + strcspn(p + 2, " \t");
		if (ret->n == COLUMNS_MAX) {
			ret->n = 0;
			return;
		}
		ret->v[ret->n].text = p;
		ret->v[ret->n++].len = len;
		p += len;
	}
}

static bool is_word(const struct columns *columns, size_t i, const char *word)
{
	return columns->v[i].len == strlen(word) &&
	       memcmp(columns->v[i].text, word, columns->v[i].len) == 0;
}

static int find_column(const struct columns *columns, const char *word)
{
	for (size_t i = 0; i < columns->n; i++)
		if (is_word(columns, i, word))
			return (int)i;
	return -1;
}

/* Both have a column of the calls' names and one of their numbers. perf's name comes first. */
static bool take_headings(struct sp_tables *t, const struct columns *columns)
{
	const int name_at = find_column(columns, "syscall"),
		  calls_at = find_column(columns, "calls");

	if (name_at < 0 || calls_at < 0)
		return false;
	t->open = true;
	t->ruled = false;
	t->n_columns = columns->n;
	t->name_at = name_at;
	t->calls_at = calls_at;
	t->errors_at = find_column(columns, "errors");
	t->kind = find_column(columns, "stddev") >= 0 || find_column(columns, "avg") >= 0
			  ? SP_IMPORT_PERF
			  : SP_IMPORT_SUMMARY;
	return true;
}

static bool is_rule(const struct columns *columns)
{
	for (size_t i = 0; i < columns->n; i++)
		if (strspn(columns->v[i].text, "-") < columns->v[i].len)
			return false;
	return columns->n > 0;
}

static bool parse_count(const char *text, size_t len, uint64_t *ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || value > UINT64_MAX / 10 - 1)
			return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	*ret = value;
	return len > 0 && value > 0;
}

static int emit(struct sp_tables *t, struct sp_import *import, enum sp_import_format kind,
		const char *name, size_t len, uint64_t count)
{
	const struct sp_log_name *call = sp_log_names_find(import->names, name, len);
	struct sp_sighted what = {
		.event = { .kind = SP_EVENT_SYSCALL, .tid = t->tid, .more = count - 1 },
		.comm = t->comm[0] ? t->comm : NULL,
	};
	int r;

	if (!call)
		return sp_import_note_unknown(import, name, len);
	if (import->report->format == SP_IMPORT_UNKNOWN)
		import->report->format = kind;
	/* The table behind a log (-C) counts what stands there one by one. */
	if (import->report->format == SP_IMPORT_STRACE)
		return 1;
	r = sp_import_emit_name(import, call, t->place, &what, t->tid);
	return r < 0 ? r : 1;
}

static int take_row(struct sp_tables *t, struct sp_import *import, const struct columns *columns)
{
	const bool no_errors = t->errors_at >= 0 && columns->n + 1 == t->n_columns;
	const int calls_at = t->calls_at - (no_errors && t->calls_at > t->errors_at);
	const int name_at = t->name_at - (no_errors && t->name_at > t->errors_at);
	uint64_t count;

	if (columns->n != t->n_columns && !no_errors)
		return 0;
	if (is_word(columns, (size_t)name_at, "total"))
		return 1;
	if (!parse_count(columns->v[calls_at].text, columns->v[calls_at].len, &count))
		return 0;
	return emit(t, import, t->kind, columns->v[name_at].text, columns->v[name_at].len, count);
}

/* "System call usage summary for 32 bit mode:" is what strace says of any ABI but the first. */
static bool take_mode(struct sp_tables *t, const char *text)
{
	const char *mode = sp_startswith(text, "System call usage summary for ");
	int place = 0;

	if (!mode)
		return false;
	if (sp_startswith(mode, "x32 "))
		place = sp_log_abi_place(sp_abi_from_name("x32"));
	else if (sp_startswith(mode, "32 bit "))
		place = sp_abi_local()[1] ? 1 : 0;
	t->place = place < 0 ? 0 : place;
	return true;
}

/* " sh (13166), 145 events, 31.9%" stands before the table of each thread. */
static bool take_thread(struct sp_tables *t, const char *text)
{
	const char *events = strstr(text, " events, ");
	const char *name = text + strspn(text, " "), *open;
	char *end;
	long tid;

	if (!events || events <= name)
		return false;
	open = memrchr(name, '(', (size_t)(events - name));
	if (!open || open < name + 2 || open[-1] != ' ')
		return false;
	tid = strtol(open + 1, &end, 10);
	if (end[0] != ')' || end[1] != ',' || tid < 0 || tid > INT32_MAX)
		return false;
	t->tid = (pid_t)tid;
	snprintf(t->comm, sizeof(t->comm), "%.*s", (int)(open - 1 - name), name);
	return true;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The parenthesis behind the name of a call, which is a word of its own; NULL: there is none. */
static const char *find_call(const char *text, const char **ret_name)
{
	for (const char *paren = text; (paren = strchr(paren, '(')); paren++) {
		const char *name = paren;

		while (name > text && is_name_char(name[-1]))
			name--;
		if (name < paren && (name == text || name[-1] == ' ')) {
			*ret_name = name;
			return paren;
		}
	}
	return NULL;
}

/*
 * "     0.062 ( 0.012 ms): ls/13235 read(fd: 3) = 5" is a line of perf trace. The beginning of a
 * call that had to wait ends in "...", and its end begins with "... [continued]: ".
 */
static int take_perf_call(struct sp_tables *t, struct sp_import *import, const char *text)
{
	const char *time_end = strstr(text, "): "), *slash, *paren, *name;
	struct sp_tables of_line = *t;
	char *end;
	long tid;

	if (!time_end || (text[strspn(text, " 0123456789.?")] != '('))
		return 0;
	time_end += 3;
	paren = find_call(time_end, &name);
	if (!paren)
		return 0;
	/* Counted where it began, unless that was before perf did. */
	if (strstr(time_end, " ... [continued]: ") && text[strspn(text, " ")] != '?')
		return 1;
	slash = memrchr(time_end, '/', (size_t)(name - time_end));
	if (slash) {
		tid = strtol(slash + 1, &end, 10);
		if (*end != ' ' || tid < 0 || tid > INT32_MAX)
			return 0;
		of_line.tid = (pid_t)tid;
		snprintf(of_line.comm, sizeof(of_line.comm), "%.*s", (int)(slash - time_end),
			 time_end);
	}
	return emit(&of_line, import, SP_IMPORT_PERF, name, (size_t)(paren - name), 1);
}

/* What probes put before the name of a call. */
static const char *skip_probe(const char *name)
{
	static const char *const prefixes[] = {
		"tracepoint:syscalls:",
		"tp:syscalls:",
		"kprobe:",
		"k:",
		"kretprobe:",
		"sys_enter_",
		"sys_exit_",
		"__x64_sys_",
		"__arm64_sys_",
		"__ia32_sys_",
		"__se_sys_",
		"__do_sys_",
		"ksys_",
		"sys_",
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(prefixes); i++) {
		const char *rest = sp_startswith(name, prefixes[i]);

		name = rest ? rest : name;
	}
	return name;
}

/* A number is of the native ABI: a map of another one would have to say so. */
static int emit_number(const struct sp_tables *t, struct sp_import *import, const char *number,
		       const char *end, uint64_t count)
{
	char *stop;
	const unsigned long nr = strtoul(number, &stop, 10);
	const struct sp_sighted what = {
		.event = { .kind = SP_EVENT_SYSCALL,
			   .arch = sp_import_audit_arch(sp_abi_native()),
			   .nr = nr,
			   .more = count - 1 },
		.comm = t->comm[0] ? t->comm : NULL,
	};
	int r;

	if (stop != end || nr > UINT32_MAX)
		return 0;
	if (import->report->format == SP_IMPORT_UNKNOWN)
		import->report->format = SP_IMPORT_BPFTRACE;
	r = sp_import_emit(import, &what, 0);
	return r < 0 ? r : 1;
}

/* "@[read]: 12", "@calls[nginx, tracepoint:syscalls:sys_enter_read]: 12", "@[0]: 12" */
static int take_map(struct sp_tables *t, struct sp_import *import, const char *text)
{
	const char *open = strchr(text, '['), *close = strrchr(text, ']'), *name;
	struct sp_tables of_line = *t;
	uint64_t count;

	if (!open || !close || open > close || close[1] != ':' || close[2] != ' ' ||
	    !parse_count(close + 3, strlen(close + 3), &count))
		return 0;
	name = close;
	while (name > open + 1 && !(name[-1] == ' ' || name[-1] == ','))
		name--;
	of_line.tid = 0;
	snprintf(of_line.comm, sizeof(of_line.comm), "%.*s", (int)strcspn(open + 1, ",]"),
		 open + 1);
	if (name == open + 1)
		of_line.comm[0] = 0;
	if (*name >= '0' && *name <= '9')
		return emit_number(&of_line, import, name, close, count);
	name = skip_probe(name);
	return emit(&of_line, import, SP_IMPORT_BPFTRACE, name, (size_t)(close - name), count);
}

/* What stands around tables and says nothing about calls. */
static bool is_frame(const struct sp_tables *t, const char *text)
{
	return sp_startswith(text, " Summary of events:") || sp_startswith(text, "Attaching ") ||
	       (t->open && strspn(text, " ()msec%") == strlen(text));
}

int sp_tables_line(struct sp_tables *t, struct sp_import *import, const struct sp_line *line)
{
	const char *text = line->text;
	struct columns columns;

	if (*text == '@')
		return take_map(t, import, text);
	if (take_mode(t, text) || take_thread(t, text) || is_frame(t, text))
		return 1;
	split(text, &columns);
	if (*text == 0)
		return t->open;
	if (take_headings(t, &columns))
		return 1;
	if (t->open && is_rule(&columns)) {
		t->ruled = true;
		return 1;
	}
	if (t->open && t->ruled) {
		const int r = take_row(t, import, &columns);

		/* What is no row is what comes behind a table. */
		t->open = r != 0;
		if (r != 0)
			return r;
	}
	return take_perf_call(t, import, text);
}
