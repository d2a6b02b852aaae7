/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Job control as a shell sees it: a process of three threads is stopped and continued, its parent
 * learns of both by wait and by SIGCHLD, and in between nothing of it moves.
 */

#include <pthread.h>
#include <sys/mman.h>

#include "tracee.h"

static volatile sig_atomic_t stopped, continued;
static volatile unsigned long *beats;

static void note(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	stopped += info->si_code == CLD_STOPPED;
	continued += info->si_code == CLD_CONTINUED;
}

static void *beat(void *arg)
{
	volatile unsigned long *mine = arg;

	for (;;) {
		(void)getppid();
		(*mine)++;
	}
	return NULL;
}

static unsigned long total(void)
{
	return beats[0] + beats[1] + beats[2];
}

int main(void)
{
	static const int stops[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	pid_t child;

	beats = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	tracee_handle(SIGCHLD, note, SA_RESTART);
	child = MUST(fork());
	if (child == 0) {
		pthread_t thread;

		MUST(setpgid(0, 0));
		(void)pthread_create(&thread, NULL, beat, (void *)&beats[0]);
		(void)pthread_create(&thread, NULL, beat, (void *)&beats[1]);
		(void)beat((void *)&beats[2]);
	}
	while (!beats[0] || !beats[1] || !beats[2])
		tracee_sleep_ms(1);
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		unsigned long before;

		MUST(kill(child, stops[i]));
		tracee_say_status("child", tracee_wait(child, WUNTRACED));
		before = total();
		tracee_sleep_ms(50);
		SAY("child: %s\n", total() == before ? "rests" : "moves");
		MUST(kill(child, SIGCONT));
		tracee_say_status("child", tracee_wait(child, WCONTINUED));
		while (total() == before)
			tracee_sleep_ms(1);
		SAY("child: moves again\n");
	}
	MUST(kill(child, SIGTERM));
	tracee_say_status("child", tracee_wait(child, 0));
	SAY("SIGCHLD: stopped %d, continued %d\n", (int)stopped, (int)continued);
	return 0;
}
