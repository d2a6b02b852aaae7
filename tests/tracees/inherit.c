/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints what a process has from its parent. All of it must be as without a tracer. */

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tracee.h"

static void print_status_lines(void)
{
	static const char *const wanted[] = {
		"SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt",     "CapInh",
		"CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp",
		"Groups", "Uid",    "Gid",    "Umask",	"Threads",    "Cpus_allowed_list",
	};
	FILE *f = fopen("/proc/self/status", "re");
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
			if (strncmp(line, wanted[i], strlen(wanted[i])) == 0 &&
			    line[strlen(wanted[i])] == ':')
				SAY("%s", line);
	if (f)
		(void)fclose(f);
}

static void print_descriptors(void)
{
	for (int fd = 0; fd < 256; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0)
			SAY("fd %d: flags %d, mode %d\n", fd, flags,
			    fcntl(fd, F_GETFL) & O_ACCMODE);
	}
}

static void print_limits(void)
{
	for (int i = 0; i < RLIMIT_NLIMITS; i++) {
		struct rlimit limit;

		MUST(getrlimit((__rlimit_resource_t)i, &limit));
		SAY("limit %d: %lld %lld\n", i, (long long)limit.rlim_cur,
		    (long long)limit.rlim_max);
	}
}

static void print_file(const char *path)
{
	char text[512] = "";
	FILE *f = fopen(path, "re");

	if (f && fgets(text, sizeof(text), f))
		SAY("%s: %s", path, text);
	if (f)
		(void)fclose(f);
}

int main(void)
{
	char cwd[4096];
	int subreaper = -1, death_signal = -1;

	print_descriptors();
	print_status_lines();
	print_limits();
	print_file("/proc/self/oom_score_adj");
	print_file("/proc/self/timerslack_ns");
	SAY("nice %d, policy %d\n", getpriority(PRIO_PROCESS, 0), sched_getscheduler(0));
	/* The tracer stands where a parent stands and may not put its child elsewhere. */
	SAY("group: %s, session: %s\n", getpgrp() == getpid() ? "own" : "parent's",
	    getsid(0) == getpid() ? "own" : "parent's");
	SAY("cwd: %s\n", getcwd(cwd, sizeof(cwd)));
	MUST(prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0));
	MUST(prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0));
	SAY("subreaper %d, death signal %d, dumpable %d, keepcaps %d, securebits %d\n", subreaper,
	    death_signal, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0),
	    prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
	for (char **entry = environ; *entry; entry++)
		SAY("env %s\n", *entry);
	SAY("children: %s\n", waitpid(-1, NULL, WNOHANG) == -1 ? "none" : "some");
	return 0;
}
