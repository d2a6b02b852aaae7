/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Where and how a busy process runs, asked again and again: affinity, policy, priority, nice. The
 * tracer may change its own while it waits; nothing of it may show here.
 */

#include <sched.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "tracee.h"

struct placement {
	cpu_set_t cpus;
	int policy, nice;
	struct sched_param param;
};

static void look(pid_t pid, struct placement *ret)
{
	*ret = (struct placement){ 0 };
	MUST(sched_getaffinity(pid, sizeof(ret->cpus), &ret->cpus));
	ret->policy = MUST(sched_getscheduler(pid));
	MUST(sched_getparam(pid, &ret->param));
	ret->nice = getpriority(PRIO_PROCESS, (id_t)pid);
}

static bool same(const struct placement *a, const struct placement *b)
{
	return CPU_EQUAL(&a->cpus, &b->cpus) && a->policy == b->policy && a->nice == b->nice &&
	       a->param.sched_priority == b->param.sched_priority;
}

static void say(const char *who, const struct placement *p)
{
	SAY("%s: %d CPUs, policy %d, priority %d, nice %d\n", who, CPU_COUNT(&p->cpus), p->policy,
	    p->param.sched_priority, p->nice);
}

/* Long enough, and with calls enough, for every way of waiting to be tried. */
static void work(const char *who, long ms)
{
	struct placement first, now;
	long end = tracee_now_ms() + ms, looks = 0, changes = 0;

	look(0, &first);
	say(who, &first);
	while (tracee_now_ms() < end) {
		for (int i = 0; i < 200; i++)
			(void)getppid();
		look(0, &now);
		looks++;
		changes += !same(&first, &now);
	}
	SAY("%s: %s, %ld changes\n", who, looks > 3 ? "looked" : "hardly looked", changes);
}

int main(void)
{
	cpu_set_t one;
	pid_t child;
	int cpu = 0;

	work("whole", 1200);
	child = MUST(fork());
	if (child == 0) {
		struct sched_param param = { 0 };

		MUST(sched_getaffinity(0, sizeof(one), &one));
		while (!CPU_ISSET(cpu, &one))
			cpu++;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		MUST(sched_setaffinity(0, sizeof(one), &one));
		MUST(sched_setscheduler(0, SCHED_BATCH, &param));
		work("pinned, batch", 600);
		_exit(1);
	}
	tracee_say_status("child", tracee_wait(child, 0));
	child = MUST(fork());
	if (child == 0) {
		errno = 0;
		(void)!nice(5);
		work("nice", 600);
		_exit(2);
	}
	tracee_say_status("child", tracee_wait(child, 0));
	return 0;
}
