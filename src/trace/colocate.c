/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/colocate.h"

#include <errno.h>
#include <stdio.h>
#include <sys/capability.h>
#include <sys/resource.h>

#include "sysprofile/fsutil.h"
#include "sysprofile/util.h"

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

void sp_colocate_init(struct sp_colocate *c)
{
	*c = (struct sp_colocate){
		.policy = sched_getscheduler(0),
		.nice = getpriority(PRIO_PROCESS, 0),
		.cpu = -1,
	};
	if (sched_getaffinity(0, sizeof(c->allowed), &c->allowed) < 0)
		return;
	/* On one CPU the tracee is woken there in any case. */
	c->possible =
		CPU_COUNT(&c->allowed) > 1 && c->policy == SCHED_OTHER && can_leave_idle(c->nice);
}

int sp_colocate_enter(struct sp_colocate *c)
{
	struct sched_param param = {};

	if (c->entered)
		return 0;
	if (!c->possible)
		return -EPERM;
	if (sched_setscheduler(0, SCHED_IDLE, &param) < 0)
		return -errno;
	c->entered = true;
	return 0;
}

void sp_colocate_leave(struct sp_colocate *c)
{
	struct sched_param param = {};

	if (!c->entered)
		return;
	(void)sched_setscheduler(0, c->policy, &param);
	if (c->cpu >= 0)
		(void)sched_setaffinity(0, sizeof(c->allowed), &c->allowed);
	c->cpu = -1;
	c->entered = false;
}

/* The processor that the task ran on last: field 39 of its stat file, -1 when unknown. */
static int last_cpu(pid_t tid)
{
	_cleanup_(sp_freep) char *text = NULL;
	char path[64];
	const char *p;
	size_t len;

	/* Not /proc/TID/stat, which adds up the times of all threads of the process. */
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", tid, tid);
	if (sp_read_file(path, 4096, &text, &len) < 0)
		return -1;
	/* The name in parentheses may hold blanks and parentheses itself; field 3 follows it. */
	p = strrchr(text, ')');
	for (int field = 2; p && field < 39; field++)
		p = strchr(p + 1, ' ');
	return p ? atoi(p + 1) : -1;
}

void sp_colocate_follow(struct sp_colocate *c, pid_t tid)
{
	int cpu = c->entered ? last_cpu(tid) : -1;
	cpu_set_t set;

	if (cpu < 0 || cpu >= CPU_SETSIZE || cpu == c->cpu || !CPU_ISSET(cpu, &c->allowed))
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) == 0)
		c->cpu = cpu;
}
