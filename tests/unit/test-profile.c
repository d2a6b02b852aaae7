/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/profile.h"

#include "observe.h"

enum { SHELL = 100, DAEMON = 101, WORKER = 102 };

static struct sp_profile *new_profile(void)
{
	struct sp_profile *profile = NULL;

	cr_assert_eq(sp_profile_new(&profile), 0);
	return profile;
}

static struct sp_profile_totals totals_of(const struct sp_profile *profile)
{
	struct sp_profile_totals totals;

	sp_profile_totals(profile, &totals);
	return totals;
}

static const struct sp_profile_call *find(struct sp_profile *profile, const char *name)
{
	for (size_t i = 0; i < sp_profile_n_calls(profile); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(profile, i);

		if (call->named && sp_streq(sp_call_name(call->call), name))
			return call;
	}
	return NULL;
}

Test(profile, first_sighting_is_new_and_later_ones_are_counted)
{
	struct sp_profile *p = new_profile();
	const struct sp_profile_call *call;

	cr_assert_eq(observe_call(p, DAEMON, "read", 5), 1);
	sp_profile_name_first(p, "a-name-that-is-too-long");
	cr_assert_eq(observe_call(p, WORKER, "read", 9), 0);
	cr_assert_eq(observe_call(p, WORKER, "write", 11), 1);

	cr_assert_eq(sp_profile_n_calls(p), 2);
	call = find(p, "read");
	cr_assert_not_null(call);
	cr_expect_eq(call->count, 2);
	cr_expect_eq(call->first.time_ns, 5);
	cr_expect_eq(call->first.tid, DAEMON);
	cr_expect_str_eq(call->first.comm, "a-name-that-is-");
	cr_expect_eq(call->last.time_ns, 9);
	cr_expect_eq(call->last.tid, WORKER);
	cr_expect_str_eq(find(p, "write")->first.comm, "");
	sp_profile_free(p);
}

Test(profile, a_log_may_count_more_than_one_at_once)
{
	struct sp_profile *p = new_profile();
	struct sp_event event = { .kind = SP_EVENT_SYSCALL, .tid = DAEMON, .more = 41 };
	struct sp_profile_totals totals;
	uint32_t nr;

	cr_assert_eq(sp_call_number(call_named("read"), sp_abi_native(), &nr), 0);
	event.arch = sp_abi_native();
	event.nr = nr;
	cr_expect_eq(sp_profile_observe(p, &event), 1);
	cr_expect_eq(sp_profile_observe(p, &event), 0);
	cr_assert_not_null(find(p, "read"));
	cr_expect_eq(find(p, "read")->count, 84);
	sp_profile_totals(p, &totals);
	cr_expect_eq(totals.syscalls, 84);
	sp_profile_free(p);
}

Test(profile, calls_are_counted_by_the_program_that_makes_them)
{
	struct sp_profile *p = new_profile();
	const struct sp_profile_call *call;

	observe_task(p, SP_EVENT_PROCESS, SHELL);
	cr_assert_eq(sp_profile_set_exe(p, SHELL, "/bin/sh"), 0);
	cr_assert_eq(observe_call(p, SHELL, "read", 0), 1);
	cr_assert_eq(observe_call(p, SHELL, "read", 1), 0);
	/* The same task runs another program after an exec. */
	cr_assert_eq(sp_profile_set_exe(p, SHELL, "/usr/sbin/daemon"), 0);
	cr_assert_eq(observe_call(p, SHELL, "read", 2), 0);
	cr_assert_eq(observe_call(p, SHELL, "write", 3), 1);

	cr_assert_eq(sp_profile_n_exes(p), 2);
	cr_expect_str_eq(sp_profile_exe(p, 0), "/bin/sh");
	cr_expect_str_eq(sp_profile_exe(p, 1), "/usr/sbin/daemon");
	cr_expect_str_eq(sp_profile_exe_of(p, SHELL), "/usr/sbin/daemon");
	call = find(p, "read");
	cr_assert_eq(call->n_exe_count, 2);
	cr_expect_eq(call->exe_count[0], 2);
	cr_expect_eq(call->exe_count[1], 1);
	call = find(p, "write");
	cr_expect_eq(call->exe_count[0], 0);
	cr_expect_eq(call->first.exe, 1);
	sp_profile_free(p);
}

/* A task that execs or names itself has another name from then on; nobody is made up. */
Test(profile, a_name_is_followed_for_tasks_that_are_known)
{
	struct sp_profile *profile = NULL;
	struct sp_event call = { .kind = SP_EVENT_SYSCALL, .tid = 7, .arch = AUDIT_ARCH_X86_64 };
	struct sp_event birth = { .kind = SP_EVENT_PROCESS, .tid = 7 };

	cr_assert_eq(sp_profile_new(&profile), 0);
	cr_assert_eq(sp_profile_observe(profile, &birth), 0);
	sp_profile_follow_comm(profile, 7, "first");
	cr_assert_eq(sp_profile_observe(profile, &call), 1);
	cr_expect_str_eq(sp_profile_call_at(profile, 0)->first.comm, "first");
	sp_profile_follow_comm(profile, 7, "a name of more than 15");
	cr_assert_eq(sp_profile_observe(profile, &call), 0);
	cr_expect_str_eq(sp_profile_call_at(profile, 0)->first.comm, "first");
	cr_expect_str_eq(sp_profile_call_at(profile, 0)->last.comm, "a name of more ");
	call.tid = 8;
	sp_profile_follow_comm(profile, 8, "nobody");
	cr_assert_eq(sp_profile_observe(profile, &call), 0);
	cr_expect_str_eq(sp_profile_call_at(profile, 0)->last.comm, "");
	sp_profile_free(profile);
}

Test(profile, a_task_that_was_never_announced_counts_under_a_question_mark)
{
	struct sp_profile *p = new_profile();

	cr_expect_str_eq(sp_profile_exe_of(p, WORKER), "?");
	cr_expect_eq(sp_profile_n_exes(p), 0);
	cr_assert_eq(observe_call(p, WORKER, "read", 0), 1);
	cr_assert_eq(sp_profile_set_exe(p, DAEMON, ""), 0);
	cr_assert_eq(observe_call(p, DAEMON, "read", 0), 0);
	cr_assert_eq(sp_profile_n_exes(p), 1);
	cr_expect_str_eq(sp_profile_exe(p, 0), "?");
	cr_expect_eq(find(p, "read")->exe_count[0], 2);
	cr_expect_eq(totals_of(p).live_processes, 0);
	sp_profile_free(p);
}

Test(profile, live_tasks_come_and_go)
{
	struct sp_profile *p = new_profile();
	struct sp_profile_totals t;

	observe_task(p, SP_EVENT_PROCESS, DAEMON);
	observe_task(p, SP_EVENT_THREAD, WORKER);
	observe_task(p, SP_EVENT_PROCESS, SHELL);
	t = totals_of(p);
	cr_expect_eq(t.processes, 2);
	cr_expect_eq(t.threads, 1);
	cr_expect_eq(t.live_processes, 2);
	cr_expect_eq(t.live_threads, 1);

	observe_task(p, SP_EVENT_EXIT, WORKER);
	observe_task(p, SP_EVENT_EXIT, SHELL);
	/* Its end may be reported for a task that was never seen. */
	observe_task(p, SP_EVENT_EXIT, 4242);
	t = totals_of(p);
	cr_expect_eq(t.processes, 2);
	cr_expect_eq(t.threads, 1);
	cr_expect_eq(t.live_processes, 1);
	cr_expect_eq(t.live_threads, 0);

	/* The id comes round again as something else. */
	observe_task(p, SP_EVENT_PROCESS, WORKER);
	observe_task(p, SP_EVENT_THREAD, WORKER);
	t = totals_of(p);
	cr_expect_eq(t.live_processes, 1);
	cr_expect_eq(t.live_threads, 1);
	sp_profile_free(p);
}

struct exec_case {
	bool leader_ended;
	size_t live_processes;
};

Test(profile, a_thread_that_execs_takes_over_the_id_of_its_leader)
{
	static const struct exec_case cases[] = { { false, 1 }, { true, 1 } };

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct sp_profile *p = new_profile();
		struct sp_profile_totals t;

		observe_task(p, SP_EVENT_PROCESS, DAEMON);
		observe_task(p, SP_EVENT_THREAD, WORKER);
		sp_profile_set_exe(p, WORKER, "/old");
		if (cases[i].leader_ended)
			observe_task(p, SP_EVENT_EXIT, DAEMON);
		cr_assert_eq(sp_profile_observe(p, &(struct sp_event){ .kind = SP_EVENT_EXEC,
								       .tid = DAEMON,
								       .former_tid = WORKER }),
			     0);
		t = totals_of(p);
		cr_expect_eq(t.live_processes, cases[i].live_processes);
		cr_expect_eq(t.live_threads, 0);
		cr_expect_eq(t.processes, 1);
		cr_expect_str_eq(sp_profile_exe_of(p, WORKER), "?");
		sp_profile_free(p);
	}
}

Test(profile, an_ordinary_exec_keeps_the_task)
{
	struct sp_profile *p = new_profile();

	observe_task(p, SP_EVENT_PROCESS, DAEMON);
	sp_profile_observe(p, &(struct sp_event){
				      .kind = SP_EVENT_EXEC, .tid = DAEMON, .former_tid = DAEMON });
	cr_expect_eq(totals_of(p).live_processes, 1);
	sp_profile_free(p);
}

Test(profile, numbers_without_a_name_are_kept_up_to_a_bound)
{
	struct sp_profile *p = new_profile();
	const struct sp_profile_call *call;
	enum { BEYOND = 10 };

	for (unsigned i = 0; i < SP_PROFILE_UNNAMED_MAX; i++)
		cr_assert_eq(observe_number(p, DAEMON, sp_abi_native(), 70000 + i, 0), 1);
	for (unsigned i = 0; i < BEYOND; i++)
		cr_assert_eq(observe_number(p, DAEMON, sp_abi_native(), 170000 + i, 0), 0);
	cr_assert_eq(observe_number(p, DAEMON, sp_abi_native(), 70000, 0), 0);
	/* A call with a name is always taken in. */
	cr_assert_eq(observe_call(p, DAEMON, "read", 0), 1);

	cr_expect_eq(sp_profile_unnamed_lost(p), BEYOND);
	cr_expect_eq(sp_profile_n_calls(p), SP_PROFILE_UNNAMED_MAX + 1);
	cr_expect_eq(totals_of(p).syscalls, SP_PROFILE_UNNAMED_MAX + BEYOND + 2);
	call = sp_profile_call_at(p, 0);
	cr_expect(call->named);
	call = sp_profile_call_at(p, 1);
	cr_expect_not(call->named);
	cr_expect_eq(call->nr, 70000);
	cr_expect_eq(call->count, 2);
	sp_profile_free(p);
}

Test(profile, calls_stand_by_abi_then_name_then_number)
{
	static const struct {
		uint32_t arch;
		uint64_t nr;
	} events[] = {
		{ AUDIT_ARCH_I386, 70001 },   { AUDIT_ARCH_I386, 4 },
		{ AUDIT_ARCH_X86_64, 70000 }, { AUDIT_ARCH_X86_64, 1 },
		{ AUDIT_ARCH_X86_64, -1UL },  { AUDIT_ARCH_I386, 3 },
		{ AUDIT_ARCH_X86_64, 0 },
	};
	static const char *const want[] = { "x86-64 read",	 "x86-64 write", "x86-64 70000",
					    "x86-64 4294967295", "x86 read",	 "x86 write",
					    "x86 70001" };
	struct sp_profile *p = new_profile();
	struct sp_sysset names, expected = set_of("read write");

	if (!sp_streq(sp_abi_name(sp_abi_native()), "x86-64"))
		cr_skip_test("the numbers are those of x86-64");
	for (size_t i = 0; i < SP_ARRAY_SIZE(events); i++)
		cr_assert_eq(observe_number(p, DAEMON, events[i].arch, events[i].nr, 0), 1);
	cr_assert_eq(sp_profile_n_calls(p), SP_ARRAY_SIZE(want));
	for (size_t i = 0; i < SP_ARRAY_SIZE(want); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(p, i);
		char text[96], number[16];

		snprintf(number, sizeof(number), "%u", call->nr);
		snprintf(text, sizeof(text), "%s %s", sp_abi_name(call->abi),
			 call->named ? sp_call_name(call->call) : number);
		cr_expect_str_eq(text, want[i]);
	}
	sp_profile_names(p, &names);
	cr_expect(sp_sysset_equal(&names, &expected));
	sp_profile_free(p);
}

Test(profile, totals_tell_the_newest_call)
{
	struct sp_profile *p = new_profile();
	struct sp_profile_totals t = totals_of(p);
	char number[64];

	cr_expect_eq(t.last_new_ns, -1);
	cr_expect_null(t.last_new);
	observe_call(p, DAEMON, "read", 10);
	observe_call(p, DAEMON, "write", 20);
	observe_call(p, DAEMON, "read", 30);
	t = totals_of(p);
	cr_expect_eq(t.last_new_ns, 20);
	cr_expect_str_eq(t.last_new, "write");
	cr_expect_eq(t.last_event_ns, 30);
	cr_expect_eq(t.syscalls, 3);

	observe_number(p, DAEMON, sp_abi_native(), 70000, 40);
	snprintf(number, sizeof(number), "%s:70000", sp_abi_name(sp_abi_native()));
	cr_expect_str_eq(totals_of(p).last_new, number);
	sp_profile_free(p);
}

Test(profile, throw_away_programs_do_not_fill_the_memory)
{
	struct sp_profile *p = new_profile();
	char path[32];

	for (unsigned i = 0; i < 5000; i++) {
		snprintf(path, sizeof(path), "/tmp/%u", i);
		cr_assert_eq(sp_profile_set_exe(p, DAEMON, path), 0);
		cr_assert_geq(observe_call(p, DAEMON, "read", i), 0);
	}
	cr_expect_leq(sp_profile_n_exes(p), 1025);
	cr_expect_eq(find(p, "read")->count, 5000);
	cr_expect_str_eq(sp_profile_exe_of(p, DAEMON), "?");
	sp_profile_free(p);
}
