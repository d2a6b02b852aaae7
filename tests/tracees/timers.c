/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Timers that keep their time, signals on a stack of their own, and SIGCONT that is caught by a
 * process which had been stopped.
 */

#include <setjmp.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "tracee.h"

static volatile sig_atomic_t ticks;
static char *stack_low, *stack_high;
static sigjmp_buf back;

static void tick(int sig, siginfo_t *info, void *context)
{
	char here;

	(void)sig;
	(void)info;
	(void)context;
	ticks++;
	if (stack_low && (&here < stack_low || &here >= stack_high))
		ticks += 1000;
}

/* What is missed is not made up for: so many ticks at most, and hardly fewer. */
static void interval(const char *name, int which, int sig, bool busy)
{
	struct itimerval every = { { .tv_usec = 20000 }, { .tv_usec = 20000 } }, off = { 0 };
	long end = tracee_now_ms() + 500;

	ticks = 0;
	tracee_handle(sig, tick, SA_RESTART);
	MUST(setitimer((__itimer_which_t)which, &every, NULL));
	while (ticks < 5 && (busy || tracee_now_ms() < end))
		if (!busy)
			tracee_sleep_ms(10);
	MUST(setitimer((__itimer_which_t)which, &off, NULL));
	SAY("%s: %s\n", name, ticks >= 5 ? "ticks" : "too slow");
}

static void alarm_time(void)
{
	long start = tracee_now_ms(), took;

	ticks = 0;
	tracee_handle(SIGALRM, tick, 0);
	(void)alarm(1);
	(void)pause();
	took = tracee_now_ms() - start;
	SAY("alarm: %d after %s\n", (int)ticks,
	    took < 990	  ? "too short a time"
	    : took > 3000 ? "too long a time"
			  : "a second");
	(void)alarm(100);
	SAY("alarm: %u left\n", alarm(0));
}

static void overflowed(int sig, siginfo_t *info, void *context)
{
	char here;

	(void)sig;
	(void)info;
	(void)context;
	SAY("overflow: handled %s\n",
	    &here >= stack_low && &here < stack_high ? "on the other stack" : "elsewhere");
	siglongjmp(back, 1);
}

static int overflow(int depth)
{
	volatile char much[65536];

	much[0] = (char)depth;
	return depth == 0 ? 0 : overflow(depth + 1) + much[0];
}

static void other_stack(void)
{
	enum { SIZE = 65536 };
	stack_t stack = { .ss_size = SIZE }, old;

	stack_low = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_high = stack_low + SIZE;
	stack.ss_sp = stack_low;
	MUST(sigaltstack(&stack, NULL));
	ticks = 0;
	tracee_handle(SIGUSR1, tick, SA_ONSTACK);
	for (int i = 0; i < 10; i++)
		MUST(raise(SIGUSR1));
	SAY("on the other stack: %d\n", (int)ticks);
	tracee_handle(SIGSEGV, overflowed, SA_ONSTACK);
	if (sigsetjmp(back, 1) == 0)
		SAY("%d\n", overflow(1));
	MUST(sigaltstack(NULL, &old));
	SAY("stack: %s, flags %d\n", old.ss_sp == stack_low ? "kept" : "lost", old.ss_flags);
	stack_low = NULL;
}

static void caught_sigcont(void)
{
	pid_t child = MUST(fork());
	int status;

	if (child == 0) {
		ticks = 0;
		tracee_handle(SIGCONT, tick, SA_RESTART);
		/* Not stopped: it is a signal as any other. */
		MUST(raise(SIGCONT));
		MUST(raise(SIGSTOP));
		MUST(raise(SIGSTOP));
		_exit(10 + ticks);
	}
	for (int i = 0; i < 2; i++) {
		tracee_say_status("child", tracee_wait(child, WUNTRACED));
		/* Twice stopped is once stopped. */
		MUST(kill(child, SIGSTOP));
		SAY("child: %s\n",
		    waitpid(child, &status, WNOHANG | WUNTRACED) == 0 ? "no news" : "news");
		MUST(kill(child, SIGCONT));
		tracee_say_status("child", tracee_wait(child, WCONTINUED));
	}
	tracee_say_status("child", tracee_wait(child, 0));
}

int main(void)
{
	interval("ITIMER_REAL", ITIMER_REAL, SIGALRM, false);
	interval("ITIMER_PROF", ITIMER_PROF, SIGPROF, true);
	interval("ITIMER_VIRTUAL", ITIMER_VIRTUAL, SIGVTALRM, true);
	alarm_time();
	other_stack();
	caught_sigcont();
	return 0;
}
