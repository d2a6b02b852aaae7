/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the little programs share. They print what happened to them, and nothing that differs from
 * run to run, so that a run under the tracer can be compared with one without, byte by byte.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A step that a test rests on and that must not fail: the program ends with 99 if it does. */
#define MUST(expr)                                                                                 \
	({                                                                                         \
		__typeof__(expr) must_value_ = (expr);                                             \
		if ((long)must_value_ == -1)                                                       \
			tracee_fail(__FILE__, __LINE__, #expr);                                    \
		must_value_;                                                                       \
	})

static inline void tracee_fail(const char *file, int line, const char *what)
{
	(void)fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, strerror(errno));
	exit(99);
}

/* Prints at once, so that a child made by fork() holds no second copy. */
#define SAY(...)                                                                                   \
	do {                                                                                       \
		(void)printf(__VA_ARGS__);                                                         \
		(void)fflush(stdout);                                                              \
	} while (0)

/* The name of an error, or "ok" for a result that is none. */
static inline const char *tracee_result(long result)
{
	return result == -1 ? strerrorname_np(errno) : "ok";
}

static inline void tracee_say_status(const char *who, int status)
{
	if (WIFEXITED(status))
		SAY("%s: exit %d\n", who, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		SAY("%s: killed by %s\n", who, sigabbrev_np(WTERMSIG(status)));
	else if (WIFSTOPPED(status))
		SAY("%s: stopped by %s\n", who, sigabbrev_np(WSTOPSIG(status)));
	else if (WIFCONTINUED(status))
		SAY("%s: continued\n", who);
	else
		SAY("%s: odd status %#x\n", who, (unsigned)status);
}

static inline int tracee_wait(pid_t pid, int options)
{
	int status;

	for (;;) {
		if (waitpid(pid, &status, options) == pid)
			return status;
		if (errno != EINTR)
			tracee_fail(__FILE__, __LINE__, "waitpid");
	}
}

static inline void tracee_sleep_ms(long ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static inline long tracee_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void tracee_handle(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags };

	MUST(sigaction(sig, &action, NULL));
}
