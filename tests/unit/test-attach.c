/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/attach.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "sysprofile/procfs.h"
#include "sysprofile/seize.h"
#include "sysprofile/syscalls.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

/* What a target tells, in memory that it shares with the test. */
static struct shared {
	_Atomic int ready;
	_Atomic int broken; /* waits that ended as they should not have */
	_Atomic unsigned long work;
	_Atomic int stop;
} * shared;

static void share(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	cr_assert_neq(shared, MAP_FAILED);
}

static void nap(long ns)
{
	(void)nanosleep(&(struct timespec){ ns / SP_NSEC_PER_SEC, ns % SP_NSEC_PER_SEC }, NULL);
}

static pid_t start(void (*run)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		run();
		_exit(0);
	}
	cr_assert_gt(pid, 0);
	while (!shared->ready)
		nap(1000000);
	return pid;
}

static void finish(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

static void *wait_in_poll(void *arg)
{
	(void)arg;
	shared->ready++;
	if (poll(NULL, 0, -1) != 0)
		shared->broken++;
	return NULL;
}

static void *wait_in_sigwait(void *arg)
{
	sigset_t set;

	(void)arg;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	shared->ready++;
	if (sigwaitinfo(&set, NULL) != SIGUSR2)
		shared->broken++;
	return NULL;
}

static void *work(void *arg)
{
	(void)arg;
	shared->ready++;
	while (!shared->stop) {
		(void)syscall(SYS_getppid);
		shared->work++;
	}
	return NULL;
}

static void be_a_server(void)
{
	void *(*const duties[])(void *) = { wait_in_poll, wait_in_sigwait, work };
	pthread_t thread;
	int before;

	for (size_t i = 0; i < SP_ARRAY_SIZE(duties); i++)
		(void)pthread_create(&thread, NULL, duties[i], NULL);
	if (fork() == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)wait_in_poll(NULL);
		_exit(0);
	}
	before = ++shared->ready;
	(void)before;
	for (;;)
		(void)pause();
}

struct seen {
	size_t counts[_SP_EVENT_MAX];
	bool poll, sigwait, getppid, pause, restart;
};

static void note(struct seen *seen, const struct sp_event *event)
{
	seen->counts[event->kind]++;
	if (event->kind != SP_EVENT_SYSCALL)
		return;
	seen->poll |= event->nr == SYS_poll;
	seen->sigwait |= event->nr == SYS_rt_sigtimedwait;
	seen->getppid |= event->nr == SYS_getppid;
	seen->pause |= event->nr == SYS_pause;
	seen->restart |= event->nr == SYS_restart_syscall;
}

static struct sp_tracer *attach(pid_t pid, struct sp_attached *attached)
{
	struct sp_attach_request request = { .pids = &pid, .n_pids = 1 };
	struct sp_tracer *tracer = NULL;
	struct sp_attach_error error = {};

	cr_assert_eq(sp_attach(&request, &tracer, attached, &error), 0, "pid %d: errno %d",
		     error.pid, error.error);
	return tracer;
}

static void on_tick(int sig)
{
	(void)sig;
}

/* A tracer waits for as long as nothing happens. */
static void start_ticks(void)
{
	const struct sigaction action = { .sa_handler = on_tick };
	const struct itimerval period = { { 0, 5000 }, { 0, 5000 } };

	cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
	cr_assert_eq(setitimer(ITIMER_REAL, &period, NULL), 0);
}

static void stop_ticks(void)
{
	cr_assert_eq(setitimer(ITIMER_REAL, &(struct itimerval){}, NULL), 0);
}

static void serve(struct sp_tracer *tracer, int milliseconds, struct seen *seen)
{
	int64_t end = sp_monotonic_ns() + milliseconds * INT64_C(1000000);

	start_ticks();
	while (sp_monotonic_ns() < end) {
		struct sp_event event;
		int r = sp_tracer_next(tracer, &event);

		if (r > 0)
			note(seen, &event);
		else if (r != -EINTR)
			break;
	}
	stop_ticks();
}

static bool has_met_all(const struct seen *seen)
{
	return seen->counts[SP_EVENT_PROCESS] == 2 && seen->counts[SP_EVENT_THREAD] == 3 &&
	       seen->getppid && seen->pause && seen->sigwait && (seen->poll || seen->restart);
}

static char state_of(pid_t pid)
{
	char path[64], state = '?';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (f) {
		(void)fscanf(f, "%*d (%*[^)]) %c", &state);
		fclose(f);
	}
	return state;
}

static long tracer_of(pid_t pid)
{
	long tracer = -1;

	(void)sp_proc_status("/proc", pid, "TracerPid", &tracer);
	return tracer;
}

Test(attach, all_tasks_are_met_and_let_go_and_none_of_their_waits_ends, .timeout = 60)
{
	struct sp_attached attached;
	unsigned long before;
	pid_t pid;

	share();
	pid = start(be_a_server);
	while (shared->ready < 5)
		nap(1000000);
	for (int i = 0; i < 20; i++) {
		struct seen seen = {};
		struct sp_tracer *tracer = attach(pid, &attached);

		cr_expect_eq(attached.processes, 2);
		cr_expect_eq(attached.threads, 5);
		cr_expect_eq(attached.refused, 0);
		for (int k = 0; k < 500 && !has_met_all(&seen); k++)
			serve(tracer, 10, &seen);
		cr_expect_eq(seen.counts[SP_EVENT_PROCESS], 2);
		cr_expect_eq(seen.counts[SP_EVENT_THREAD], 3);
		cr_expect(seen.getppid);
		cr_expect(seen.pause);
		cr_expect(seen.sigwait);
		cr_expect(seen.poll || seen.restart);
		sp_tracer_free(tracer);
		cr_expect_eq(tracer_of(pid), 0);
		before = shared->work;
		for (int k = 0; k < 1000 && shared->work == before; k++)
			nap(1000000);
		cr_expect_gt(shared->work, before, "it does not go on");
	}
	cr_expect_eq(shared->broken, 0);
	finish(pid);
}

static void be_stopped(void)
{
	shared->ready = 1;
	(void)raise(SIGSTOP);
	shared->work++;
	for (;;)
		(void)pause();
}

Test(attach, what_is_stopped_stays_stopped, .timeout = 30)
{
	struct sp_attached attached;
	struct sp_tracer *tracer;
	int status;
	pid_t pid;

	share();
	pid = start(be_stopped);
	cr_assert_eq(waitpid(pid, &status, WUNTRACED), pid);
	tracer = attach(pid, &attached);
	sp_tracer_free(tracer);
	cr_expect_eq(tracer_of(pid), 0);
	nap(20000000);
	cr_expect_eq(state_of(pid), 'T');
	cr_expect_eq(shared->work, 0);
	cr_assert_eq(kill(pid, SIGCONT), 0);
	for (int i = 0; i < 1000 && shared->work == 0; i++)
		nap(1000000);
	cr_expect_eq(shared->work, 1);
	finish(pid);
}

static void count_signal(int sig)
{
	(void)sig;
	shared->work++;
}

static void take_signals(void)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = SA_RESTART };

	(void)sigaction(SIGUSR1, &action, NULL);
	shared->ready = 1;
	for (;;)
		(void)syscall(SYS_getppid);
}

/* One at a time: the same signal twice is one until it is taken. */
Test(attach, no_signal_is_lost_when_it_is_let_go, .timeout = 60)
{
	struct sp_attached attached;
	unsigned long sent = 0;
	pid_t pid;

	share();
	pid = start(take_signals);
	for (int i = 0; i < 100; i++) {
		struct sp_tracer *tracer = attach(pid, &attached);
		struct seen seen = {};

		serve(tracer, 1, &seen);
		cr_assert_eq(kill(pid, SIGUSR1), 0);
		sent++;
		sp_tracer_free(tracer);
		for (int k = 0; k < 2000 && shared->work < sent; k++)
			nap(1000000);
		cr_assert_eq(shared->work, sent);
	}
	finish(pid);
}

static void storm(void)
{
	shared->ready = 1;
	(void)signal(SIGCHLD, SIG_IGN);
	while (!shared->stop) {
		pid_t pid = fork();

		if (pid == 0) {
			shared->work++;
			_exit(0);
		}
		nap(100000);
	}
}

Test(attach, a_storm_of_forks_goes_on_before_during_and_after, .timeout = 60)
{
	struct sp_attached attached;
	unsigned long before;
	pid_t pid;

	share();
	pid = start(storm);
	for (int i = 0; i < 30; i++) {
		struct seen seen = {};
		struct sp_tracer *tracer = attach(pid, &attached);

		cr_expect_not(attached.incomplete);
		before = shared->work;
		/* How soon is the machine's affair. */
		for (int k = 0; k < 300; k++) {
			serve(tracer, 30, &seen);
			if (seen.counts[SP_EVENT_PROCESS] >= 2 && shared->work > before)
				break;
		}
		cr_expect_gt(shared->work, before);
		cr_expect_geq(seen.counts[SP_EVENT_PROCESS], 2);
		sp_tracer_free(tracer);
		cr_expect_eq(tracer_of(pid), 0);
		before = shared->work;
		for (int k = 0; k < 500 && shared->work == before; k++)
			nap(20000000);
		cr_expect_gt(shared->work, before);
	}
	shared->stop = 1;
	(void)waitpid(pid, NULL, 0);
}

static void *exec_again(void *arg)
{
	(void)arg;
	(void)execl("/bin/sleep", "sleep", "100", NULL);
	return NULL;
}

static void *sleep_on(void *arg)
{
	(void)arg;
	(void)pause();
	return NULL;
}

/* An exec by a thread waits for the others to be reaped, and a seizure waits for the exec. */
static void start_execs(void)
{
	pthread_t threads[4];

	shared->ready = 1;
	for (int i = 0; i < 3; i++)
		(void)pthread_create(&threads[i], NULL, sleep_on, NULL);
	(void)pthread_create(&threads[3], NULL, exec_again, NULL);
	(void)pause();
}

Test(attach, who_is_not_there_or_waits_for_us_is_refused, .timeout = 30)
{
	pid_t pids[] = { getpid(), getppid(), fork() };
	struct sp_tracer *tracer = NULL;
	struct sp_attached attached;

	if (pids[2] == 0)
		_exit(0);
	cr_assert_eq(waitpid(pids[2], NULL, 0), pids[2]);
	for (size_t i = 0; i < SP_ARRAY_SIZE(pids); i++) {
		struct sp_attach_request request = { .pids = &pids[i], .n_pids = 1 };
		struct sp_attach_error error = {};

		cr_assert_eq(sp_attach(&request, &tracer, &attached, &error), -1);
		cr_expect_eq(error.pid, pids[i]);
		cr_expect_eq(error.error, i == 2 ? ESRCH : EDEADLK);
	}
}

static void trace_a_child(void)
{
	pid_t child = fork();

	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	(void)ptrace(PTRACE_SEIZE, child, 0, 0);
	shared->work = (unsigned long)child;
	shared->ready = 1;
	for (;;)
		(void)pause();
}

Test(attach, what_another_traces_is_refused_and_the_rest_followed, .timeout = 30)
{
	struct sp_attach_error error = {};
	struct sp_attach_request request = { .n_pids = 1 };
	struct sp_tracer *tracer = NULL;
	struct sp_attached attached;
	pid_t pid, child;

	share();
	pid = start(trace_a_child);
	child = (pid_t)shared->work;
	request.pids = &child;
	cr_assert_eq(sp_attach(&request, &tracer, &attached, &error), -1);
	cr_expect_eq(error.pid, child);
	cr_expect_eq(error.error, EPERM);
	tracer = attach(pid, &attached);
	cr_expect_eq(attached.refused, 1);
	cr_expect_eq(attached.one_refused, child);
	cr_expect_eq(attached.refused_error, EPERM);
	sp_tracer_free(tracer);
	cr_expect_eq(tracer_of(child), pid);
	finish(pid);
}

Test(attach, an_exec_under_way_does_not_hang_it, .timeout = 60)
{
	struct sp_attached attached;

	share();
	for (int i = 0; i < 30; i++) {
		struct seen seen = {};
		struct sp_tracer *tracer;
		pid_t pid;

		shared->ready = 0;
		pid = start(start_execs);
		tracer = attach(pid, &attached);
		serve(tracer, 5, &seen);
		sp_tracer_free(tracer);
		finish(pid);
	}
}
