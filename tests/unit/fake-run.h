/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A run of a small daemon that nobody ran: fixed, so that what is written of it is fixed too. */

#include "observe.h"
#include "sysprofile/result.h"

static inline void fake_calls(struct sp_profile *profile, pid_t tid, const char *comm,
			      const char *names, int64_t time_ns)
{
	while (*names) {
		size_t len = strcspn(names, " ");
		char name[64];
		int r;

		snprintf(name, sizeof(name), "%.*s", (int)len, names);
		r = observe_call(profile, tid, name, time_ns);
		cr_assert_geq(r, 0);
		if (r == 1)
			sp_profile_name_first(profile, comm);
		names += len;
		names += strspn(names, " ");
	}
}

static inline struct sp_profile *fake_run(void)
{
	struct sp_profile *profile = NULL;

	cr_assert_eq(sp_profile_new(&profile), 0);
	observe_task(profile, SP_EVENT_PROCESS, 4711);
	cr_assert_eq(sp_profile_set_exe(profile, 4711, "/usr/sbin/apache2"), 0);
	fake_calls(
		profile, 4711, "apache2",
		"execve brk mmap openat read pread64 close newfstatat mprotect munmap fcntl socket "
		"setsockopt bind listen prctl rt_sigaction rt_sigprocmask epoll_create1 epoll_ctl "
		"unlink rename chmod geteuid getpid lseek pipe2 clone set_robust_list rseq",
		100000000);
	observe_task(profile, SP_EVENT_PROCESS, 4712);
	cr_assert_eq(sp_profile_set_exe(profile, 4712, "/usr/sbin/apache2"), 0);
	fake_calls(profile, 4712, "apache2", "setgid setgroups setuid", 400000000);
	fake_calls(profile, 4712, "apache2", "setuid setuid", 410000000);
	observe_task(profile, SP_EVENT_THREAD, 4713);
	cr_assert_eq(sp_profile_set_exe(profile, 4713, "/usr/sbin/apache2"), 0);
	fake_calls(profile, 4713, "apache2",
		   "accept4 epoll_wait recvmsg writev write shutdown futex madvise read close",
		   72500000000);
	observe_task(profile, SP_EVENT_PROCESS, 4714);
	cr_assert_eq(sp_profile_set_exe(profile, 4714, "/usr/bin/rotatelogs"), 0);
	fake_calls(profile, 4714, "rotatelogs", "execve read write exit_group", 73000000000);
	return profile;
}

static inline struct sp_run_facts fake_facts(void)
{
	static const char *const notes[] = {
		"apache2 (pid 4712) makes itself a new user: NoNewPrivileges= would not hold it "
		"back.",
		NULL,
	};

	return (struct sp_run_facts){
		.command = "/usr/sbin/apache2 -DFOREGROUND",
		.kernel = "6.1.0-18-amd64",
		.libc = "glibc 2.36",
		.duration_ns = INT64_C(725000000000),
		.notes = notes,
	};
}
