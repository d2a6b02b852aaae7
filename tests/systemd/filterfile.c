/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filterfile.h"

#include <stdio.h>
#include <stdlib.h>

size_t filterfile_read(const char *path, struct bpf_program *programs)
{
	FILE *f = fopen(path, "re");
	uint32_t length;
	size_t n = 0;

	if (!f)
		return 0;
	while (fread(&length, sizeof(length), 1, f) == 1) {
		if (n == FILTERS_MAX || length > BPF_MAXINSNS ||
		    fread(programs[n].code, sizeof(programs[n].code[0]), length, f) != length) {
			fprintf(stderr, "%s: too long, or cut short\n", path);
			exit(1);
		}
		programs[n++].n = length;
	}
	fclose(f);
	return n;
}
