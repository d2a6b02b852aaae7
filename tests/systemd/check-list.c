/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * check-list NAME FILTERS ABI: stdin is what `sysprofile explain --format=list --abi=ABI` prints, a
 * line "CALL ACTION" for each call in the order of numbers. Asks the seccomp programs in the file
 * FILTERS for the same, and prints "NAME same CALLS" or "NAME different CALL LIST KERNEL". Of calls
 * that another directive refuses for some arguments the list tells the answer for the others.
 */

#include <linux/audit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sysprofile/syscalls.h"
#include "sysprofile/util.h"

#include "filterfile.h"

#define NUMBERS	  1024
#define ARGUMENTS 64
#define X32_BIT	  0x40000000u

static struct bpf_program programs[FILTERS_MAX];
static size_t n_programs;

static uint32_t ask(sp_abi abi, uint32_t nr, uint64_t argument, bool *looked)
{
	struct seccomp_data data = {
		.nr = (int)nr,
		.arch = abi == sp_abi_from_name("x86") ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64,
	};
	uint32_t answer;

	for (size_t i = 0; i < SP_ARRAY_SIZE(data.args); i++)
		data.args[i] = argument;
	if (bpf_run_all(programs, n_programs, &data, &answer, looked) < 0) {
		fputs("not a seccomp program\n", stderr);
		exit(1);
	}
	return answer;
}

static bool is_same(const char *action, uint32_t answer)
{
	uint32_t kind = answer & SECCOMP_RET_ACTION_FULL;
	const char *err = sp_startswith(action, "errno:");

	/* Numbers have a name or stand as numbers; success without doing it is errno 0. */
	if (err)
		return kind == SECCOMP_RET_ERRNO &&
		       ((answer & SECCOMP_RET_DATA) == (uint32_t)atoi(err) ||
			(int)(answer & SECCOMP_RET_DATA) == sp_errno_from_name(err));
	return (sp_streq(action, "allow") && kind == SECCOMP_RET_ALLOW) ||
	       (sp_streq(action, "log") && kind == SECCOMP_RET_LOG) ||
	       (sp_streq(action, "kill-process") && kind == SECCOMP_RET_KILL_PROCESS) ||
	       (sp_streq(action, "kill-thread") && kind == SECCOMP_RET_KILL_THREAD);
}

/* Some argument brings the answer about: none, or a small one that no directive has words for. */
static bool is_told(sp_abi abi, uint32_t nr, const char *action)
{
	bool looked;

	if (is_same(action, ask(abi, nr, 0, &looked)))
		return true;
	for (uint64_t argument = 1; looked && argument < ARGUMENTS; argument++)
		if (is_same(action, ask(abi, nr, argument, NULL)))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	sp_abi abi = argc == 4 ? sp_abi_from_name(argv[3]) : 0;
	char line[256], call_name[128], action[128];
	unsigned same = 0, different = 0;
	sp_call call;

	if (!abi) {
		fputs("usage: check-list NAME FILTERS ABI\n", stderr);
		return 2;
	}
	n_programs = filterfile_read(argv[2], programs);
	for (uint32_t i = 0; i < NUMBERS; i++) {
		uint32_t nr = i + (abi == sp_abi_from_name("x32") ? X32_BIT : 0);

		if (sp_call_from_number(abi, nr, &call) < 0)
			continue;
		/* Each call has a line, and there is none for anything else. */
		if (!fgets(line, sizeof(line), stdin) ||
		    sscanf(line, "%127s %127s", call_name, action) != 2 ||
		    !sp_streq(call_name, sp_call_name(call)) || !is_told(abi, nr, action)) {
			printf("%s different %s %s %#x\n", argv[1], sp_call_name(call), action,
			       ask(abi, nr, 0, NULL));
			different++;
			break;
		}
		same++;
	}
	if (!different && fgets(line, sizeof(line), stdin))
		printf("%s different: a line too many: %s", argv[1], line);
	else if (!different)
		printf("%s same %u\n", argv[1], same);
	return 0;
}
