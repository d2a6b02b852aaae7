/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Processes and threads that come and go all the time: two processes fork children that end at
 * once, and in each a chain of threads, of which each makes the next and ends. Between SIGUSR1 and
 * SIGUSR2 every new task calls getsid once and counts that. SIGTERM ends it.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "tracee.h"

enum { BRANCHES = 2, STACK_SIZE = 64 * 1024 };

static struct {
	atomic_bool counts, stop;
	atomic_long made, failed;
	_Alignas(64) atomic_long called;
} * shared;

static pthread_attr_t detached;

static void call(void)
{
	if (!atomic_load(&shared->counts))
		return;
	(void)syscall(SYS_getsid, 0);
	atomic_fetch_add(&shared->called, 1);
}

static void *link_of_chain(void *arg)
{
	pthread_t next;

	call();
	atomic_fetch_add(&shared->made, 1);
	while (!atomic_load(&shared->stop)) {
		/* A moment between two, so that there is time for anything else on a small machine.
		 */
		(void)nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
		if (pthread_create(&next, &detached, link_of_chain, arg) == 0)
			break;
		atomic_fetch_add(&shared->failed, 1);
	}
	return NULL;
}

static void branch(void)
{
	pthread_t first;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pthread_create(&first, &detached, link_of_chain, NULL) != 0)
		_exit(99);
	while (!atomic_load(&shared->stop)) {
		int status = -1;
		pid_t child = fork();

		if (child == 0) {
			call();
			_exit(7);
		}
		atomic_fetch_add(&shared->made, 1);
		if (child < 0 || waitpid(child, &status, 0) != child || status != 7 << 8)
			atomic_fetch_add(&shared->failed, 1);
	}
	_exit(0);
}

static void on_signal(int sig)
{
	if (sig == SIGTERM)
		atomic_store(&shared->stop, true);
	else
		atomic_store(&shared->counts, sig == SIGUSR1);
}

int main(void)
{
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return 99;
	(void)pthread_attr_init(&detached);
	(void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&detached, STACK_SIZE);
	MUST(sigaction(SIGUSR1, &action, NULL));
	MUST(sigaction(SIGUSR2, &action, NULL));
	MUST(sigaction(SIGTERM, &action, NULL));
	for (int i = 0; i < BRANCHES; i++)
		if (MUST(fork()) == 0)
			branch();
	SAY("ready\n");
	for (int i = 0; i < BRANCHES; i++)
		MUST(wait(NULL));
	SAY("failed %ld, made %s, called %ld\n", atomic_load(&shared->failed),
	    atomic_load(&shared->made) > 0 ? "some" : "none", atomic_load(&shared->called));
	return 0;
}
