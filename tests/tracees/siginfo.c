/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a handler is told of where its signal came from: sent, queued, timed, raised by the machine.
 */

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "tracee.h"

static siginfo_t got;
static volatile sig_atomic_t count;
static sigjmp_buf back;
static volatile sig_atomic_t jump;

static void note(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	got = *info;
	count++;
	if (jump)
		siglongjmp(back, 1);
}

static void await_signal(void)
{
	while (!count)
		tracee_sleep_ms(1);
	count = 0;
}

static const char *who(pid_t pid, pid_t child)
{
	return pid == getpid() ? "self" : pid == child ? "child" : pid == 0 ? "nobody" : "other";
}

static void sent(void)
{
	siginfo_t own = { .si_code = -60, .si_value.sival_int = 77 };

	MUST(kill(getpid(), SIGUSR1));
	await_signal();
	SAY("kill: code %d from %s, uid %s\n", got.si_code, who(got.si_pid, -1),
	    got.si_uid == getuid() ? "own" : "other");
	MUST(syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1));
	await_signal();
	SAY("tgkill: code %d from %s\n", got.si_code, who(got.si_pid, -1));
	MUST(sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = -5 }));
	await_signal();
	SAY("sigqueue: code %d value %d from %s\n", got.si_code, got.si_value.sival_int,
	    who(got.si_pid, -1));
	own.si_signo = SIGUSR1;
	MUST(syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGUSR1, &own));
	await_signal();
	SAY("rt_tgsigqueueinfo: code %d value %d\n", got.si_code, got.si_value.sival_int);
}

static void timed(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec once = { .it_value.tv_nsec = 1000000 };
	struct itimerval real = { .it_value.tv_usec = 1000 };
	timer_t timer;

	event.sigev_value.sival_int = 4711;
	MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
	MUST(timer_settime(timer, 0, &once, NULL));
	await_signal();
	SAY("timer: code %d value %d overrun %d\n", got.si_code, got.si_value.sival_int,
	    got.si_overrun);
	MUST(timer_delete(timer));
	MUST(setitimer(ITIMER_REAL, &real, NULL));
	await_signal();
	SAY("itimer: code %d from %s\n", got.si_code, who(got.si_pid, -1));
}

static void from_child(void)
{
	pid_t child = MUST(fork());

	if (child == 0)
		_exit(33);
	await_signal();
	SAY("SIGCHLD: code %d status %d from %s\n", got.si_code, got.si_status,
	    who(got.si_pid, child));
	tracee_say_status("child", tracee_wait(child, 0));
	child = MUST(fork());
	if (child == 0)
		for (;;)
			(void)pause();
	MUST(kill(child, SIGSTOP));
	await_signal();
	SAY("SIGCHLD: code %d status %d\n", got.si_code, got.si_status);
	MUST(kill(child, SIGCONT));
	await_signal();
	SAY("SIGCHLD: code %d status %d\n", got.si_code, got.si_status);
	MUST(kill(child, SIGKILL));
	await_signal();
	SAY("SIGCHLD: code %d status %d\n", got.si_code, got.si_status);
	tracee_say_status("child", tracee_wait(child, 0));
}

static void by_descriptor(void)
{
	int fds[2];

	MUST(pipe(fds));
	MUST(fcntl(fds[0], F_SETFL, O_ASYNC));
	MUST(fcntl(fds[0], F_SETOWN, getpid()));
	MUST(fcntl(fds[0], F_SETSIG, SIGUSR1));
	MUST(write(fds[1], "x", 1));
	await_signal();
	SAY("SIGIO: code %d band %#lx fd %s\n", got.si_code, got.si_band,
	    got.si_fd == fds[0] ? "the pipe" : "other");
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* The address that a fault names is part of it: garbage collectors live on that. */
static void faulted(void)
{
	static volatile int zero, one = 1;
	char *none = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *read_only = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	jump = 1;
	if (sigsetjmp(back, 1) == 0)
		*(volatile char *)(none + 123) = 1;
	SAY("SIGSEGV: code %d at %td\n", got.si_code, (char *)got.si_addr - none);
	if (sigsetjmp(back, 1) == 0)
		*(volatile char *)(read_only + 4321) = 1;
	SAY("SIGSEGV: code %d at %td\n", got.si_code, (char *)got.si_addr - read_only);
	if (sigsetjmp(back, 1) == 0)
		*(volatile char *)NULL = 1;
	SAY("SIGSEGV: code %d at %p\n", got.si_code, got.si_addr);
#ifdef __x86_64__
	if (sigsetjmp(back, 1) == 0)
		zero = one / zero;
	SAY("signal %d: code %d, %s\n", got.si_signo, got.si_code,
	    got.si_addr ? "an address" : "none");
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("ud2");
	SAY("signal %d: code %d, %s\n", got.si_signo, got.si_code,
	    got.si_addr ? "an address" : "none");
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("int3");
	SAY("signal %d: code %d\n", got.si_signo, got.si_code);
	/* The trap flag: one trap after each instruction while it is set. */
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; nop; nop" ::: "cc", "memory");
	SAY("signal %d: code %d\n", got.si_signo, got.si_code);
#endif
	jump = 0;
	count = 0;
}

/* Beyond the end of a file: SIGBUS. */
static void beyond(void)
{
	int fd = MUST(memfd_create("short", MFD_CLOEXEC));
	char *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	jump = 1;
	if (sigsetjmp(back, 1) == 0)
		(void)*(volatile char *)(map + 7);
	SAY("signal %d: code %d at %td\n", got.si_signo, got.si_code, (char *)got.si_addr - map);
	jump = 0;
	count = 0;
}

int main(void)
{
	static const int signals[] = { SIGUSR1, SIGALRM, SIGCHLD, SIGSEGV,
				       SIGBUS,	SIGFPE,	 SIGILL,  SIGTRAP };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		tracee_handle(signals[i], note, SA_RESTART);
	sent();
	timed();
	from_child();
	by_descriptor();
	faulted();
	beyond();
	return 0;
}
