/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * compare-filters LISTING MAJOR VERSION: for each line of stdin, "NAME<TAB>FILTERS<TAB>TEXT...",
 * asks the seccomp programs in the file FILTERS and the model, which reads the unit files TEXT, for
 * every number of every ABI. LISTING is what `systemd-analyze syscall-filter` of the release says.
 *
 * A line of output is "NAME same CALLS FILTERS", "NAME unloadable" when the model says that systemd
 * will not start such a unit, or for each difference "NAME different ABI NUMBER KERNEL MODEL".
 */

#include <errno.h>
#include <linux/audit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sysprofile/filter.h"
#include "sysprofile/fsutil.h"
#include "sysprofile/syscalls.h"
#include "sysprofile/util.h"

#include "filterfile.h"

#define NUMBERS	   1024
#define TEXTS_MAX  8
#define TEXT_BYTES (1 << 20)
#define X32_BIT	   0x40000000u

static const struct abi {
	const char *name;
	uint32_t audit_arch;
	uint32_t base;
} abis[] = {
	{ "x86-64", AUDIT_ARCH_X86_64, 0 },
	{ "x32", AUDIT_ARCH_X86_64, X32_BIT },
	{ "x86", AUDIT_ARCH_I386, 0 },
	/* No filter is made for it: allowed, unless SystemCallArchitectures= leaves it out. */
	{ "arm", AUDIT_ARCH_ARM, 0 },
};

/* Numbers that no ABI has, -1 among them, which a tracer puts in place of a call to skip it. */
static const uint32_t odd[] = { 0x3fffffff, 0x7fffffff, 0x80000000, 0xfffffffe, UINT32_MAX };

static uint32_t kernel_action(const struct sp_verdict *verdict)
{
	switch (verdict->action) {
	case SP_ACTION_ALLOW:
		return SECCOMP_RET_ALLOW;
	case SP_ACTION_LOG:
		return SECCOMP_RET_LOG;
	case SP_ACTION_ERRNO:
		return SECCOMP_RET_ERRNO | (uint32_t)verdict->err;
	case SP_ACTION_KILL_THREAD:
		return SECCOMP_RET_KILL_THREAD;
	case SP_ACTION_KILL_PROCESS:
		return SECCOMP_RET_KILL_PROCESS;
	case _SP_ACTION_MAX:
		break;
	}
	return 0;
}

struct unit {
	const char *name;
	struct bpf_program *programs;
	size_t n_programs;
	struct sp_filter *filter;
	bool unloadable;
	unsigned compared, different;
};

static void compare(struct unit *unit, const struct abi *abi, uint32_t nr)
{
	struct seccomp_data data = { .nr = (int)nr, .arch = abi->audit_arch };
	uint32_t got, wanted;
	struct sp_verdict verdict;

	sp_filter_verdict(unit->filter, sp_abi_of_call(abi->audit_arch, nr), nr, &verdict);
	wanted = kernel_action(&verdict);
	if (bpf_run_all(unit->programs, unit->n_programs, &data, &got) < 0) {
		fprintf(stderr, "%s: no seccomp program\n", unit->name);
		exit(1);
	}
	unit->compared++;
	if (got == wanted)
		return;
	unit->different++;
	printf("%s different %s %#x %#x %#x\n", unit->name, abi->name, nr, got, wanted);
}

static void compare_all(struct unit *unit)
{
	for (size_t i = 0; i < SP_ARRAY_SIZE(abis); i++)
		for (uint32_t nr = 0; nr < NUMBERS; nr++)
			compare(unit, &abis[i], abis[i].base + nr);
	for (size_t i = 0; i < SP_ARRAY_SIZE(abis); i++)
		for (size_t n = 0; n < SP_ARRAY_SIZE(odd) && !abis[i].base; n++)
			compare(unit, &abis[i], odd[n]);
	if (!unit->different)
		printf("%s same %u %zu\n", unit->name, unit->compared, unit->n_programs);
}

static void take_message(const struct sp_filter_message *message, void *userdata)
{
	struct unit *unit = userdata;

	if (strstr(message->text, "systemd will not start the unit"))
		unit->unloadable = true;
}

static char *read_text(const char *path, size_t *len)
{
	char *text = NULL;
	int r = sp_read_file(path, TEXT_BYTES, &text, len);

	if (r < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(-r));
		exit(1);
	}
	return text;
}

/* The last text decides whether it loads, since each is judged with all that came before. */
static void read_unit(struct unit *unit, char *paths)
{
	char *save = NULL;

	for (char *path = strtok_r(paths, "\t", &save); path; path = strtok_r(NULL, "\t", &save)) {
		_cleanup_(sp_freep) char *text = NULL;
		size_t len;
		int r;

		unit->unloadable = false;
		text = read_text(path, &len);
		r = sp_filter_parse(unit->filter, path, text, len, take_message, unit);
		if (r < 0)
			printf("%s refused %s\n", unit->name, strerror(-r));
	}
}

static void take_line(const struct sp_groups *groups, char *line)
{
	static struct bpf_program programs[FILTERS_MAX];
	_cleanup_(sp_filter_freep) struct sp_filter *filter = NULL;
	char *filters, *texts;
	struct unit unit = { .name = line, .programs = programs };

	line[strcspn(line, "\n")] = '\0';
	filters = strchr(line, '\t');
	texts = filters ? strchr(filters + 1, '\t') : NULL;
	if (!texts || sp_filter_new(groups, &filter) < 0) {
		fprintf(stderr, "not a line of work: %s\n", line);
		exit(1);
	}
	*filters++ = '\0';
	*texts++ = '\0';
	unit.filter = filter;
	read_unit(&unit, texts);
	if (unit.unloadable) {
		printf("%s unloadable\n", unit.name);
		return;
	}
	unit.n_programs = filterfile_read(filters, programs);
	compare_all(&unit);
}

int main(int argc, char **argv)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	_cleanup_(sp_freep) char *listing = NULL;
	struct sp_groups_error error;
	char line[8192];
	size_t len;

	if (argc != 4) {
		fputs("usage: compare-filters LISTING MAJOR VERSION\n", stderr);
		return 2;
	}
	listing = read_text(argv[1], &len);
	if (sp_groups_parse_listing(listing, len, (unsigned)atoi(argv[2]), argv[3], &groups,
				    &error) < 0) {
		fprintf(stderr, "%s: not a listing\n", argv[1]);
		return 1;
	}
	while (fgets(line, sizeof(line), stdin))
		take_line(groups, line);
	return 0;
}
