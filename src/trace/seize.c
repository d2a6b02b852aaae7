/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/seize.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sysprofile/procfs.h"
#include "sysprofile/timespan.h"

/* A seizure that takes longer waits for a task in execve. */
#define NUDGE_NS (20 * INT64_C(1000000))

enum { REAPED_MAX = 4096 };

/* Written by the handler, which runs in this thread only; read with SIGALRM blocked. */
static struct {
	pid_t tid;
	int status;
} reaped[REAPED_MAX];
static volatile sig_atomic_t n_reaped;
static size_t n_taken;
static volatile sig_atomic_t seizing;

static timer_t timer;
static struct sigaction former;

static void on_alarm(int sig)
{
	const int saved = errno;

	(void)sig;
	/* What no room is left for stays where it is, for the next one. */
	while (seizing && n_reaped < REAPED_MAX) {
		int status;
		pid_t tid = waitpid(-1, &status, __WALL | WNOHANG);

		if (tid <= 0)
			break;
		reaped[n_reaped].tid = tid;
		reaped[n_reaped].status = status;
		n_reaped++;
	}
	errno = saved;
}

int sp_seizer_begin(void)
{
	const struct itimerspec period = { { 0, NUDGE_NS }, { 0, NUDGE_NS } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	sigset_t mask;
	int r;

	n_reaped = 0;
	n_taken = 0;
	if (sigaction(SIGALRM, &action, &former) < 0)
		return -errno;
	sigemptyset(&mask);
	sigaddset(&mask, SIGALRM);
	if (sigprocmask(SIG_UNBLOCK, &mask, NULL) == 0 &&
	    timer_create(CLOCK_MONOTONIC, &event, &timer) == 0) {
		if (timer_settime(timer, 0, &period, NULL) == 0)
			return 0;
		r = -errno;
		(void)timer_delete(timer);
	} else {
		r = -errno;
	}
	(void)sigaction(SIGALRM, &former, NULL);
	return r;
}

void sp_seizer_end(void)
{
	(void)timer_delete(timer);
	(void)sigaction(SIGALRM, &former, NULL);
}

static bool is_ours(pid_t tid)
{
	long tracer;

	return sp_proc_status("/proc", tid, "TracerPid", &tracer) == 0 && tracer == getpid();
}

int sp_seize(pid_t tid, unsigned long options)
{
	/* While an execve by another thread goes through, EPERM and ESRCH mean: once more. */
	enum { TRIES = 3 };

	for (int i = 0;; i++) {
		const sig_atomic_t before = n_reaped;
		int r;

		seizing = 1;
		r = ptrace(PTRACE_SEIZE, tid, 0, options) < 0 ? -errno : 0;
		seizing = 0;
		if (r == -EPERM && is_ours(tid))
			return -EEXIST;
		if (r == 0 || i == TRIES || (r != -EPERM && n_reaped == before))
			return r;
	}
}

bool sp_seizer_take(pid_t *ret_tid, int *ret_status)
{
	if (n_taken == (size_t)n_reaped) {
		/* Nothing is being seized, so the handler leaves both alone. */
		n_taken = 0;
		n_reaped = 0;
		return false;
	}
	*ret_tid = reaped[n_taken].tid;
	*ret_status = reaped[n_taken].status;
	n_taken++;
	return true;
}
