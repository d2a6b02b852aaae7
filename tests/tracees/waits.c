/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A thread in each kind of wait that a tracer's coming and going must not end, or not before its
 * time. Those without a limit are ended when a byte comes on standard input.
 */

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "tracee.h"

#define LIMIT_MS 3000

static int event, pipe_of_reader[2], pair[2], queue;
static unsigned word;
static sem_t semaphore;
static sigset_t only_usr1;

static long in_nanosleep(void)
{
	return nanosleep(&(struct timespec){ .tv_sec = LIMIT_MS / 1000 }, NULL);
}

static long in_clock_nanosleep(void)
{
	errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ LIMIT_MS / 1000, 0 }, NULL);
	return errno ? -1 : 0;
}

static long in_poll_with_limit(void)
{
	return poll(NULL, 0, LIMIT_MS);
}

static long in_select_with_limit(void)
{
	return select(0, NULL, NULL, NULL, &(struct timeval){ LIMIT_MS / 1000, 0 });
}

static long in_futex_with_limit(void)
{
	return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &(struct timespec){ LIMIT_MS / 1000, 0 },
		       NULL, 0);
}

static long in_poll(void)
{
	return poll(&(struct pollfd){ .fd = event, .events = POLLIN }, 1, -1);
}

static long in_epoll(void)
{
	struct epoll_event got;

	return epoll_wait(queue, &got, 1, -1);
}

static long in_read(void)
{
	char byte;

	return read(pipe_of_reader[0], &byte, 1);
}

static long in_recv(void)
{
	char byte;

	return recv(pair[0], &byte, 1, 0);
}

static long in_semaphore(void)
{
	return sem_wait(&semaphore);
}

static long in_sigwaitinfo(void)
{
	return sigwaitinfo(&only_usr1, NULL) == SIGUSR1 ? 0 : -1;
}

static struct wait {
	const char *name;
	long (*run)(void);
	int has_limit;
	pthread_t thread;
	long result;
	int error;
	long ms;
} waits[] = {
	{ .name = "nanosleep", .run = in_nanosleep, .has_limit = 1 },
	{ .name = "clock_nanosleep", .run = in_clock_nanosleep, .has_limit = 1 },
	{ .name = "poll with a limit", .run = in_poll_with_limit, .has_limit = 1 },
	{ .name = "select with a limit", .run = in_select_with_limit, .has_limit = 1 },
	{ .name = "futex with a limit", .run = in_futex_with_limit, .has_limit = 1 },
	{ .name = "poll", .run = in_poll },
	{ .name = "epoll_wait", .run = in_epoll },
	{ .name = "read", .run = in_read },
	{ .name = "recv", .run = in_recv },
	{ .name = "sem_wait", .run = in_semaphore },
	{ .name = "sigwaitinfo", .run = in_sigwaitinfo },
};
enum { WAITS = sizeof(waits) / sizeof(*waits) };

static long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void *run(void *arg)
{
	struct wait *w = arg;
	const long start = now_ms();

	w->result = w->run();
	w->error = errno;
	w->ms = now_ms() - start;
	return NULL;
}

static void end_waits(void)
{
	const uint64_t one = 1;

	MUST(write(event, &one, sizeof(one)));
	MUST(write(pipe_of_reader[1], "x", 1));
	MUST(write(pair[1], "x", 1));
	MUST(sem_post(&semaphore));
	MUST(kill(getpid(), SIGUSR1));
}

static void say(const struct wait *w)
{
	const char *when = !w->has_limit	  ? ""
			   : w->ms < LIMIT_MS	  ? ", too early"
			   : w->ms > 2 * LIMIT_MS ? ", too late"
						  : ", in time";

	SAY("%s: %ld%s%s%s\n", w->name, w->result, w->result == -1 ? " " : "",
	    w->result == -1 ? strerrorname_np(w->error) : "", when);
}

int main(void)
{
	char byte;

	event = MUST(eventfd(0, EFD_CLOEXEC));
	queue = MUST(epoll_create1(EPOLL_CLOEXEC));
	MUST(epoll_ctl(queue, EPOLL_CTL_ADD, event, &(struct epoll_event){ .events = EPOLLIN }));
	MUST(pipe(pipe_of_reader));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	MUST(sem_init(&semaphore, 0, 0));
	(void)sigemptyset(&only_usr1);
	(void)sigaddset(&only_usr1, SIGUSR1);
	MUST(sigprocmask(SIG_BLOCK, &only_usr1, NULL));
	for (int i = 0; i < WAITS; i++)
		if (pthread_create(&waits[i].thread, NULL, run, &waits[i]) != 0)
			return 99;
	SAY("ready\n");
	MUST(read(STDIN_FILENO, &byte, 1));
	end_waits();
	for (int i = 0; i < WAITS; i++) {
		(void)pthread_join(waits[i].thread, NULL);
		say(&waits[i]);
	}
	return 0;
}
