/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/waiter.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/capability.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sysprofile/fsutil.h"
#include "sysprofile/util.h"

enum {
	/* Stops between two looks at the clock's verdict. */
	WINDOW = 256,
	/* wait4(WNOHANG) before sleeping: about as long as a wake-up takes. */
	SPINS = 200,
	/* Stops between two looks at where the tracee runs. */
	FOLLOW = 64,
};

#define MS INT64_C(1000000)

/* Below this rate of stops a second nothing is worth a change. */
#define BUSY_RATE 3000.0
/* The best way is looked for anew after this time; loads change. */
#define REVIEW_NS (2000 * MS)
/* A way that fared badly is not tried again for this long, and twice as long each time. */
#define BAN_MIN_NS (1000 * MS)
#define BAN_MAX_NS (64000 * MS)
/* What fares worse than this, next to the best, is tried less and less often. */
#define CLEARLY_WORSE 0.8
/* A wait this long says that the tracer does not get the CPU, whatever the rate was. */
#define STARVED_NS (30 * MS)

struct sp_waiter {
	enum sp_wait_way way;
	bool available[_SP_WAIT_MAX];

	/* The window under way. */
	unsigned stops;
	int64_t window_start_ns;
	int64_t last_ns; /* when the last wait ended */

	/* The trial: each way gets a window, then the best stays until the review. */
	bool in_trial;
	double rate[_SP_WAIT_MAX]; /* stops a second in the trial; 0: not tried */
	int64_t review_ns;
	int64_t banned_until_ns[_SP_WAIT_MAX], ban_ns[_SP_WAIT_MAX];

	cpu_set_t allowed; /* before we changed anything */
	int policy, nice;
	int cpu;	  /* where we went; -1: anywhere allowed */
	int64_t ready_ns; /* time we were ready but not running, when last looked at; -1: unknown */

	struct sp_waiter_stats stats;
};

const char *sp_wait_way_name(enum sp_wait_way way)
{
	static const char *const names[] = {
		[SP_WAIT_BLOCK] = "block",
		[SP_WAIT_SPIN] = "spin",
		[SP_WAIT_COLOCATE] = "co-locate",
	};

	return names[way];
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 * MS + now.tv_nsec;
}

static bool has_initial_users(void)
{
	_cleanup_(sp_freep) char *text = NULL;
	unsigned long inside, outside, count;
	size_t len;

	/* user_namespaces(7): the initial one maps every id to itself. */
	return sp_read_file("/proc/self/uid_map", 4096, &text, &len) == 0 &&
	       sscanf(text, "%lu %lu %lu", &inside, &outside, &count) == 3 && inside == 0 &&
	       outside == 0 && count == 0xffffffffUL;
}

/*
 * An unprivileged task may enter SCHED_IDLE but leave it only where its nice limit would let it
 * raise its priority (sched(7), setrlimit(2)): entering without a way back would starve us. Root
 * of another user namespace has the capability too, and cannot use it for this.
 */
static bool can_leave_idle(int nice)
{
	cap_flag_value_t flag = CAP_CLEAR;
	struct rlimit limit;
	cap_t caps = cap_get_proc();

	if (caps) {
		(void)cap_get_flag(caps, CAP_SYS_NICE, CAP_EFFECTIVE, &flag);
		(void)cap_free(caps);
	}
	if (flag == CAP_SET && has_initial_users())
		return true;
	return getrlimit(RLIMIT_NICE, &limit) == 0 &&
	       (limit.rlim_cur == RLIM_INFINITY || (long)limit.rlim_cur >= 20 - nice);
}

int sp_waiter_new(struct sp_waiter **ret)
{
	struct sp_waiter *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->cpu = -1;
	w->nice = getpriority(PRIO_PROCESS, 0);
	w->policy = sched_getscheduler(0);
	w->available[SP_WAIT_BLOCK] = true;
	if (sched_getaffinity(0, sizeof(w->allowed), &w->allowed) == 0) {
		/* On one CPU whoever spins keeps the tracee from running. */
		w->available[SP_WAIT_SPIN] = CPU_COUNT(&w->allowed) > 1;
		w->available[SP_WAIT_COLOCATE] = CPU_COUNT(&w->allowed) > 1 &&
						 w->policy == SCHED_OTHER &&
						 can_leave_idle(w->nice);
	}
	w->last_ns = w->window_start_ns = now_ns();
	*ret = w;
	return 0;
}

/*
 * Others want our CPU, and SCHED_IDLE means after everybody else: the tracees wait with us. An
 * idle target looks the same from here, but the scheduler's account of our waiting for a CPU
 * tells the two apart.
 */
static int64_t runqueue_wait_ns(void)
{
	_cleanup_(sp_freep) char *text = NULL;
	unsigned long long run, wait;
	size_t len;

	if (sp_read_file("/proc/thread-self/schedstat", 256, &text, &len) < 0 ||
	    sscanf(text, "%llu %llu", &run, &wait) != 2)
		return -1;
	return (int64_t)wait;
}

static void leave(struct sp_waiter *w)
{
	struct sched_param param = {};

	if (w->way != SP_WAIT_COLOCATE)
		return;
	(void)sched_setscheduler(0, w->policy, &param);
	if (w->cpu >= 0)
		(void)sched_setaffinity(0, sizeof(w->allowed), &w->allowed);
	w->cpu = -1;
}

/*
 * The scheduler takes a CPU that runs only SCHED_IDLE tasks for an idle one: it wakes the tracee
 * there, in front of us, and no other CPU has to be woken.
 */
static void enter(struct sp_waiter *w, enum sp_wait_way way)
{
	struct sched_param param = {};

	w->stops = 0;
	w->window_start_ns = w->last_ns;
	if (way == w->way)
		return;
	leave(w);
	w->way = way;
	w->stats.changes[way]++;
	if (way != SP_WAIT_COLOCATE)
		return;
	w->ready_ns = runqueue_wait_ns();
	if (sched_setscheduler(0, SCHED_IDLE, &param) < 0) {
		w->available[SP_WAIT_COLOCATE] = false;
		w->way = SP_WAIT_BLOCK;
	}
}

struct sp_waiter *sp_waiter_free(struct sp_waiter *w)
{
	if (!w)
		return NULL;
	leave(w);
	free(w);
	return NULL;
}

/* The processor that the task ran on last: field 39 of /proc/TID/stat, -1 when unknown. */
static int last_cpu(pid_t tid)
{
	_cleanup_(sp_freep) char *text = NULL;
	char path[64];
	const char *p;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	if (sp_read_file(path, 4096, &text, &len) < 0)
		return -1;
	/* The name in parentheses may hold blanks and parentheses itself; field 3 follows it. */
	p = strrchr(text, ')');
	for (int field = 2; p && field < 39; field++)
		p = strchr(p + 1, ' ');
	return p ? atoi(p + 1) : -1;
}

static void follow(struct sp_waiter *w, pid_t tid)
{
	int cpu = last_cpu(tid);
	cpu_set_t set;

	if (cpu < 0 || cpu >= CPU_SETSIZE || cpu == w->cpu || !CPU_ISSET(cpu, &w->allowed))
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) == 0)
		w->cpu = cpu;
}

static void ban(struct sp_waiter *w, enum sp_wait_way way, int64_t now)
{
	int64_t ns = w->ban_ns[way] ? w->ban_ns[way] * 2 : BAN_MIN_NS;

	w->ban_ns[way] = ns < BAN_MAX_NS ? ns : BAN_MAX_NS;
	w->banned_until_ns[way] = now + w->ban_ns[way];
}

/* The next way that the trial has not tried; _SP_WAIT_MAX when it is over. */
static enum sp_wait_way next_candidate(const struct sp_waiter *w, int64_t now)
{
	for (int way = 0; way < _SP_WAIT_MAX; way++)
		if (w->available[way] && w->rate[way] == 0 && now >= w->banned_until_ns[way])
			return (enum sp_wait_way)way;
	return _SP_WAIT_MAX;
}

static enum sp_wait_way best_way(const struct sp_waiter *w)
{
	enum sp_wait_way best = SP_WAIT_BLOCK;

	for (int way = 0; way < _SP_WAIT_MAX; way++)
		if (w->rate[way] > w->rate[best])
			best = (enum sp_wait_way)way;
	return best;
}

/*
 * More tasks want to run than there are CPUs (proc_loadavg(5), the fourth field): then SCHED_IDLE
 * would wait behind all of them, and spinning would take what the tracees need.
 */
static bool is_saturated(void)
{
	_cleanup_(sp_freep) char *text = NULL;
	long running = 0;
	size_t len;

	if (sp_read_file("/proc/loadavg", 256, &text, &len) < 0 ||
	    sscanf(text, "%*s %*s %*s %ld/", &running) != 1)
		return false;
	return running > sysconf(_SC_NPROCESSORS_ONLN);
}

static void begin_trial(struct sp_waiter *w, double rate, int64_t now)
{
	for (int way = 0; way < _SP_WAIT_MAX; way++)
		w->rate[way] = 0;
	w->rate[w->way] = rate;
	w->in_trial = true;
	if (!is_saturated())
		return;
	for (int way = SP_WAIT_BLOCK + 1; way < _SP_WAIT_MAX; way++)
		if (w->banned_until_ns[way] < now + BAN_MIN_NS)
			w->banned_until_ns[way] = now + BAN_MIN_NS;
}

static void end_trial(struct sp_waiter *w, int64_t now)
{
	enum sp_wait_way best = best_way(w);

	w->in_trial = false;
	w->review_ns = now + REVIEW_NS;
	for (int way = 0; way < _SP_WAIT_MAX; way++) {
		/* Proven good: its next failure is not held against it for long. */
		if (way == (int)best)
			w->ban_ns[way] = 0;
		else if (w->rate[way] > 0 && w->rate[way] < w->rate[best] * CLEARLY_WORSE)
			ban(w, (enum sp_wait_way)way, now);
	}
	enter(w, best);
}

static void step_trial(struct sp_waiter *w, int64_t now)
{
	enum sp_wait_way way = next_candidate(w, now);

	if (way == _SP_WAIT_MAX)
		end_trial(w, now);
	else
		enter(w, way);
}

/* A window is full, or the tracer was starved in it. */
static void judge(struct sp_waiter *w, int64_t now)
{
	double elapsed = (double)(now - w->window_start_ns) / 1e9;
	double rate = elapsed > 0 ? w->stops / elapsed : 0;

	if (w->in_trial) {
		/* A trial that tells nothing still has been made. */
		w->rate[w->way] = rate > 0 ? rate : 1e-9;
		step_trial(w, now);
	} else if (rate < BUSY_RATE) {
		enter(w, SP_WAIT_BLOCK);
	} else if (now >= w->review_ns || rate < w->rate[w->way] / 2) {
		begin_trial(w, rate, now);
		step_trial(w, now);
	} else {
		enter(w, w->way);
	}
}

static pid_t spin(int *status)
{
	for (int i = 0; i < SPINS; i++) {
		pid_t tid = wait4(-1, status, __WALL | WNOHANG, NULL);

		if (tid != 0)
			return tid;
	}
	return wait4(-1, status, __WALL, NULL);
}

/* Whether the wait that just ended, long as it was, was spent ready to run. */
static bool was_starved(struct sp_waiter *w, int64_t waited_ns)
{
	int64_t before = w->ready_ns;

	if (w->way != SP_WAIT_COLOCATE || waited_ns < STARVED_NS)
		return false;
	w->ready_ns = runqueue_wait_ns();
	return before < 0 || w->ready_ns < 0 || w->ready_ns - before > STARVED_NS / 2;
}

static void account(struct sp_waiter *w, int64_t now)
{
	w->stats.stops[w->way]++;
	w->stats.ns[w->way] += now - w->last_ns;
}

pid_t sp_waiter_wait(struct sp_waiter *w, int *status)
{
	pid_t tid = w->way == SP_WAIT_SPIN ? spin(status) : wait4(-1, status, __WALL, NULL);
	int64_t now, waited;

	if (tid <= 0)
		return tid;
	now = now_ns();
	waited = now - w->last_ns;
	account(w, now);
	w->last_ns = now;
	w->stops++;
	if (was_starved(w, waited)) {
		ban(w, SP_WAIT_COLOCATE, now);
		judge(w, now);
	} else if (w->stops >= WINDOW) {
		judge(w, now);
	}
	if (w->way == SP_WAIT_COLOCATE && w->stops % FOLLOW == 0) {
		follow(w, tid);
		w->ready_ns = runqueue_wait_ns();
	}
	return tid;
}

void sp_waiter_stats(const struct sp_waiter *w, struct sp_waiter_stats *ret)
{
	*ret = w->stats;
	ret->way = w->way;
}
