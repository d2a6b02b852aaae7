/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Executes a copy of itself that has no name in any directory. */

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "tracee.h"

int main(int argc, char *argv[])
{
	char program[] = "self", again[] = "again";
	char *args[] = { program, again, NULL };
	struct stat st;
	int from, to;

	(void)argv;
	if (argc > 1) {
		SAY("from memory\n");
		(void)getpgid(0);
		return 8;
	}
	from = MUST(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
	to = MUST(memfd_create("copy", MFD_CLOEXEC));
	MUST(fstat(from, &st));
	MUST(sendfile(to, from, NULL, (size_t)st.st_size));
	(void)close(from);
	(void)fexecve(to, args, environ);
	tracee_fail(__FILE__, __LINE__, "fexecve");
	return 99;
}
