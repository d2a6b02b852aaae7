/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "imported.h"

static void expect(const char *log, const char *wanted)
{
	expect_import(log, SP_IMPORT_STRACE, wanted);
}

/* What stands before the call, in every combination that strace writes. */
Test(strace, prefixes)
{
	static const char *const prefixes[] = {
		"12 ",
		"12  ",
		"12<sh> ",
		"[pid 12] ",
		"[pid    12] ",
		"[pid 12<s h>] ",
		"12 [   3] ",
		"12 [   3] [00007fdb01768ad7] ",
		"12 [00007fdb01768ad7] ",
		"12 [????????????????] ",
		"[pid 12] [7fdb0176] ",
	};
	static const char *const times[] = {
		"",
		"18:36:21 ",
		"18:36:21.701956 ",
		"1795545381.840807 ",
		"1795545382 ",
		"     0.000000 ",
		"18:36:21.937775 (+     0.000000) ",
		"1795545382.560018982 ",
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(prefixes); i++)
		for (size_t k = 0; k < SP_ARRAY_SIZE(times); k++) {
			char log[200], wanted[32];

			/* The time stands behind the id and before what is in brackets. */
			if (strchr(prefixes[i] + 1, '[') && *times[k])
				continue;
			snprintf(log, sizeof(log), "%s%sclose(3) = 0\n", prefixes[i], times[k]);
			snprintf(wanted, sizeof(wanted), "+12\n12 close\n");
			expect(log, wanted);
		}
	expect("close(3)     = 0\n", "+0\n0 close\n");
	expect("     0.000100 close(3) = 0\n", "+0\n0 close\n");
	expect("12 18:36:21.5 [   3] [00007fdb01768ad7] close(3) = 0\n", "+12\n12 close\n");
}

Test(strace, results)
{
	static const char *const results[] = {
		"= 0",
		"= -1 ENOENT (No such file or directory)",
		"= 3</etc/passwd>",
		"= ? ERESTARTSYS (To be restarted if SA_RESTART is set)",
		"= 0x7f4614b9e000",
		"= ?",
		"= 1 ([{fd=5, revents=POLLIN}])",
		"= 0 (Timeout)",
		"= 1 (in [3], left {1, 2})",
		"= 5 <0.000012>",
		"= -1 ENOSYS (Function not implemented) (INJECTED)",
		"= 0 (flags O_RDONLY|O_CLOEXEC)",
		"          = 0",
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(results); i++) {
		char log[200];

		snprintf(log, sizeof(log), "12 read(3, \"a) = 5 (b\", 9) %s\n", results[i]);
		expect(log, "+12\n12 read\n");
	}
}

Test(strace, halves_count_once)
{
	expect("12 read(3,  <unfinished ...>\n"
	       "13 wait4(-1,  <unfinished ...>\n"
	       "12 <... read resumed> \"x\", 1) = 1\n"
	       "12 read(3,  <unfinished ...>\n"
	       "13 <... wait4 resumed>NULL, 0, NULL) = 12\n"
	       "12 <... read resumed>)         = ? ERESTARTSYS\n",
	       "+12\n12 read\n+13\n13 wait4\n12 read\n");
	/* The log began between the two. */
	expect("12 <... read resumed>\"x\", 1) = 1\n12 close(3) = 0\n", "+12\n12 read\n12 close\n");
	expect("12 <... exit_group resumed>)    = ?\n12 close(3) = 0\n", "+12\n12 close\n");
	/* Killed in it. */
	expect("12 read(3,  <unfinished ...>)    = ?\n12 +++ killed by SIGKILL +++\n",
	       "+12\n12 read\n-12\n");
	expect("12 read(3,  <unfinished ...>\n12 <... read resumed> <unfinished ...>) = ?\n"
	       "12 +++ killed by SIGKILL (core dumped) +++\n",
	       "+12\n12 read\n-12\n");
	expect("12 pause( <detached ...>\n", "+12\n12 pause\n");
	/* To a terminal, in two lines. */
	expect("12 epoll_wait(4, strace: Process 12 detached\n <detached ...>\n12 close(3) = 0\n",
	       "+12\n12 epoll_wait\n12 close\n");
	expect("epoll_wait(4, /usr/bin/strace: Process 12 detached\n <detached ...>\n",
	       "+0\n0 epoll_wait\n");
	/* strace itself was killed. */
	expect("12 close(3) = 0\n12 clock_nanosleep(CLOCK_REALTIME, 0, ",
	       "+12\n12 close\n12 clock_nanosleep\n");
}

Test(strace, lines_of_a_terminal_end_in_two_bytes)
{
	expect("5 getpid() = 5\r\n5 pause( <unfinished ...>\r\n6 close(0) = 0\r\n"
	       "5 <... pause resumed>) = ? ERESTARTNOHAND\r\n6 +++ exited with 0 +++\r\n",
	       "+5\n5 getpid\n5 pause\n+6\n6 close\n-6\n");
}

Test(strace, what_is_no_call_says_nothing)
{
	expect("12 close(3) = 0\n"
	       "12 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---\n"
	       "12 --- stopped by SIGSTOP ---\n"
	       " > /usr/lib/libc.so.6(__read+0x12) [0x1ab70]\n"
	       " | 00000  7f 45 4c 46  read(3) = 5  |\n"
	       "/usr/bin/strace: Process 13 attached\n"
	       "Process 14 attached\n"
	       "Process 14 detached\n"
	       "\n"
	       "12 +++ exited with 0 +++\n",
	       "+12\n12 close\n+13\n+14\n-12\n");
}

Test(strace, programs_and_their_children)
{
	expect("12 execve(\"/bin/sh\", [\"sh\"], 0x7fff /* 2 vars */) = 0\n"
	       "12 clone(child_stack=NULL, flags=SIGCHLD) = 13\n"
	       "13 execve(\"/bin/l\\163\", [\"ls\"], 0x7fff) = 0\n"
	       "13 exit_group(0)  = ?\n"
	       "13 +++ exited with 0 +++\n"
	       "12 clone3({flags=CLONE_VM|CLONE_THREAD}, 88) = 14\n"
	       "12 execve(\"/bin/no\", [\"no\"], 0x7fff) = -1 ENOENT (No such file or directory)\n",
	       "+12\n!12 /bin/sh\n12 execve\n!12 /bin/sh\n12 clone\n+13 /bin/sh\n13 execve\n"
	       "!13 /bin/ls\n13 exit_group\n-13\n12 clone3\n%14 /bin/sh\n12 execve\n");
}

/* What is new before the call that made it returns, is a child of who is in such a call. */
Test(strace, a_child_may_come_before_its_parents_line_ends)
{
	expect("12 execve(\"/bin/sh\", [\"sh\"], 0x7fff /* 2 vars */) = 0\n"
	       "12 vfork( <unfinished ...>\n"
	       "13 close(3) = 0\n"
	       "12 <... vfork resumed>) = 13\n"
	       "12 clone(flags=CLONE_THREAD|CLONE_VM <unfinished ...>\n"
	       "14 close(3) = 0\n"
	       "12 <... clone resumed>, child_tidptr=0x1) = 14\n",
	       "+12\n!12 /bin/sh\n12 execve\n!12 /bin/sh\n12 vfork\n+13 /bin/sh\n13 close\n"
	       "12 clone\n%14 /bin/sh\n14 close\n");
	/* Two parents that run different programs: nobody knows until the line ends. */
	expect("12 execve(\"/bin/a\", [\"a\"], 0x1) = 0\n13 execve(\"/bin/b\", [\"b\"], 0x1) = 0\n"
	       "12 fork( <unfinished ...>\n13 fork( <unfinished ...>\n14 close(3) = 0\n"
	       "13 <... fork resumed>) = 14\n12 <... fork resumed>) = 15\n",
	       "+12\n!12 /bin/a\n12 execve\n!12 /bin/a\n+13\n!13 /bin/b\n13 execve\n!13 /bin/b\n"
	       "12 fork\n13 fork\n+14\n14 close\n!14 /bin/b\n+15 /bin/a\n");
}

Test(strace, a_thread_that_execs_takes_the_id_of_its_leader)
{
	expect("12 execve(\"/bin/a\", [\"a\"], 0x1) = 0\n"
	       "12 clone3({flags=CLONE_VM|CLONE_THREAD}, 88) = 13\n"
	       "12 pause( <unfinished ...>\n"
	       "13 execve(\"/bin/b\", [\"b\"], 0x1 <unfinished ...>\n"
	       "12 +++ superseded by execve in pid 13 +++\n"
	       "12 <... execve resumed>)             = 0\n"
	       "12 close(3) = 0\n",
	       "+12\n!12 /bin/a\n12 execve\n!12 /bin/a\n12 clone3\n%13 /bin/a\n12 pause\n"
	       "13 execve\n-13\n!12 /bin/b\n12 close\n");
}

Test(strace, on_a_terminal_ids_come_and_go)
{
	expect("execve(\"/bin/sh\", [\"sh\"], 0x1) = 0\n"
	       "clone(child_stack=NULL, flags=SIGCHLDstrace: Process 13 attached\n"
	       ", child_tidptr=0x7f) = 13\n"
	       "[pid    13] close(3) = 0\n"
	       "[pid    12] wait4(-1,  <unfinished ...>\n"
	       "[pid    13] exit_group(0) = ?\n"
	       "[pid    13] +++ exited with 0 +++\n"
	       "<... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 13\n"
	       "write(1, \"ha\\n\", 3ha\n"
	       ")                       = 3\n"
	       "exit_group(0)                           = ?\n"
	       "+++ exited with 0 +++\n",
	       "+0\n!0 /bin/sh\n0 execve\n!0 /bin/sh\n0 clone\n+13 /bin/sh\n13 close\n0 wait4\n"
	       "13 exit_group\n-13\n0 write\n0 exit_group\n-0\n");
	expect("wait4(-1, strace: Process 13 attached\n"
	       "0x7ffc229b24bc, WNOHANG, NULL) = 0\n"
	       "close(3) = 0\n",
	       "+0\n0 wait4\n+13\n0 close\n");
	/* The first one ends, and what is left has no name from then on. */
	expect("execve(\"/bin/a\", [\"a\"], 0x1) = 0\n"
	       "fork(strace: Process 13 attached\n"
	       ")                                  = 13\n"
	       "[pid 13] setsid( <unfinished ...>\n"
	       "[pid 12] exit_group(0) = ?\n"
	       "[pid 12] +++ exited with 0 +++\n"
	       "<... setsid resumed>) = 13\n"
	       "close(3) = 0\n",
	       "+0\n!0 /bin/a\n0 execve\n!0 /bin/a\n0 fork\n+13 /bin/a\n13 setsid\n"
	       "0 exit_group\n-0\n13 close\n");
}

Test(strace, times_count_from_the_first)
{
	expect("12 23:59:59.5 sync() = 0\n12 00:00:01 sync() = 0\n13 00:00:00.75 sync() = 0\n",
	       "+12\n12 sync\n12 sync @1500000\n+13\n13 sync @1250000\n");
	expect("12 1700000000.5 sync() = 0\n12 1700000002 sync() = 0\n",
	       "+12\n12 sync\n12 sync @1500000\n");
	expect("12      5.000000 sync() = 0\n12      0.500000 --- SIGHUP {} ---\n"
	       "12      0.250000 sync() = 0\n",
	       "+12\n12 sync\n12 sync @750000\n");
}

Test(strace, numbers)
{
	expect("12 syscall_0x7cf(0, 0, 0, 0x1, 0x7ff3d75c1a10, 0) = -1 ENOSYS (Function not "
	       "implemented)\n",
	       "+12\n12 1999\n");
	expect("12 [ 999] new_call(1) = 0\n", "+12\n12 999\n");
#ifdef __x86_64__
	expect("12 [   7] waitpid(-1, NULL, 0) = -1 ECHILD (No child processes)\n"
	       "12 [  20] getpid() = 5\n12 [  39] getpid() = 5\n"
	       "12 [1073741863] getpid() = 5\n12 [0x40000027] getpid() = 5\n",
	       "+12\n12 x86:waitpid\n12 x86:getpid\n12 getpid\n12 x32:getpid\n12 x32:getpid\n");
#endif
}

#ifdef __x86_64__
Test(strace, abis)
{
	expect("getpid() = 5\n[ Process PID=12 runs in 32 bit mode. ]\ngetpid() = 5\n"
	       "[ Process PID=12 runs in 64 bit mode. ]\ngetpid() = 5\n"
	       "[ Process PID=12 runs in x32 mode. ]\ngetpid() = 5\n",
	       "+0\n0 getpid\n0 x86:getpid\n0 getpid\n0 x32:getpid\n");
	/* Without such lines a name that the native ABI lacks tells, and holds until an execve. */
	expect("12 getpid() = 5\n12 waitpid(1, NULL, 0) = 5\n12 getpid() = 5\n"
	       "12 newfstatat(1) = 0\n12 getpid() = 5\n12 waitpid(1, NULL, 0) = 5\n"
	       "12 execve(\"/a\", [], 0x1) = 0\n12 getpid() = 5\n",
	       "+12\n12 getpid\n12 x86:waitpid\n12 x86:getpid\n12 newfstatat\n12 getpid\n"
	       "12 x86:waitpid\n!12 /a\n12 x86:execve\n!12 /a\n12 getpid\n");
}
#endif

Test(strace, what_is_damaged_is_left_out)
{
	static const char *const lines[] = {
		"12 rea",
		"12 sync(",
		"12 sync() ",
		"sync (8) - flush",
		"time(s) flies",
		"12 frobnicate(3) = 0",
		"12 <... read",
		"12 +++ what +++",
		"12 [",
		"99999999999 x",
		"[pid",
		"[pid 12",
		"12 <",
		"\x01\x02",
		"12 18:61:00 sync() = 0",
		"[ 1.5] a(b) = 1",
		"[ x",
		"[ Process PID=12 runs",
		"[ Process PID= runs in 32 bit mode. ]",
		"12 syscall_0x2624(1) = 0",
		"12 syscall_0x(1) = 0",
		"12 syscall_0xzz(1) = 0",
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(lines); i++) {
		char log[200];
		struct imported imported;

		snprintf(log, sizeof(log), "11 close(3) = 0\n%s\n11 close(4) = 0\n", lines[i]);
		imported = import_filtered(log, strlen(log), NULL);
		cr_expect_eq(imported.r, 0);
		cr_expect_str_eq(imported.text, "+11\n11 close\n11 close\n", "%s: %s", lines[i],
				 imported.text);
		cr_expect_eq(imported.report.damaged, 1, "%s", lines[i]);
		cr_expect_eq(imported.report.first_damaged[0].line, 2);
		cr_expect_str_eq(imported.report.first_damaged[0].text, lines[i]);
		imported_done(&imported);
	}
	sp_assert_no_leak();
}

Test(strace, names_that_nobody_knows_are_kept)
{
	static const char log[] = "1 frob(1) = 0\n1 nicate(2) = 0\n1 frob(3) = 0\n1 sync() = 0\n";
	struct imported imported = import_filtered(log, strlen(log), NULL);

	cr_expect_eq(imported.report.unknown.n, 2);
	cr_expect(sp_words_contains(&imported.report.unknown, "nicate"));
	cr_expect_eq(imported.report.damaged, 3);
	imported_done(&imported);
}

Test(strace, only_a_log_that_begins_with_an_execve_has_the_start)
{
	static const struct {
		const char *log;
		bool seen;
	} cases[] = {
		{ "1 execve(\"/a\", [], 0x1) = 0\n1 sync() = 0\n", true },
		{ "1 sync() = 0\n1 execve(\"/a\", [], 0x1) = 0\n", false },
		{ "strace: Process 1 attached\n1 execve(\"/a\", [], 0x1 <unfinished ...>\n", true },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct imported imported =
			import_filtered(cases[i].log, strlen(cases[i].log), NULL);

		cr_expect_eq(imported.report.start_seen, cases[i].seen, "%s", cases[i].log);
		imported_done(&imported);
	}
}

static void import_named(struct sp_import *import, const char *name, const char *log)
{
	struct sp_import_report report = {};
	struct sp_stream *stream = stream_of(log, strlen(log));

	cr_expect_eq(sp_import_log(import, stream, name, &report), 0);
	sp_stream_free(stream);
	sp_import_report_done(&report);
}

/* -ff: the id is in the name of the file alone. */
Test(strace, files_of_one_run_belong_together)
{
	struct sp_import *import = NULL;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_eq(sp_import_new(write_down, f, NULL, &import), 0);
	import_named(import, "/x/log.12",
		     "00:00:01 execve(\"/a\", [], 0x1) = 0\n"
		     "00:00:02 fork() = 13\n00:00:03 +++ exited with 0 +++\n");
	import_named(import, "/x/log.13", "00:00:02.5 close(1) = 0\n");
	import_named(import, "/y/log.13", "00:00:07 close(1) = 0\n");
	sp_import_free(import);
	fclose(f);
	cr_expect_str_eq(text, "+12\n!12 /a\n12 execve\n!12 /a\n12 fork @1000000\n+13 /a\n-12\n"
			       "13 close @1500000\n-13\n+13\n13 close\n");
	free(text);
	sp_assert_no_leak();
}
