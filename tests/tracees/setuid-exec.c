/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Executes a setuid copy of itself, made in the directory given, as nobody: it becomes root again
 * natively, and also under a tracer that holds CAP_SYS_PTRACE (ptrace(2), "execve under ptrace").
 */

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sys/auxv.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "tracee.h"

int main(int argc, char *argv[])
{
	char path[PATH_MAX], again[] = "again";
	char *args[] = { path, NULL, again, NULL };
	struct stat st;
	int from, to;

	if (argc > 2) {
		SAY("euid %s, AT_SECURE %lu\n", geteuid() == 0 ? "root" : "not root",
		    getauxval(AT_SECURE));
		return 0;
	}
	if (argc < 2 || geteuid() != 0) {
		SAY("needs a directory and root\n");
		return 98;
	}
	args[1] = argv[1];
	(void)snprintf(path, sizeof(path), "%s/setuid-copy", argv[1]);
	from = MUST(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
	to = MUST(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700));
	MUST(fstat(from, &st));
	MUST(sendfile(to, from, NULL, (size_t)st.st_size));
	MUST(fchmod(to, 04755));
	(void)close(to);
	MUST(setgroups(0, NULL));
	MUST(setresgid(65534, 65534, 65534));
	MUST(setresuid(65534, 65534, 65534));
	(void)execv(path, args);
	tracee_fail(__FILE__, __LINE__, "execv");
	return 99;
}
