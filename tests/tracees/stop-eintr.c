/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Blocked calls and what comes between without a handler: SIGSTOP and SIGCONT end some with EINTR
 * and leave others (signal(7), "Interruption of system calls and library functions by stop
 * signals"); a signal that is ignored does nothing at all.
 */

#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>

#include "tracee.h"

enum { LIMIT_MS = 800 };

static const struct timespec limit = { .tv_nsec = LIMIT_MS * 1000000L };

static long wait_in_epoll(void)
{
	struct epoll_event event;

	return epoll_wait(MUST(epoll_create1(0)), &event, 1, LIMIT_MS);
}

static long wait_in_epoll_pwait(void)
{
	struct epoll_event event;
	sigset_t none;

	(void)sigemptyset(&none);
	return epoll_pwait(MUST(epoll_create1(0)), &event, 1, LIMIT_MS, &none);
}

static long wait_in_semtimedop(void)
{
	int id = MUST(semget(IPC_PRIVATE, 1, 0600));
	struct sembuf take = { .sem_op = -1 };
	long result = semtimedop(id, &take, 1, &limit);
	int error = errno;

	MUST(semctl(id, 0, IPC_RMID));
	errno = error;
	return result;
}

static long wait_in_sigtimedwait(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR2);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	return sigtimedwait(&set, NULL, &limit);
}

static long wait_in_io_getevents(void)
{
	aio_context_t context = 0;
	struct io_event event;

	if (syscall(SYS_io_setup, 4, &context) < 0)
		return -1;
	return syscall(SYS_io_getevents, context, 1, 1, &event, &limit);
}

/* These have no limit of their own; a child ends them. */
static void end_later(void (*end)(int), int what)
{
	if (MUST(fork()) > 0)
		return;
	tracee_sleep_ms(LIMIT_MS);
	end(what);
	_exit(0);
}

static void send_message(int id)
{
	struct {
		long type;
		char text[4];
	} message = { .type = 1 };

	(void)msgsnd(id, &message, sizeof(message.text), IPC_NOWAIT);
}

static long wait_in_msgrcv(void)
{
	int id = MUST(msgget(IPC_PRIVATE, 0600)), error;
	long result, message[4];

	end_later(send_message, id);
	result = msgrcv(id, message, 4, 0, 0);
	error = errno;
	(void)wait(NULL);
	MUST(msgctl(id, IPC_RMID, NULL));
	errno = error;
	return result;
}

static void write_byte(int fd)
{
	(void)!write(fd, "x", 1);
}

static void raise_semaphore(int id)
{
	struct sembuf give = { .sem_op = 1 };

	(void)semop(id, &give, 1);
}

static long wait_in_semop(void)
{
	int id = MUST(semget(IPC_PRIVATE, 1, 0600)), error;
	struct sembuf take = { .sem_op = -1 };
	long result;

	end_later(raise_semaphore, id);
	result = semop(id, &take, 1);
	error = errno;
	(void)wait(NULL);
	MUST(semctl(id, 0, IPC_RMID));
	errno = error;
	return result;
}

static void signal_process(int pid)
{
	(void)kill(pid, SIGUSR2);
}

static long wait_in_sigwaitinfo(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR2);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	end_later(signal_process, getpid());
	return sigwaitinfo(&set, NULL) < 0 ? -1 : 2;
}

static int watch_pipe(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = MUST(epoll_create1(0)), fds[2];

	MUST(pipe(fds));
	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event));
	end_later(write_byte, fds[1]);
	return epoll;
}

static volatile sig_atomic_t handled;

static void handle(int sig)
{
	(void)sig;
	handled = 1;
}

static void signal_parent(int sig)
{
	(void)kill(getppid(), sig);
}

/* A signal with a handler ends it, and that it ran tells whether something else did before. */
static long wait_in_io_uring(void)
{
	struct io_uring_params params = { 0 };
	long fd = syscall(SYS_io_uring_setup, 4, &params), result;
	struct sigaction action = { .sa_handler = handle };

	if (fd < 0)
		return -1;
	MUST(sigaction(SIGUSR2, &action, NULL));
	end_later(signal_parent, SIGUSR2);
	(void)syscall(SYS_io_uring_enter, fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	result = handled;
	/* Its signal must find this process, not whoever would inherit it. */
	while (wait(NULL) < 0 && errno == EINTR)
		;
	errno = 0;
	return result;
}

static long wait_in_epoll_for_ever(void)
{
	struct epoll_event event;

	return epoll_wait(watch_pipe(), &event, 1, -1);
}

static long wait_in_epoll_pwait_for_ever(void)
{
	struct epoll_event event;
	sigset_t none;

	(void)sigemptyset(&none);
	return epoll_pwait(watch_pipe(), &event, 1, -1, &none);
}

static long wait_in_inotify(void)
{
	struct inotify_event event[8];
	char path[] = "/tmp/sysprofile-tracee-XXXXXX";
	int fd = MUST(inotify_init1(0)), file = MUST(mkstemp(path)), error;
	long result;

	MUST(inotify_add_watch(fd, path, IN_MODIFY));
	(void)unlink(path);
	end_later(write_byte, file);
	result = read(fd, event, sizeof(event));
	error = errno;
	(void)wait(NULL);
	errno = error;
	return result < 0 ? -1 : 1;
}

static long wait_in_read(void)
{
	int fds[2];
	char c;

	MUST(pipe(fds));
	end_later(write_byte, fds[1]);
	return read(fds[0], &c, 1);
}

static long wait_in_recv(void)
{
	struct timeval timeout = { .tv_usec = LIMIT_MS * 1000L };
	int fds[2];
	char c;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	MUST(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));
	return recv(fds[0], &c, 1, 0);
}

static long wait_in_futex(void)
{
	int word = 0;

	return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &limit, NULL, 0);
}

static long wait_in_nanosleep(void)
{
	return syscall(SYS_nanosleep, &limit, NULL);
}

static long wait_in_clock_nanosleep(void)
{
	struct timespec when;

	MUST(clock_gettime(CLOCK_MONOTONIC, &when));
	when.tv_nsec += limit.tv_nsec;
	when.tv_sec += when.tv_nsec / 1000000000;
	when.tv_nsec %= 1000000000;
	return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}

static long wait_in_poll(void)
{
	return poll(NULL, 0, LIMIT_MS);
}

static long wait_in_select(void)
{
	struct timeval timeout = { .tv_usec = LIMIT_MS * 1000L };

	return select(0, NULL, NULL, NULL, &timeout);
}

static const struct {
	const char *name;
	long (*wait)(void);
} calls[] = {
	{ "epoll_wait", wait_in_epoll },
	{ "epoll_pwait", wait_in_epoll_pwait },
	{ "semtimedop", wait_in_semtimedop },
	{ "sigtimedwait", wait_in_sigtimedwait },
	{ "io_getevents", wait_in_io_getevents },
	{ "recv", wait_in_recv },
	{ "msgrcv", wait_in_msgrcv },
	{ "inotify", wait_in_inotify },
	{ "read", wait_in_read },
	{ "futex", wait_in_futex },
	{ "nanosleep", wait_in_nanosleep },
	{ "clock_nanosleep", wait_in_clock_nanosleep },
	{ "epoll_wait for ever", wait_in_epoll_for_ever },
	{ "epoll_pwait for ever", wait_in_epoll_pwait_for_ever },
	{ "semop", wait_in_semop },
	{ "sigwaitinfo", wait_in_sigwaitinfo },
	{ "io_uring", wait_in_io_uring },
	{ "poll", wait_in_poll },
	{ "select", wait_in_select },
};

enum { CALLS = sizeof(calls) / sizeof(calls[0]) };

static void run(size_t i)
{
	long result;

	/* The others that are sent are ignored by default. */
	(void)signal(SIGUSR1, SIG_IGN);
	errno = 0;
	result = calls[i].wait();
	SAY("%s: %s %ld\n", calls[i].name, tracee_result(result), result);
	_exit(0);
}

/* All at once, each in a process of its own, so that the time limits run together. */
static void disturb(const char *how)
{
	int fds[CALLS][2];
	pid_t children[CALLS];

	SAY("-- %s\n", how);
	for (size_t i = 0; i < CALLS; i++) {
		MUST(pipe(fds[i]));
		children[i] = MUST(fork());
		if (children[i] == 0) {
			MUST(dup2(fds[i][1], STDOUT_FILENO));
			run(i);
		}
		(void)close(fds[i][1]);
	}
	tracee_sleep_ms(LIMIT_MS / 2);
	for (size_t i = 0; i < CALLS; i++) {
		if (strcmp(how, "stop") == 0) {
			int status;

			MUST(kill(children[i], SIGSTOP));
			MUST(waitpid(children[i], &status, WUNTRACED));
			MUST(kill(children[i], SIGCONT));
		} else {
			static const int ignored[] = { SIGUSR1, SIGCHLD, SIGURG, SIGWINCH,
						       SIGCONT };

			for (size_t j = 0; j < sizeof(ignored) / sizeof(ignored[0]); j++)
				MUST(kill(children[i], ignored[j]));
		}
	}
	for (size_t i = 0; i < CALLS; i++) {
		char text[128];
		ssize_t n;

		while ((n = read(fds[i][0], text, sizeof(text))) > 0)
			MUST(write(STDOUT_FILENO, text, (size_t)n));
		(void)close(fds[i][0]);
		(void)tracee_wait(children[i], 0);
	}
}

int main(int argc, char *argv[])
{
	disturb(argc > 1 ? argv[1] : "ignored");
	return 0;
}
