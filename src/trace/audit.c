/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "audit-private.h"
#include "import-private.h"

/*
 * Records of seccomp, number 1326 of <linux/audit.h>, as they are in audit.log, in the output of
 * ausearch (as it stands, or -i), in the kernel's log, and in the journal:
 *
 *	type=SECCOMP msg=audit(1700000000.123:456): auid=... pid=1 comm="x" exe="/x" sig=31 arch=...
 *	type=SECCOMP msg=audit(24/11/26 18:30:31.123:456) : ... arch=x86_64 syscall=execve ...
 *	[10314.631366] audit: type=1326 audit(1795542795.588:21863): auid=...
 *	Nov 24 18:30:31 host audit[123]: SECCOMP auid=... pid=123 comm="x" ...
 *	{"MESSAGE":"SECCOMP auid=... pid=123 comm=\"x\" ...", ...}
 */

enum {
	COMM_SIZE = 64,
	/*
	 * Tasks that are remembered, so that one is told once. Records do not tell their end, and a
	 * log may go back for months: what is remembered has to have an end as well.
	 */
	TASKS = 4096,
};

struct known_task {
	pid_t pid; /* 0: none */
	uint64_t exe_hash;
};

struct sp_audit {
	struct sp_log_clock clock;
	struct known_task tasks[TASKS];
};

struct record {
	const char *text; /* its fields */
	bool interpreted;
	bool of_day, has_time;
	int64_t ns;
};

int sp_audit_new(struct sp_audit **ret)
{
	struct sp_audit *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	*ret = a;
	return 0;
}

struct sp_audit *sp_audit_free(struct sp_audit *a)
{
	free(a);
	return NULL;
}

void sp_audit_begin(struct sp_audit *a)
{
	*a = (struct sp_audit){};
}

/*
 * "audit(1700000000.123:456): " or, interpreted, "audit(24/11/26 18:30:31.123:456) : ". What a
 * date looks like depends on the locale, so that only the time of day is of use.
 */
static const char *parse_stamp(const char *text, struct record *ret)
{
	const char *stamp = strstr(text, "audit(");
	const char *end = stamp ? strchr(stamp, ')') : NULL;
	const char *blank;

	if (!end)
		return text;
	stamp += strlen("audit(");
	blank = memchr(stamp, ' ', (size_t)(end - stamp));
	ret->has_time = sp_log_time_parse(blank ? blank + 1 : stamp, &ret->of_day, &ret->ns);
	ret->interpreted = blank || end[1] == ' ';
	return end + 1 + strspn(end + 1, " :");
}

/* The journal's own time before a line: "Nov 24 18:30:31 host ...", "2026-11-24T18:30:31+0000 ...".
 */
static void find_time(const char *text, struct record *ret)
{
	const char *colon = strchr(text, ':');

	if (colon && colon < ret->text && colon - text >= 2)
		ret->has_time = sp_log_time_parse(colon - 2, &ret->of_day, &ret->ns) && ret->of_day;
}

/*
 * Who wrote a line of a log of many: the first word with a colon at its end, "kernel:" or
 * "audit[123]:". What a program writes to the same log comes after its own name, whatever it says.
 * In the output of dmesg there is none before "audit:", or with -x "kern  :notice:".
 */
static bool is_by_kernel(const char *text, const char *record)
{
	static const char *const names[] = { "kernel:", "audit:", "audit[" };

	for (const char *p = text; p < record;) {
		const size_t len = strcspn(p, " ");

		for (size_t i = 0; i < SP_ARRAY_SIZE(names); i++)
			if (sp_startswith(p, names[i]))
				return true;
		if (len > 0 && p[len - 1] == ':' && *p != ':')
			return false;
		p += len;
		p += strspn(p, " ");
	}
	return true;
}

/* Whether any record of the audit system is in the line: 2, of seccomp; 1, another; 0, none. */
static int find_record(const char *text, struct record *ret)
{
	static const char *const begins[] = { "type=SECCOMP ", "type=1326 " };
	const char *p;

	*ret = (struct record){};
	for (size_t i = 0; i < SP_ARRAY_SIZE(begins); i++) {
		p = strstr(text, begins[i]);
		if (p && (p == text || p[-1] == ' ') && is_by_kernel(text, p)) {
			ret->text = parse_stamp(p, ret);
			return 2;
		}
	}
	/* From the audit system to the journal directly, the type is a word and there is no time.
	 */
	p = strstr(text, "SECCOMP auid=");
	/* journalctl -o verbose and export name the field in front of it. */
	if (p && (p == text || p[-1] == ' ' || p[-1] == '=') && is_by_kernel(text, p)) {
		ret->text = p + strlen("SECCOMP ");
		find_time(text, ret);
		return 2;
	}
	p = sp_startswith(text, "type=");
	return p && strstr(p, "msg=audit(");
}

static uint64_t hash_of(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

static int say_task(struct sp_import *import, enum sp_event_kind kind, pid_t pid, int64_t time_ns,
		    const char *exe)
{
	const struct sp_sighted what = {
		.event = { .kind = kind, .tid = pid, .time_ns = time_ns },
		.exe = exe,
	};

	return import->taker(&what, import->userdata);
}

static int know_task(struct sp_audit *a, struct sp_import *import, const struct sp_sighted *call)
{
	const pid_t pid = call->event.tid;
	struct known_task *task = &a->tasks[(unsigned)pid % TASKS];
	const uint64_t hash = call->exe ? hash_of(call->exe) : 0;
	const struct known_task old = *task;
	int r = 0;

	if (old.pid == pid && old.exe_hash == hash)
		return 0;
	*task = (struct known_task){ .pid = pid, .exe_hash = hash };
	if (old.pid == pid)
		return say_task(import, SP_EVENT_EXEC, pid, call->event.time_ns, call->exe);
	if (old.pid)
		r = say_task(import, SP_EVENT_EXIT, old.pid, call->event.time_ns, NULL);
	return r < 0 ? r : say_task(import, SP_EVENT_PROCESS, pid, call->event.time_ns, call->exe);
}

static int emit(struct sp_audit *a, struct sp_import *import, struct sp_sighted *what,
		const struct sp_log_name *name)
{
	const int place = sp_log_abi_place(sp_abi_of_call(what->event.arch, 0));
	int r = sp_import_passes(import, what, what->event.tid) ? know_task(a, import, what) : 0;

	if (r < 0)
		return r;
	if (name)
		r = sp_import_emit_name(import, name, place < 0 ? 0 : place, what, what->event.tid);
	else
		r = sp_import_emit(import, what, what->event.tid);
	return r < 0 ? r : 1;
}

static void look_at_clock(struct sp_audit *a, struct sp_import *import, const struct record *record,
			  struct sp_sighted *what)
{
	if (!record->has_time)
		return;
	what->event.time_ns = record->of_day ? sp_log_clock_of_day(&a->clock, record->ns)
					     : sp_log_clock_absolute(&a->clock, record->ns);
	import->report->has_times = true;
	import->report->start_usec = sp_log_clock_start_usec(&a->clock);
	import->report->duration_ns = a->clock.last - a->clock.first;
}

/* The kernel writes numbers as signed ones, and has 32 bits of them. */
static bool parse_number(const char *text, uint64_t *ret)
{
	char *end;
	long nr;

	errno = 0;
	nr = strtol(text, &end, 10);
	if (end == text || *end || errno || nr < INT32_MIN || nr > UINT32_MAX)
		return false;
	*ret = (uint32_t)nr;
	return true;
}

/* A number, or a name where ausearch -i had one. */
static int take_syscall(struct sp_audit *a, struct sp_import *import, const struct record *record,
			struct sp_sighted *what)
{
	char name[COMM_SIZE], *end;
	const struct sp_log_name *call;
	uint64_t nr;

	sp_audit_string(record->text, "syscall", true, name, sizeof(name));
	if (parse_number(name, &what->event.nr))
		return emit(a, import, what, NULL);
	call = sp_log_names_find(import->names, name, strlen(name));
	if (call)
		return emit(a, import, what, call);
	/* "unknown-syscall(467)", which older releases write with a blank. */
	if (strncmp(name, "unknown", 7) == 0) {
		/* The value may be in quotes, and is no such name then. */
		const char *at = strstr(record->text, "syscall=unknown");
		const char *open = at ? strchr(at, '(') : NULL;

		nr = open ? strtoull(open + 1, &end, 10) : 0;
		if (open && end > open + 1 && *end == ')' && nr <= UINT32_MAX) {
			what->event.nr = nr;
			return emit(a, import, what, NULL);
		}
	}
	return name[0] ? sp_import_note_unknown(import, name, strlen(name)) : 0;
}

static int take_record(struct sp_audit *a, struct sp_import *import, const struct record *record)
{
	struct sp_sighted what = { .event = { .kind = SP_EVENT_SYSCALL } };
	char comm[COMM_SIZE], exe[PATH_MAX];
	uint64_t pid = 0;

	if ((record->interpreted && sp_audit_is_ambiguous(record->text)) ||
	    !sp_audit_arch(record->text, &what.event.arch))
		return 0;
	if (sp_audit_number(record->text, "pid", 10, &pid) && pid <= INT_MAX)
		what.event.tid = (pid_t)pid;
	sp_audit_string(record->text, "comm", record->interpreted, comm, sizeof(comm));
	sp_audit_string(record->text, "exe", record->interpreted, exe, sizeof(exe));
	what.comm = comm[0] ? comm : NULL;
	what.exe = exe[0] ? exe : NULL;
	look_at_clock(a, import, record, &what);
	return take_syscall(a, import, record, &what);
}

static int take_text(struct sp_audit *a, struct sp_import *import, const char *text, int64_t ns)
{
	struct record record;
	const int found = find_record(text, &record);
	int r;

	if (found == 0)
		return 0;
	if (import->report->format == SP_IMPORT_UNKNOWN)
		import->report->format = SP_IMPORT_AUDIT;
	if (found == 1)
		return 1;
	if (!record.has_time && ns > 0) {
		record.has_time = true;
		record.ns = ns;
	}
	r = take_record(a, import, &record);
	/* It says what it is, so that nobody else has to try; but it is not whole. */
	return r == 0 ? -EILSEQ : r;
}

int sp_audit_line(struct sp_audit *a, struct sp_import *import, const struct sp_line *line)
{
	_cleanup_(sp_freep) char *message = NULL;
	const char *text = line->text + strspn(line->text, " \t\x1e,");
	int64_t ns = 0;
	int r;

	if (*text != '{' && *text != '"')
		return take_text(a, import, line->text, 0);
	if (!strstr(text, "SECCOMP") && !strstr(text, "1326"))
		return 0;
	r = sp_journal_message(text, line->len - (size_t)(text - line->text), &message, &ns);
	if (r < 0)
		return r;
	return message ? take_text(a, import, message, ns) : 0;
}
