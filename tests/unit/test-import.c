/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "imported.h"

static void expect_filtered(const struct sp_import_filter *filter, const char *wanted,
			    uint64_t others)
{
	static const char log[] = "1 execve(\"/bin/a\", [], 0x1) = 0\n"
				  "1 fork() = 2\n"
				  "2 execve(\"/bin/b\", [], 0x1) = 0\n"
				  "2 clone3({flags=CLONE_THREAD}, 88) = 3\n"
				  "3 sync() = 0\n"
				  "3 prctl(PR_SET_NAME, \"worker\") = 0\n"
				  "3 close(1) = 0\n";
	static const struct sp_words none = {};
	struct sp_import_filter whole = *filter;
	struct imported imported;
	char *calls = NULL;
	size_t len;
	FILE *f = open_memstream(&calls, &len);

	whole.comms = whole.comms ? whole.comms : &none;
	whole.exes = whole.exes ? whole.exes : &none;
	imported = import_filtered(log, strlen(log), &whole);
	/* Tasks are always told. */
	for (char *line = strtok(imported.text, "\n"); line; line = strtok(NULL, "\n"))
		if (*line >= '0' && *line <= '9')
			fprintf(f, "%s\n", line);
	fclose(f);
	cr_expect_str_eq(calls, wanted, "wanted\n%s\ngot\n%s", wanted, calls);
	cr_expect_eq(imported.report.others, others);
	free(calls);
	imported_done(&imported);
}

Test(import, filters)
{
	char b[] = "b", worker[] = "worker", path[] = "/bin/a", *names[] = { b, worker };
	char *paths[] = { path };
	const struct sp_words comms = { names, 2 }, one = { names, 1 }, exes = { paths, 1 };
	const pid_t two = 2, both[] = { 1, 2 };

	expect_filtered(&(struct sp_import_filter){},
			"1 execve\n1 fork\n2 execve\n2 clone3\n3 sync\n3 prctl\n3 close\n", 0);
	expect_filtered(&(struct sp_import_filter){ .comms = &one }, "2 clone3\n3 sync\n3 prctl\n",
			4);
	expect_filtered(&(struct sp_import_filter){ .comms = &comms },
			"2 clone3\n3 sync\n3 prctl\n3 close\n", 3);
	expect_filtered(&(struct sp_import_filter){ .exes = &exes }, "1 execve\n1 fork\n2 execve\n",
			4);
	/* Threads belong to their process. */
	expect_filtered(&(struct sp_import_filter){ .pids = &two, .n_pids = 1 },
			"2 execve\n2 clone3\n3 sync\n3 prctl\n3 close\n", 2);
	expect_filtered(&(struct sp_import_filter){ .exes = &exes, .pids = both, .n_pids = 2 },
			"1 execve\n1 fork\n2 execve\n", 4);
	sp_assert_no_leak();
}

Test(import, what_is_kept_out_is_named)
{
	char nobody[] = "nobody", *names[] = { nobody };
	const struct sp_words comms = { names, 1 }, none = {};
	const struct sp_import_filter filter = { .comms = &comms, .exes = &none };
	static const char log[] = "1 execve(\"/bin/a\", [], 0x1) = 0\n2 sync() = 0\n";
	struct imported imported = import_filtered(log, strlen(log), &filter);

	cr_expect_eq(imported.report.calls, 0);
	cr_expect_eq(imported.report.kept_out.n, 2);
	cr_expect(sp_words_contains(&imported.report.kept_out, "a"));
	cr_expect(sp_words_contains(&imported.report.kept_out, "pid 2"));
	imported_done(&imported);
}

Test(import, what_is_of_no_kind_is_refused)
{
	static const char *const logs[] = {
		"\n",
		"some words\n",
		"read\nwrite\n",
		"\x7f\x45LF\x01\n",
		"12 frobnicate(1) = 0\n",
		"12 +++ exited with 0 +++\n",
		"% time calls\n",
		"{\"MESSAGE\":\"hello\"}\n",
		"Nov 24 18:30:31 host systemd[1]: Started.\n",
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(logs); i++) {
		struct imported imported = import_filtered(logs[i], strlen(logs[i]), NULL);

		cr_expect_eq(imported.r, -ENOMSG, "%s: %d", logs[i], imported.r);
		cr_expect_str_eq(imported.text, "", "%s", logs[i]);
		imported_done(&imported);
	}
}

/* auditd below strace: the first line decides, and it is a call. */
Test(import, what_a_traced_program_writes_is_no_record)
{
	expect_import(
		"12 write(3, \"x audit: type=1326 audit(1.0:1): pid=7 arch=c000003e syscall=1 "
		"\", 9) = 9\n12 sync() = 0\n",
		SP_IMPORT_STRACE, "+12\n12 write\n12 sync\n");
}

static int stop(const struct sp_sighted *what, void *userdata)
{
	(void)userdata;
	return what->event.kind == SP_EVENT_SYSCALL ? -ENOMEM : 0;
}

Test(import, the_taker_may_end_it)
{
	struct sp_stream *stream = stream_of("1 sync() = 0\n", 13);
	struct sp_import_report report = {};
	struct sp_import *import = NULL;

	cr_assert_eq(sp_import_new(stop, NULL, NULL, &import), 0);
	cr_expect_eq(sp_import_log(import, stream, "log", &report), -ENOMEM);
	sp_import_report_done(&report);
	sp_import_free(import);
	sp_stream_free(stream);
	sp_assert_no_leak();
}

Test(import, documents_are_told_from_lines)
{
	static const struct {
		const char *head;
		bool is;
	} cases[] = {
		{ "{\"defaultAction\": 1}", true },
		{ "\n  { \"syscalls\": [] }", true },
		{ "{\"__CURSOR\":\"s=1\",\"MESSAGE\":\"x\"}", false },
		{ "{\n\t\"MESSAGE\" : \"x\"\n}", false },
		{ "12 read(3) = 0", false },
		{ "", false },
		{ "   ", false },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++)
		cr_expect_eq(sp_import_is_document(cases[i].head, strlen(cases[i].head)),
			     cases[i].is, "%s", cases[i].head);
}

static void expect_oci(const char *json, int wanted_r, const char *wanted, uint64_t others)
{
	struct sp_import_report report = {};
	struct sp_import *import = NULL;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_eq(sp_import_new(write_down, f, NULL, &import), 0);
	cr_expect_eq(sp_import_oci(import, json, strlen(json), &report), wanted_r, "%s", json);
	fclose(f);
	cr_expect_str_eq(text, wanted, "%s: %s", json, text);
	cr_expect_eq(report.others, others, "%s", json);
	sp_import_report_done(&report);
	sp_import_free(import);
	free(text);
}

Test(import, oci_profiles)
{
	expect_oci("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
		   "{\"names\":[\"read\",\"sync\",\"read\"],\"action\":\"SCMP_ACT_ALLOW\"},"
		   "{\"names\":[\"mount\"],\"action\":\"SCMP_ACT_ALLOW\","
		   "\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}},"
		   "{\"names\":[\"ptrace\"],\"action\":\"SCMP_ACT_ERRNO\"},"
		   "{\"name\":\"getpid\",\"action\":\"SCMP_ACT_LOG\"}]}",
		   0, "0 read\n0 sync\n0 getpid\n", 1);
	expect_oci("{\"defaultAction\":\"SCMP_ACT_KILL\"}", 0, "", 0);
	expect_oci("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[]}", -EOPNOTSUPP, "", 0);
	expect_oci("{\"defaultAction\":5}", -EBADMSG, "", 0);
	expect_oci("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":{}}", -EBADMSG, "", 0);
	expect_oci(
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[7,{},{\"names\":3,\"action\":"
		"\"SCMP_ACT_ALLOW\"},{\"names\":[null],\"action\":\"SCMP_ACT_ALLOW\"}]}",
		0, "", 0);
	expect_oci("[]", -EBADMSG, "", 0);
	expect_oci("{", -EBADMSG, "", 0);
	sp_assert_no_leak();
}
