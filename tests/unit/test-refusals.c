/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/refusals.h"

#include <errno.h>
#include <signal.h>

#include "leak.h"
#include "sets.h"
#include "sysprofile/verification.h"

enum { ROOT = 100 };

/* The tasks of a fake run: threads have the process's id in the hundreds. */
static const char *exe_of(pid_t tid, void *userdata)
{
	(void)userdata;
	return tid >= 300 ? "/usr/bin/helper" : "/usr/sbin/daemon";
}

static pid_t process_of(pid_t tid, void *userdata)
{
	++*(int *)userdata;
	return tid / 10 * 10;
}

static void comm_of(pid_t tid, char *comm, void *userdata)
{
	(void)userdata;
	snprintf(comm, SP_COMM_SIZE, "comm%d", tid);
}

struct fixture {
	struct sp_groups *groups;
	struct sp_filter *filter;
	struct sp_refusals *refusals;
	int asked;
	bool own_filters;
	int64_t now;
};

static void begin(struct fixture *f, const char *text)
{
	const struct sp_refusals_ask ask = { exe_of, process_of, comm_of, &f->asked };

	*f = (struct fixture){ .groups = release("252") };
	cr_assert_eq(sp_filter_new(f->groups, &f->filter), 0);
	cr_assert_eq(sp_filter_parse(f->filter, "a.conf", text, strlen(text), NULL, NULL), 0);
	cr_assert_eq(sp_refusals_new(f->filter, NULL, ROOT, &ask, &f->refusals), 0);
	cr_assert_eq(sp_refusals_observe(f->refusals,
					 &(struct sp_event){ .kind = SP_EVENT_EXEC,
							     .tid = ROOT,
							     .former_tid = ROOT },
					 false),
		     0);
}

static void end(struct fixture *f)
{
	sp_refusals_free(f->refusals);
	sp_filter_free(f->filter);
	sp_groups_free(f->groups);
	sp_assert_no_leak();
}

static void observe(struct fixture *f, struct sp_event event)
{
	event.time_ns = f->now++;
	cr_assert_eq(sp_refusals_observe(f->refusals, &event, f->own_filters), 0);
}

static void call_number(struct fixture *f, pid_t tid, uint32_t arch, uint64_t nr)
{
	observe(f,
		(struct sp_event){ .kind = SP_EVENT_SYSCALL, .tid = tid, .arch = arch, .nr = nr });
}

static void call(struct fixture *f, pid_t tid, const char *name)
{
	uint32_t nr;

	cr_assert_eq(sp_call_number(call_named(name), sp_abi_native(), &nr), 0);
	call_number(f, tid, sp_abi_native(), nr);
}

static void answer(struct fixture *f, pid_t tid, int64_t value)
{
	observe(f, (struct sp_event){ .kind = SP_EVENT_ANSWER, .tid = tid, .answer = value });
}

static void gone(struct fixture *f, pid_t tid, int status)
{
	observe(f, (struct sp_event){ .kind = SP_EVENT_EXIT, .tid = tid, .status = status });
}

static size_t differences(const struct fixture *f)
{
	size_t n;

	(void)sp_refusals_differences(f->refusals, &n);
	return n;
}

#define DENY_EPERM "[Service]\nSystemCallFilter=~setuid setgid\nSystemCallErrorNumber=EPERM\n"
#define DENY_KILL  "[Service]\nSystemCallFilter=~setuid setgid:EPERM\n"

Test(refusals, who_and_how_often_is_told_apart)
{
	struct fixture f;
	const struct sp_refused_call *r;

	begin(&f, DENY_EPERM);
	call(&f, ROOT, "read");
	cr_expect(!sp_refusals_any(f.refusals));
	cr_expect_eq(f.asked, 0, "nobody is asked about a call that is allowed");
	call(&f, ROOT, "setuid");
	call(&f, 200, "setuid");
	call(&f, 201, "setuid");
	call(&f, 210, "setuid");
	call(&f, 300, "setuid");
	call(&f, 300, "setgid");
	cr_expect(sp_refusals_any(f.refusals));
	cr_assert_eq(sp_refusals_count(f.refusals), 4);
	r = sp_refusals_at(f.refusals, 0);
	cr_expect_str_eq(sp_call_name(r->call), "setgid");
	cr_expect_eq(r->role, SP_ROLE_HELPER);
	r = sp_refusals_at(f.refusals, 1);
	cr_expect_str_eq(sp_call_name(r->call), "setuid");
	cr_expect_eq(r->role, SP_ROLE_MAIN);
	cr_expect_eq(r->count, 1);
	r = sp_refusals_at(f.refusals, 2);
	cr_expect_eq(r->role, SP_ROLE_WORKER);
	cr_expect_str_eq(r->exe, "/usr/sbin/daemon");
	cr_expect_eq(r->count, 3);
	cr_expect_eq(r->processes, 2, "two threads of one process, and another process");
	cr_expect_eq(r->first_pid, 200);
	cr_expect_str_eq(r->first_comm, "comm200");
	cr_expect_eq(r->verdict.line, 2);
	cr_expect_str_eq(r->verdict.word, "setuid");
	r = sp_refusals_at(f.refusals, 3);
	cr_expect_eq(r->role, SP_ROLE_HELPER);
	end(&f);
}

Test(refusals, what_is_only_logged_is_kept_and_is_no_refusal)
{
	struct fixture f;

	begin(&f, "[Service]\nSystemCallLog=setuid\n");
	call(&f, ROOT, "setuid");
	cr_expect_eq(sp_refusals_count(f.refusals), 1);
	cr_expect(!sp_refusals_any(f.refusals));
	end(&f);
}

Test(refusals, numbers_and_abis_are_kept_apart)
{
	struct fixture f;

	begin(&f, "[Service]\nSystemCallFilter=@basic-io\n");
	call_number(&f, ROOT, sp_abi_native(), 900);
	call_number(&f, ROOT, sp_abi_native(), 70000);
	call_number(&f, ROOT, sp_abi_native(), 70000);
	call_number(&f, ROOT, sp_abi_native(), UINT64_MAX);
	cr_assert_eq(sp_refusals_count(f.refusals), 3);
	cr_expect_eq(sp_refusals_at(f.refusals, 0)->nr, 900);
	cr_expect_eq(sp_refusals_at(f.refusals, 1)->nr, 70000);
	cr_expect_eq(sp_refusals_at(f.refusals, 1)->count, 2);
	cr_expect_eq(sp_refusals_at(f.refusals, 2)->nr, UINT32_MAX);
	cr_expect(!sp_refusals_at(f.refusals, 2)->named);
	end(&f);
}

Test(refusals, a_call_behind_an_old_entrance_is_told_by_its_name)
{
	enum { SOCKETCALL = 102, SOCKET = 1, BIND = 2 };
	const sp_abi x86 = sp_abi_from_name("x86");
	const struct sp_refused_call *r;
	struct fixture f;

	if (sp_abi_local()[1] != x86)
		cr_skip_test("the calls of x86 are what is looked at");
	begin(&f, "[Service]\nSystemCallFilter=~bind:EACCES\n");
	for (uint64_t first = 0; first < 4; first++)
		observe(&f, (struct sp_event){ .kind = SP_EVENT_SYSCALL,
					       .tid = ROOT,
					       .arch = x86,
					       .nr = SOCKETCALL,
					       .args = { first } });
	cr_assert_eq(sp_refusals_count(f.refusals), 1);
	r = sp_refusals_at(f.refusals, 0);
	cr_expect_str_eq(sp_call_name(r->call), "bind");
	cr_expect_eq(r->nr, SOCKETCALL);
	cr_expect_eq(r->count, 1);
	cr_expect_eq(r->verdict.err, EACCES);
	end(&f);

	begin(&f, "[Service]\nSystemCallFilter=~bind:EACCES socketcall:ENOSYS\n");
	observe(&f, (struct sp_event){ .kind = SP_EVENT_SYSCALL,
				       .tid = ROOT,
				       .arch = x86,
				       .nr = SOCKETCALL,
				       .args = { BIND } });
	cr_assert_eq(sp_refusals_count(f.refusals), 1);
	r = sp_refusals_at(f.refusals, 0);
	cr_expect_str_eq(sp_call_name(r->call), "socketcall");
	cr_expect_eq(r->verdict.err, ENOSYS);
	end(&f);
}

Test(refusals, memory_has_a_bound)
{
	struct fixture f;

	begin(&f, "[Service]\nSystemCallFilter=@basic-io\n");
	for (uint32_t i = 0; i < 5000; i++)
		call_number(&f, ROOT, sp_abi_native(), 10000 + i);
	cr_expect_eq(sp_refusals_count(f.refusals), 4096);
	cr_expect_eq(sp_refusals_lost(f.refusals), 5000 - 4096);
	end(&f);
}

Test(refusals, an_answer_as_the_filter_says_is_counted)
{
	struct fixture f;

	begin(&f, DENY_EPERM);
	call(&f, ROOT, "setuid");
	answer(&f, ROOT, -EPERM);
	call(&f, ROOT, "setuid");
	answer(&f, ROOT, -EPERM);
	call(&f, ROOT, "read");
	answer(&f, ROOT, -EBADF);
	cr_expect_eq(sp_refusals_at(f.refusals, 0)->answered, 2);
	cr_expect_eq(differences(&f), 0);
	end(&f);
}

Test(refusals, another_answer_is_a_difference)
{
	struct fixture f;
	const struct sp_difference *d;
	size_t n;

	begin(&f, DENY_EPERM);
	call(&f, ROOT, "setuid");
	answer(&f, ROOT, 0);
	d = sp_refusals_differences(f.refusals, &n);
	cr_assert_eq(n, 1);
	cr_expect_eq(d->kind, SP_DIFFERENCE_ANSWER);
	cr_expect_eq(d->answer, 0);
	cr_expect_eq(d->tid, ROOT);
	cr_expect_str_eq(sp_call_name(d->call), "setuid");
	f.own_filters = true;
	call(&f, ROOT, "setuid");
	answer(&f, ROOT, -EXDEV);
	cr_expect_eq(differences(&f), 1, "a filter of its own may have answered");
	end(&f);
}

Test(refusals, a_call_that_kills_ends_its_task)
{
	struct fixture f;

	begin(&f, DENY_KILL);
	/* With or without a report of its exit in between. */
	call(&f, ROOT, "setuid");
	answer(&f, ROOT, -ENOSYS);
	gone(&f, ROOT, SIGSYS | 0x80);
	call(&f, 200, "setuid");
	gone(&f, 200, SIGSYS);
	cr_expect_eq(sp_refusals_at(f.refusals, 0)->answered, 1);
	cr_expect_eq(sp_refusals_at(f.refusals, 1)->answered, 1);
	/* Killed by somebody else before the filter was asked. */
	call(&f, 300, "setuid");
	gone(&f, 300, SIGKILL);
	cr_expect_eq(sp_refusals_at(f.refusals, 2)->answered, 0);
	cr_expect_eq(differences(&f), 0);
	end(&f);
}

Test(refusals, a_task_that_lives_on_is_a_difference)
{
	struct fixture f;
	size_t n;

	begin(&f, DENY_KILL);
	call(&f, ROOT, "setuid");
	answer(&f, ROOT, 0);
	cr_expect_eq(differences(&f), 0);
	call(&f, ROOT, "read");
	cr_assert_eq(differences(&f), 1);
	cr_expect_eq(sp_refusals_differences(f.refusals, &n)->kind, SP_DIFFERENCE_LIVES);
	call(&f, ROOT, "read");
	cr_expect_eq(differences(&f), 1);
	end(&f);
}

Test(refusals, a_source_without_answers_says_nothing_of_the_kernel)
{
	struct fixture f;

	begin(&f, DENY_KILL);
	call(&f, ROOT, "setuid");
	call(&f, ROOT, "setgid");
	call(&f, ROOT, "read");
	gone(&f, ROOT, 0);
	cr_expect_eq(differences(&f), 0);
	cr_expect_eq(sp_refusals_at(f.refusals, 0)->answered, 0);
	end(&f);
}

Test(refusals, a_death_in_place_of_an_errno_is_a_difference)
{
	struct fixture f;

	begin(&f, DENY_KILL);
	call(&f, ROOT, "setgid");
	gone(&f, ROOT, SIGSYS);
	cr_expect_eq(differences(&f), 1);
	/* But not when a sibling took the process with it. */
	call(&f, 200, "setgid");
	call(&f, 201, "setuid");
	gone(&f, 201, SIGSYS);
	gone(&f, 200, SIGSYS);
	cr_expect_eq(differences(&f), 1);
	end(&f);
}

Test(refusals, an_exec_leaves_nothing_behind_of_other_threads)
{
	struct fixture f;

	begin(&f, DENY_KILL);
	call(&f, ROOT, "setuid");
	answer(&f, ROOT, -ENOSYS);
	observe(&f,
		(struct sp_event){ .kind = SP_EVENT_EXEC, .tid = ROOT, .former_tid = ROOT + 1 });
	call(&f, ROOT, "read");
	cr_expect_eq(differences(&f), 0);
	end(&f);
}

/* The report. */

static char *printed(const struct sp_verification *v)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_not_null(f);
	sp_verification_print(v, f);
	cr_assert_eq(fclose(f), 0);
	return text;
}

Test(verification, is_written_for_people)
{
	struct fixture f;
	struct sp_verification v = { .enforced = true, .started = true, .major = 252 };
	_cleanup_(sp_freep) char *text = NULL;

	begin(&f, DENY_EPERM);
	f.now = INT64_C(200000000);
	call(&f, ROOT, "setuid");
	answer(&f, ROOT, -EPERM);
	call(&f, 200, "setuid");
	call(&f, 210, "setuid");
	v.refusals = f.refusals;
	v.n_needs = sp_needs_refused(f.filter, v.needs);
	cr_expect_eq(v.n_needs, 0);
	cr_expect(!sp_verification_holds(&v));
	text = printed(&v);
	cr_expect_str_eq(
		text,
		"setuid: refused with EPERM, because of setuid (a.conf:2)\n"
		"    1 time by the main process (/usr/sbin/daemon), first after 0.2 s by comm100 "
		"(pid 100); seen to happen 1 time\n"
		"    2 times by 2 workers (/usr/sbin/daemon), first after 0.2 s by comm200 "
		"(pid 200); seen to happen 0 times\n");
	end(&f);
}

Test(verification, tells_what_systemd_needs)
{
	static const struct {
		const char *release, *text;
		size_t needs;
	} cases[] = {
		{ "252", "SystemCallFilter=read", 1 },	     /* write */
		{ "252", "SystemCallFilter=read write", 0 }, /* execve is in @default */
		{ "257", "SystemCallFilter=read", 0 },	     /* adds write */
		{ "257", "SystemCallFilter=~write", 0 },     /* takes it off */
		{ "252", "SystemCallFilter=~execve write:0", 2 },
		{ "252", "SystemCallLog=execve write", 0 },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		_cleanup_(sp_groups_freep) struct sp_groups *groups = release(cases[i].release);
		_cleanup_(sp_filter_freep) struct sp_filter *filter = NULL;
		struct sp_need needs[SP_NEEDS_MAX];
		char text[128];
		int len = snprintf(text, sizeof(text), "[Service]\n%s\n", cases[i].text);

		cr_assert_eq(sp_filter_new(groups, &filter), 0);
		cr_assert_eq(sp_filter_parse(filter, "a.conf", text, (size_t)len, NULL, NULL), 0);
		cr_expect_eq(sp_needs_refused(filter, needs), cases[i].needs, "%s: %s",
			     cases[i].release, cases[i].text);
	}
}
