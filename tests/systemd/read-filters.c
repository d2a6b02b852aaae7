/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * read-filters PID PROGRAM DIRECTORY: follows what PID, a service manager, starts from now on, and
 * writes the seccomp programs of each unit's process to DIRECTORY/UNIT, after each that it
 * installs, since the next call may be refused, in the form that filterfile.h tells. A process that
 * comes to execute PROGRAM is ended then. Prints "ready", then for each unit a line "UNIT runs|dies
 * PROGRAMS"; ends when stdin does.
 *
 * To read programs a tracer needs CAP_SYS_ADMIN and no filter of its own (ptrace(2),
 * PTRACE_SECCOMP_GET_FILTER). When it ends, all it traced goes on.
 */

#include <errno.h>
#include <linux/filter.h>
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

#ifndef PTRACE_SECCOMP_GET_FILTER
#define PTRACE_SECCOMP_GET_FILTER 0x420c
#endif

/* More processes than a service manager has between fork and exec. */
#define CANDIDATES_MAX 4096

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

/*
 * The oldest has index 0, as get_nth_filter() of the kernel counts, not the newest, as ptrace(2)
 * says.
 */
static int write_programs(pid_t pid, FILE *f, unsigned *ret)
{
	static struct sock_filter code[BPF_MAXINSNS];
	unsigned count = 0;
	long n;

	while ((n = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, count, NULL)) >= 0)
		count++;
	if (errno != ENOENT && errno != EINVAL)
		return -errno;
	for (unsigned i = 0; i < count; i++) {
		uint32_t length;

		n = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, i, code);
		if (n < 0)
			return -errno;
		length = (uint32_t)n;
		fwrite(&length, sizeof(length), 1, f);
		fwrite(code, sizeof(code[0]), length, f);
	}
	*ret = count;
	return 0;
}

/* A process of a unit. */
struct candidate {
	pid_t pid;
	char unit[256];
	int count; /* of programs; or a negative errno */
};
static struct candidate candidates[CANDIDATES_MAX];

static struct candidate *find(pid_t pid)
{
	for (size_t i = 0; i < CANDIDATES_MAX; i++)
		if (candidates[i].pid == pid)
			return &candidates[i];
	return NULL;
}

static void read_back(struct candidate *c)
{
	char path[4096];
	unsigned count = 0;
	FILE *f;
	int r;

	snprintf(path, sizeof(path), "%s/%s", directory, c->unit);
	f = fopen(path, "we");
	r = f ? write_programs(c->pid, f, &count) : -errno;
	if (f && fclose(f) != 0 && r == 0)
		r = -errno;
	c->count = r < 0 ? r : (int)count;
}

static void report(struct candidate *c, const char *what)
{
	printf("%s %s %d\n", c->unit, what, c->count);
	fflush(stdout);
	c->pid = 0;
}

static struct candidate *add(pid_t pid)
{
	struct candidate *c = find(0);

	if (!c || !read_unit(pid, c->unit, sizeof(c->unit)))
		return NULL;
	c->pid = pid;
	c->count = 0;
	return c;
}

/* Has the task one more program than before? They are numbered from the oldest, 0, on. */
static void take_syscall(pid_t pid)
{
	struct candidate *c = find(pid);

	if (ptrace(PTRACE_SECCOMP_GET_FILTER, pid, c ? c->count : 0, NULL) < 0)
		return;
	if (!c)
		c = add(pid);
	if (c)
		read_back(c);
}

static void take_event(pid_t pid, int event)
{
	struct candidate *c = find(pid);

	if (event == PTRACE_EVENT_EXEC && runs_program(pid) && (c || (c = add(pid)))) {
		read_back(c);
		report(c, "runs");
		kill(pid, SIGKILL);
	} else if (event == PTRACE_EVENT_EXIT && c) {
		/* The programs are gone by now. */
		report(c, "dies");
	}
}

static void handle(pid_t manager, pid_t pid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (!WIFSTOPPED(status))
		return;
	if (sig == (SIGTRAP | 0x80)) {
		take_syscall(pid);
		sig = 0;
	} else if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) {
		/* A group-stop, which lasts until SIGCONT comes. */
		ptrace(PTRACE_LISTEN, pid, NULL, NULL);
		return;
	} else if (event) {
		take_event(pid, event);
		sig = 0;
	}
	ptrace(pid == manager ? PTRACE_CONT : PTRACE_SYSCALL, pid, NULL, (long)sig);
}

static void follow(pid_t manager, int children)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				{ .fd = children, .events = POLLIN } };
	struct signalfd_siginfo info;
	char word;

	for (;;) {
		pid_t pid;
		int status;

		while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
			handle(manager, pid, status);
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
		       PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACESYSGOOD;
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
	follow(pid, fd);
	return 0;
}
