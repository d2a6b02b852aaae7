/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * read-filters PID PROGRAM DIRECTORY: follows what PID, a service manager, starts from now on, and
 * writes the seccomp programs of each unit's process to DIRECTORY/UNIT: when it has executed
 * PROGRAM, which is ended then, or when it dies before that, since the filter may refuse execve.
 * Prints "ready", then a line for each unit; ends when stdin does.
 *
 * To read programs a tracer needs CAP_SYS_ADMIN and no filter of its own (ptrace(2),
 * PTRACE_SECCOMP_GET_FILTER). When it ends, all it traced goes on.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf.h"
#include "filterfile.h"

#ifndef PTRACE_SECCOMP_GET_FILTER
#define PTRACE_SECCOMP_GET_FILTER 0x420c
#endif

static const char *program, *directory;

/* The last part of the control group's name: "t0001.service". */
static bool read_unit(pid_t pid, char *unit, size_t size)
{
	char path[64], line[4096];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		char *name = strrchr(line, '/');

		line[strcspn(line, "\n")] = '\0';
		if (!name || !strstr(name, ".service"))
			continue;
		snprintf(unit, size, "%s", name + 1);
		found = true;
	}
	fclose(f);
	return found;
}

static bool runs_program(pid_t pid)
{
	char path[64], exe[4096];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	if (n < 0)
		return false;
	exe[n] = '\0';
	return strcmp(exe, program) == 0;
}

/* The newest has index 0. */
static int write_programs(pid_t pid, FILE *f, unsigned *ret)
{
	static struct sock_filter code[BPF_MAXINSNS];
	unsigned count = 0;
	long n;

	while ((n = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, count, NULL)) >= 0)
		count++;
	if (errno != ENOENT && errno != EINVAL)
		return -errno;
	for (unsigned i = count; i > 0; i--) {
		uint32_t length;

		n = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, i - 1, code);
		if (n < 0)
			return -errno;
		length = (uint32_t)n;
		fwrite(&length, sizeof(length), 1, f);
		fwrite(code, sizeof(code[0]), length, f);
	}
	*ret = count;
	return 0;
}

static void read_back(pid_t pid, const char *when)
{
	char unit[256], path[4096];
	unsigned count = 0;
	FILE *f;
	int r;

	if (!read_unit(pid, unit, sizeof(unit)))
		return;
	snprintf(path, sizeof(path), "%s/%s", directory, unit);
	/* A unit is read once: at its program, or else at its death. */
	f = fopen(path, "wxe");
	if (!f)
		return;
	r = write_programs(pid, f, &count);
	if (fclose(f) != 0 && r == 0)
		r = -errno;
	printf("%s %s %d\n", unit, r < 0 ? strerror(-r) : when, (int)count);
	fflush(stdout);
}

static void handle(pid_t pid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (!WIFSTOPPED(status))
		return;
	if (event == PTRACE_EVENT_EXEC && runs_program(pid)) {
		read_back(pid, "exec");
		kill(pid, SIGKILL);
	}
	if (event == PTRACE_EVENT_EXIT)
		read_back(pid, "exit");
	if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) {
		/* A group-stop, which lasts until SIGCONT comes. */
		ptrace(PTRACE_LISTEN, pid, NULL, NULL);
		return;
	}
	ptrace(PTRACE_CONT, pid, NULL, event ? 0L : (long)sig);
}

static void follow(int children)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				{ .fd = children, .events = POLLIN } };
	struct signalfd_siginfo info;
	char word;

	for (;;) {
		pid_t pid;
		int status;

		while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
			handle(pid, status);
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return;
		if (fds[0].revents && read(STDIN_FILENO, &word, 1) <= 0)
			return;
		if (fds[1].revents && read(children, &info, sizeof(info)) < 0)
			return;
	}
}

int main(int argc, char **argv)
{
	long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
		       PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT;
	sigset_t mask;
	pid_t pid;
	int fd;

	if (argc != 4) {
		fputs("usage: read-filters PID PROGRAM DIRECTORY\n", stderr);
		return 2;
	}
	pid = (pid_t)atoi(argv[1]);
	program = argv[2];
	directory = argv[3];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	fd = signalfd(-1, &mask, SFD_CLOEXEC);
	if (fd < 0 || ptrace(PTRACE_SEIZE, pid, NULL, options) < 0) {
		perror("read-filters");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	follow(fd);
	return 0;
}
