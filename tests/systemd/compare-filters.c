/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * compare-filters LISTING MAJOR VERSION: for each line of stdin, "NAME<TAB>FILTERS<TAB>TEXT...",
 * asks the seccomp programs in the file FILTERS and the model, which reads the unit files TEXT, for
 * every number of every ABI. LISTING is what `systemd-analyze syscall-filter` of the release says.
 *
 * Where a program looks at arguments on the way to its answer, it is asked again with many of them,
 * and the model must say so too: of another directive's effect, that it depends on arguments, and
 * which answers there are; of socketcall(2) and ipc(2), what each call behind them gets.
 *
 * A line of output is "NAME same NUMBERS FILTERS DEPENDING", DEPENDING of NUMBERS on arguments;
 * "NAME unloadable" when the model says that systemd will not start such a unit, or for each
 * difference "NAME different ABI NUMBER ARGUMENT KERNEL MODEL", or "... KERNEL never" for an answer
 * that the model has for some arguments, and the kernel for none of those tried.
 */

#include <errno.h>
#include <linux/audit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "sysprofile/directives.h"
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

/*
 * What makes a difference to any directive, each put into all arguments at once: numbers of
 * families, of policies and of calls behind others; permissions, modes, flags of namespaces.
 */
#define SMALL_MAX 64
static const uint64_t wide[] = {
	0x80,	    02000,	04000,	    06000,	0100000,    02100,
	0x20000,    0x2000000,	0x4000000,  0x8000000,	0x10000000, 0x20000000,
	0x40000000, 0x80000000, UINT32_MAX, UINT64_MAX,
};

static size_t list_arguments(uint64_t out[static SMALL_MAX + SP_ARRAY_SIZE(wide)])
{
	for (size_t i = 0; i < SMALL_MAX; i++)
		out[i] = i;
	memcpy(out + SMALL_MAX, wide, sizeof(wide));
	return SMALL_MAX + SP_ARRAY_SIZE(wide);
}

struct unit {
	const char *name;
	struct bpf_program *programs;
	size_t n_programs;
	struct sp_filter *filter;
	struct sp_directives *directives;
	struct sp_effect effects[SP_EFFECTS_MAX]; /* on the ABI in turn */
	size_t n_effects;
	bool unloadable;
	unsigned compared, depending, different;
};

static uint32_t ask_programs(const struct unit *unit, const struct abi *abi, uint32_t nr,
			     uint64_t argument, bool *ret_looked)
{
	struct seccomp_data data = { .nr = (int)nr, .arch = abi->audit_arch };
	uint32_t answer;

	for (size_t i = 0; i < SP_ARRAY_SIZE(data.args); i++)
		data.args[i] = argument;
	if (bpf_run_all(unit->programs, unit->n_programs, &data, &answer, ret_looked) < 0) {
		fprintf(stderr, "%s: no seccomp program\n", unit->name);
		exit(1);
	}
	return answer;
}

/* Without what other directives refuse for some arguments. */
static uint32_t ask_model(const struct unit *unit, const struct abi *abi, uint32_t nr,
			  uint64_t argument)
{
	const sp_abi id = sp_abi_of_call(abi->audit_arch, nr);
	struct sp_verdict verdict;
	sp_call call;

	sp_filter_verdict_with(unit->filter, id, nr, argument, &verdict);
	if (sp_call_from_number(id, nr, &call) == 0)
		(void)sp_effects_apply(unit->effects, unit->n_effects, call, &verdict);
	return kernel_action(&verdict);
}

/* The effect that the arguments of a call may bring about, or NULL. */
static const struct sp_effect *find_depending(const struct unit *unit, const struct abi *abi,
					      uint32_t nr)
{
	sp_call call;

	if (sp_call_from_number(sp_abi_of_call(abi->audit_arch, nr), nr, &call) < 0)
		return NULL;
	for (size_t i = 0; i < unit->n_effects; i++)
		if (unit->effects[i].condition && sp_sysset_contains(&unit->effects[i].calls, call))
			return &unit->effects[i];
	return NULL;
}

static void differ(struct unit *unit, const struct abi *abi, uint32_t nr, uint64_t argument,
		   uint32_t got, uint32_t wanted)
{
	unit->different++;
	printf("%s different %s %#x %#llx %#x %#x\n", unit->name, abi->name, nr,
	       (unsigned long long)argument, got, wanted);
}

/* With many arguments: each answer is one that the model has, and each that it has is given. */
static void compare_arguments(struct unit *unit, const struct abi *abi, uint32_t nr)
{
	const struct sp_effect *effect = find_depending(unit, abi, nr);
	uint64_t arguments[SMALL_MAX + SP_ARRAY_SIZE(wide)];
	const size_t n = list_arguments(arguments);
	uint32_t refusal = effect ? SECCOMP_RET_ERRNO | (uint32_t)effect->err : 0;
	bool refused = false, passed = false, matters = false;

	for (size_t i = 0; i < n; i++) {
		uint32_t got = ask_programs(unit, abi, nr, arguments[i], NULL);
		uint32_t wanted = ask_model(unit, abi, nr, arguments[i]);
		/* An older filter's errno does not come through a newer one's, or a worse one. */
		const bool open = effect && wanted != refusal &&
				  ((wanted & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ALLOW ||
				   (wanted & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_LOG);

		matters |= open;
		refused |= open && got == refusal;
		passed |= open && got == wanted;
		if (got != wanted && !(open && got == refusal))
			differ(unit, abi, nr, arguments[i], got, wanted);
	}
	if (matters && !(refused && passed)) {
		unit->different++;
		printf("%s different %s %#x %#x never\n", unit->name, abi->name, nr,
		       refused ? 0 : refusal);
	}
	unit->depending += matters;
}

static void compare(struct unit *unit, const struct abi *abi, uint32_t nr)
{
	uint32_t wanted = ask_model(unit, abi, nr, 0), got;
	bool looked;

	unit->compared++;
	got = ask_programs(unit, abi, nr, 0, &looked);
	/* One that must not depend on arguments is not asked about them. */
	if (looked || find_depending(unit, abi, nr))
		compare_arguments(unit, abi, nr);
	else if (got != wanted)
		differ(unit, abi, nr, 0, got, wanted);
}

/* Linux 6.3 has what some effects of a directive are without a filter. */
static bool kernel_refuses_itself(void)
{
	struct utsname name;
	unsigned major = 0, minor = 0;

	return uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 3));
}

static void find_effects(struct unit *unit, const struct abi *abi)
{
	const bool by_kernel = kernel_refuses_itself();
	struct sp_effect all[SP_EFFECTS_MAX];
	size_t n = sp_directives_effects(unit->directives, unit->filter,
					 sp_abi_from_name(abi->name), all);

	unit->n_effects = 0;
	for (size_t i = 0; i < n; i++)
		if (!by_kernel || !all[i].by_kernel)
			unit->effects[unit->n_effects++] = all[i];
	/* No filter is made for others than these. */
	for (const sp_abi *local = sp_abi_local(); *local; local++)
		if (*local == sp_abi_from_name(abi->name))
			return;
	unit->n_effects = 0;
}

static void compare_all(struct unit *unit)
{
	for (size_t i = 0; i < SP_ARRAY_SIZE(abis); i++) {
		find_effects(unit, &abis[i]);
		for (uint32_t nr = 0; nr < NUMBERS; nr++)
			compare(unit, &abis[i], abis[i].base + nr);
		for (size_t n = 0; n < SP_ARRAY_SIZE(odd) && !abis[i].base; n++)
			compare(unit, &abis[i], odd[n]);
	}
	if (!unit->different)
		printf("%s same %u %zu %u\n", unit->name, unit->compared, unit->n_programs,
		       unit->depending);
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
		if (r == 0)
			r = sp_directives_parse(unit->directives, path, text, len, NULL, NULL);
		if (r < 0)
			printf("%s refused %s\n", unit->name, strerror(-r));
	}
}

static void take_line(const struct sp_groups *groups, char *line)
{
	static struct bpf_program programs[FILTERS_MAX];
	_cleanup_(sp_filter_freep) struct sp_filter *filter = NULL;
	_cleanup_(sp_directives_freep) struct sp_directives *directives = NULL;
	char *filters, *texts;
	struct unit unit = { .name = line, .programs = programs };

	line[strcspn(line, "\n")] = '\0';
	filters = strchr(line, '\t');
	texts = filters ? strchr(filters + 1, '\t') : NULL;
	if (!texts || sp_filter_new(groups, &filter) < 0 ||
	    sp_directives_new(groups, &directives) < 0) {
		fprintf(stderr, "not a line of work: %s\n", line);
		exit(1);
	}
	*filters++ = '\0';
	*texts++ = '\0';
	unit.filter = filter;
	unit.directives = directives;
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
