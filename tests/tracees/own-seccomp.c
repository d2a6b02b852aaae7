/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Installs a filter of its own that answers getpriority by errno, SIGSYS, death, or a supervisor.
 * The call must be in the profile all the same: a filter that lacks it would answer instead.
 */

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include "tracee.h"

static long install(unsigned action, unsigned flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	return MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
}

static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	SAY("SIGSYS: %s, %s\n", info->si_code == 1 ? "SYS_SECCOMP" : "other code",
	    info->si_syscall == SYS_getpriority ? "the call" : "another call");
}

static void *supervise(void *arg)
{
	struct seccomp_notif request = { 0 };
	struct seccomp_notif_resp answer = { 0 };
	int fd = *(int *)arg;

	MUST(ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &request));
	answer.id = request.id;
	answer.val = 17;
	MUST(ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer));
	return NULL;
}

static void call_it(void)
{
	long result = syscall(SYS_getpriority, 0, 0);

	if (result == -1)
		SAY("answer: %s\n", tracee_result(result));
	else
		SAY("answer: %ld\n", result);
}

/* Calls once the filter, which another thread installs for all, is there. */
static void *call_later(void *arg)
{
	char c;

	MUST(read(*(int *)arg, &c, 1));
	call_it();
	return NULL;
}

/*
 * Refuses in a thread that did not ask for it. probing: as libraries do, asks first what the kernel
 * can do by an installation that must fail.
 */
static void refuse_for_all(bool probing)
{
	pthread_t thread;
	int fds[2];

	if (probing)
		SAY("probe: %s\n", tracee_result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
							 SECCOMP_FILTER_FLAG_TSYNC, NULL)));
	MUST(pipe(fds));
	(void)pthread_create(&thread, NULL, call_later, &fds[0]);
	(void)install(SECCOMP_RET_ERRNO | EXDEV, SECCOMP_FILTER_FLAG_TSYNC);
	MUST(write(fds[1], "", 1));
	(void)pthread_join(thread, NULL);
}

static atomic_int asleep;

/* Waits as servers do, without an end, and must not learn that it was disturbed. */
static void *wait_for_byte(void *arg)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = MUST(epoll_create1(0));

	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, *(int *)arg, &event));
	asleep = 1;
	SAY("epoll_wait: %s\n", tracee_result(epoll_wait(epoll, &event, 1, -1)));
	call_it();
	return NULL;
}

static void refuse_sleeper(void)
{
	pthread_t thread;
	int fds[2];

	MUST(pipe(fds));
	(void)pthread_create(&thread, NULL, wait_for_byte, &fds[0]);
	while (!asleep)
		tracee_sleep_ms(1);
	tracee_sleep_ms(50);
	(void)install(SECCOMP_RET_ERRNO | EXDEV, SECCOMP_FILTER_FLAG_TSYNC);
	tracee_sleep_ms(50);
	MUST(write(fds[1], "", 1));
	(void)pthread_join(thread, NULL);
}

/* A supervisor that lets the call through. */
static void *let_through(void *arg)
{
	struct seccomp_notif request = { 0 };
	struct seccomp_notif_resp answer = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };
	int fd = *(int *)arg;

	MUST(ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &request));
	answer.id = request.id;
	MUST(ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer));
	return NULL;
}

static void supervised(void *(*supervisor)(void *))
{
	pthread_t thread;
	int fd = (int)install(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);

	(void)pthread_create(&thread, NULL, supervisor, &fd);
	call_it();
	(void)pthread_join(thread, NULL);
}

/* The older way to install one; then a second one above it. */
static void refuse_by_prctl(void)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { .len = 1, .filter = code };

	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
	call_it();
	(void)install(SECCOMP_RET_ERRNO | EXDEV, 0);
	call_it();
	SAY("mode: %d\n", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
}

/* The filter stays over exec, and the new program's calls meet it. */
static void refuse_after_exec(const char *how)
{
	char program[] = "self", again[] = "exec-again";
	char *args[] = { program, again, NULL };

	if (strcmp(how, "exec-again") == 0) {
		call_it();
		exit(0);
	}
	(void)install(SECCOMP_RET_ERRNO | EXDEV, 0);
	(void)execv("/proc/self/exe", args);
}

/* A child inherits the filter; it is followed as its parent is. */
static void refuse_in_child(void)
{
	pid_t child;

	(void)install(SECCOMP_RET_ERRNO | EXDEV, 0);
	(void)fflush(stdout);
	child = MUST(fork());
	if (child == 0) {
		call_it();
		(void)fflush(stdout);
		_exit(5);
	}
	tracee_say_status("child", tracee_wait(child, 0));
}

int main(int argc, char *argv[])
{
	const char *how = argc > 1 ? argv[1] : "errno";

	if (strcmp(how, "errno") == 0) {
		(void)install(SECCOMP_RET_ERRNO | EXDEV, 0);
		call_it();
	} else if (strcmp(how, "trap") == 0) {
		tracee_handle(SIGSYS, on_sigsys, 0);
		(void)install(SECCOMP_RET_TRAP, 0);
		(void)syscall(SYS_getpriority, 0, 0);
		SAY("went on\n");
	} else if (strcmp(how, "notify") == 0) {
		supervised(supervise);
	} else if (strcmp(how, "notify-continue") == 0) {
		supervised(let_through);
	} else if (strcmp(how, "allow") == 0) {
		(void)install(SECCOMP_RET_ALLOW, 0);
		call_it();
	} else if (strcmp(how, "prctl") == 0) {
		refuse_by_prctl();
	} else if (strncmp(how, "exec", 4) == 0) {
		refuse_after_exec(how);
	} else if (strcmp(how, "tsync-asleep") == 0) {
		refuse_sleeper();
	} else if (strcmp(how, "trace") == 0) {
		/* Nobody traces on its behalf: ENOSYS. */
		(void)install(SECCOMP_RET_TRACE | 0x1234, 0);
		call_it();
	} else if (strcmp(how, "log") == 0) {
		(void)install(SECCOMP_RET_LOG, 0);
		call_it();
	} else if (strcmp(how, "thread") == 0) {
		(void)install(SECCOMP_RET_KILL_THREAD, 0);
		call_it();
	} else if (strcmp(how, "tsync") == 0) {
		refuse_for_all(false);
	} else if (strcmp(how, "tsync-probed") == 0) {
		refuse_for_all(true);
	} else if (strcmp(how, "child") == 0) {
		refuse_in_child();
	} else {
		(void)install(SECCOMP_RET_KILL_PROCESS, 0);
		call_it();
	}
	return 0;
}
