/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/launch.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sysprofile/syscalls.h"
#include "sysprofile/util.h"

/* What a whole run looked like from the outside of the tracer. */
struct seen {
	size_t counts[_SP_EVENT_MAX];
	enum sp_event_kind first[3];
	size_t n_first;
	int root_status;
	bool called_exit_group;
};

static void run(char *const argv[], struct seen *seen)
{
	_cleanup_(sp_tracer_freep) struct sp_tracer *tracer = NULL;
	struct sp_launch_error error;
	struct sp_event event;
	int64_t last_ns = 0;
	pid_t root = 0;
	int r;

	*seen = (struct seen){ .root_status = -1 };
	cr_assert_eq(sp_launch(&(struct sp_launch_request){ .argv = argv }, &tracer, &root, &error),
		     0, "step %d, errno %d", (int)error.step, error.error);
	while ((r = sp_tracer_next(tracer, &event)) > 0) {
		sp_call call;

		cr_expect_geq(event.time_ns, last_ns, "time runs backwards");
		last_ns = event.time_ns;
		seen->counts[event.kind]++;
		if (seen->n_first < SP_ARRAY_SIZE(seen->first))
			seen->first[seen->n_first++] = event.kind;
		if (event.kind == SP_EVENT_EXIT && event.tid == root)
			seen->root_status = event.status;
		if (event.kind == SP_EVENT_SYSCALL &&
		    sp_call_from_number(event.arch, event.nr, &call) == 0 &&
		    sp_streq(sp_call_name(call), "exit_group"))
			seen->called_exit_group = true;
	}
	cr_expect_eq(r, 0);
	cr_expect_eq(sp_tracer_tracees(tracer, NULL, 0), 0);
}

#define ARGV(...) ((char *[]){ __VA_ARGS__, NULL })

Test(launch, events_come_from_birth_to_end, .timeout = 30)
{
	struct seen seen;

	run(ARGV((char *)"sh", (char *)"-c", (char *)"exit 7"), &seen);
	cr_expect_eq(seen.first[0], SP_EVENT_PROCESS);
	cr_expect_eq(seen.first[1], SP_EVENT_EXEC);
	cr_expect_eq(seen.first[2], SP_EVENT_SYSCALL);
	cr_expect_eq(seen.counts[SP_EVENT_PROCESS], 1);
	cr_expect_eq(seen.counts[SP_EVENT_EXEC], 1);
	cr_expect_eq(seen.counts[SP_EVENT_EXIT], 1);
	cr_expect(WIFEXITED(seen.root_status));
	cr_expect_eq(WEXITSTATUS(seen.root_status), 7);
	cr_expect(seen.called_exit_group, "a call that never returns counts");
}

Test(launch, children_are_followed_until_the_last_one_ends, .timeout = 30)
{
	struct seen seen;

	run(ARGV((char *)"sh", (char *)"-c",
		 (char *)"for i in 1 2 3; do /bin/true; done; (sleep 0.2; exit 0) & exit 0"),
	    &seen);
	cr_expect_eq(seen.counts[SP_EVENT_PROCESS], 6);
	cr_expect_eq(seen.counts[SP_EVENT_EXIT], 6);
	cr_expect_eq(seen.counts[SP_EVENT_EXEC], 5);
	cr_expect_eq(WEXITSTATUS(seen.root_status), 0);
}

Test(launch, a_fatal_signal_is_the_status, .timeout = 30)
{
	struct seen seen;

	run(ARGV((char *)"sh", (char *)"-c", (char *)"kill -USR1 $$"), &seen);
	cr_expect(WIFSIGNALED(seen.root_status));
	cr_expect_eq(WTERMSIG(seen.root_status), SIGUSR1);
}

Test(launch, failures_name_their_step_and_leave_no_child, .timeout = 30)
{
	static const struct {
		const char *path;
		int error;
	} cases[] = {
		{ "/no/such/program", ENOENT },
		{ "no-such-program-in-path", ENOENT },
		{ "/etc/passwd", EACCES },
		{ "/", EACCES },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct sp_launch_error error = {};
		struct sp_tracer *tracer = NULL;
		pid_t root;

		cr_expect_eq(
			sp_launch(
				&(struct sp_launch_request){ .argv = ARGV((char *)cases[i].path) },
				&tracer, &root, &error),
			-1);
		cr_expect_eq(error.step, SP_LAUNCH_EXEC, "%s", cases[i].path);
		cr_expect_eq(error.error, cases[i].error, "%s: %d", cases[i].path, error.error);
		cr_expect_eq(waitpid(-1, NULL, __WALL), -1);
		cr_expect_eq(errno, ECHILD);
	}
}

static void do_nothing(int sig)
{
	(void)sig;
}

Test(launch, an_interrupted_wait_says_so_and_goes_on, .timeout = 30)
{
	_cleanup_(sp_tracer_freep) struct sp_tracer *tracer = NULL;
	struct sp_launch_error error;
	struct sp_event event;
	size_t interrupted = 0;
	pid_t root;
	int r;

	cr_assert_eq(
		sp_launch(&(struct sp_launch_request){ .argv = ARGV((char *)"sleep", (char *)"1") },
			  &tracer, &root, &error),
		0);
	/* Without SA_RESTART, as the command line's handlers are. */
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = do_nothing }, NULL);
	ualarm(300000, 0);
	while ((r = sp_tracer_next(tracer, &event)) != 0) {
		interrupted += r == -EINTR;
		cr_assert(r > 0 || r == -EINTR, "%d", r);
	}
	cr_expect_eq(interrupted, 1);
}

Test(launch, freeing_ends_what_still_runs, .timeout = 30)
{
	struct sp_tracer *tracer = NULL;
	struct sp_launch_error error;
	struct sp_event event;
	pid_t root;

	cr_assert_eq(sp_launch(&(struct sp_launch_request){ .argv = ARGV((char *)"sleep",
									 (char *)"60") },
			       &tracer, &root, &error),
		     0);
	for (int i = 0; i < 10; i++)
		cr_assert_eq(sp_tracer_next(tracer, &event), 1);
	sp_tracer_free(tracer);
	cr_expect_eq(kill(root, 0), -1);
	cr_expect_eq(errno, ESRCH);
}

Test(launch, users_are_found_by_name_and_number)
{
	struct sp_identity identity = {};

	cr_assert_eq(sp_identity_of_user("root", &identity), 0);
	cr_expect_eq(identity.uid, 0);
	cr_expect_geq(identity.n_groups, 1);
	free(identity.groups);
	cr_assert_eq(sp_identity_of_user("0", &identity), 0);
	free(identity.groups);
	cr_expect_eq(sp_identity_of_user("no-such-user", &identity), -ESRCH);
	cr_expect_eq(sp_identity_of_user("12x", &identity), -ESRCH);
	cr_expect_eq(sp_identity_of_user("", &identity), -ESRCH);
}

/* Under a filter. */

#define REFUSE(number, action)                                                                     \
	{                                                                                          \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),             \
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                       \
			BPF_STMT(BPF_RET | BPF_K, (action)),                                       \
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),                              \
	}

static int launch_under(struct sock_filter *insns, size_t n, char *const argv[],
			struct sp_tracer **ret, struct sp_launch_error *error)
{
	const struct sock_fprog program = { .len = (unsigned short)n, .filter = insns };
	pid_t root;

	return sp_launch(
		&(struct sp_launch_request){ .argv = argv, .programs = &program, .n_programs = 1 },
		ret, &root, error);
}

Test(launch, answers_of_a_loaded_filter_are_reported, .timeout = 30)
{
	struct sock_filter insns[] = REFUSE(SYS_getppid, SECCOMP_RET_ERRNO | EXDEV);
	_cleanup_(sp_tracer_freep) struct sp_tracer *tracer = NULL;
	struct sp_launch_error error = {};
	struct sp_event event;
	bool refused = false;
	uint64_t last = 0;

	/* dash asks for it as it begins. */
	cr_assert_eq(launch_under(insns, SP_ARRAY_SIZE(insns),
				  ARGV((char *)"sh", (char *)"-c", (char *)"exit 0"), &tracer,
				  &error),
		     0, "step %d, errno %d", (int)error.step, error.error);
	cr_expect_str_eq(sp_tracer_name(tracer), "ptrace");
	while (sp_tracer_next(tracer, &event) > 0) {
		if (event.kind == SP_EVENT_SYSCALL)
			last = event.nr;
		if (event.kind != SP_EVENT_ANSWER)
			continue;
		if (last == SYS_getppid) {
			cr_expect_eq(event.answer, -EXDEV);
			refused = true;
		}
	}
	cr_expect(refused);
}

Test(launch, a_filter_that_refuses_the_exec_stops_it_there, .timeout = 30)
{
	struct sock_filter polite[] = REFUSE(SYS_execve, SECCOMP_RET_ERRNO | EXDEV);
	struct sock_filter deadly[] = REFUSE(SYS_execve, SECCOMP_RET_KILL_PROCESS);
	struct sock_filter broken[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0) };
	struct sp_launch_error error = {};
	struct sp_tracer *tracer = NULL;

	cr_expect_eq(
		launch_under(polite, SP_ARRAY_SIZE(polite), ARGV((char *)"true"), &tracer, &error),
		-1);
	cr_expect_eq(error.step, SP_LAUNCH_EXEC);
	cr_expect_eq(error.error, EXDEV);
	cr_expect_eq(
		launch_under(deadly, SP_ARRAY_SIZE(deadly), ARGV((char *)"true"), &tracer, &error),
		-1);
	cr_expect_eq(error.step, SP_LAUNCH_KILLED);
	cr_expect_eq(error.error, SIGSYS);
	cr_expect_eq(
		launch_under(broken, SP_ARRAY_SIZE(broken), ARGV((char *)"true"), &tracer, &error),
		-1);
	cr_expect_eq(error.step, SP_LAUNCH_FILTER);
	cr_expect_eq(error.error, EINVAL);
	/* The search of $PATH comes before the filter. */
	cr_expect_eq(launch_under(polite, SP_ARRAY_SIZE(polite), ARGV((char *)"no-such-program"),
				  &tracer, &error),
		     -1);
	cr_expect_eq(error.step, SP_LAUNCH_EXEC);
	cr_expect_eq(error.error, ENOENT);
	cr_expect_eq(waitpid(-1, NULL, __WALL), -1);
}
