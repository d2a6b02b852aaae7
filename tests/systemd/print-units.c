/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Reads lines "ROOT NAME" and prints for each, with tabs between, the name, what systemd calls its
 * state, and the files that sp_unit_load() finds, as paths inside of the root.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sysprofile/units.h"

static const char *state(int r)
{
	switch (r) {
	case 0:
		return "loaded";
	case -ENOENT:
	case -ELOOP:
		return "not-found";
	case -ERFKILL:
		return "masked";
	default:
		return "error";
	}
}

static void print_unit(const char *root, const char *name)
{
	_cleanup_(sp_unit_done) struct sp_unit unit = {};
	_cleanup_(sp_freep) char *path = NULL;

	printf("%s\t%s", name, state(sp_unit_load(root, name, &unit, &path)));
	for (size_t i = 0; i < unit.texts.n; i++)
		printf("\t%s", unit.texts.v[i].file + strlen(root));
	putchar('\n');
}

int main(void)
{
	char line[512];

	while (fgets(line, sizeof(line), stdin)) {
		char *name = strchr(line, ' ');

		line[strcspn(line, "\n")] = 0;
		if (!name)
			return 1;
		*name++ = 0;
		print_unit(line, name);
	}
	return 0;
}
