/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "imported.h"

/* The arch is x86-64 whatever this machine is: records may come from another one. */
#define FIELDS(pid, comm, exe, arch, nr)                                                           \
	"auid=1000 uid=0 gid=0 ses=3 subj=unconfined pid=" pid " comm=" comm " exe=" exe           \
	" sig=31 arch=" arch " syscall=" nr " compat=0 ip=0x7f25 code=0x80000000"
#define USUAL FIELDS("12", "\"a\"", "\"/bin/a\"", ARCH, NR)

#ifdef __x86_64__
#define ARCH	"c000003e"
#define MACHINE "x86_64"
#define NR	"162" /* sync */
#else
#define ARCH	"c00000b7"
#define MACHINE "aarch64"
#define NR	"81"
#endif

static void expect(const char *log, const char *wanted)
{
	expect_import(log, SP_IMPORT_AUDIT, wanted);
}

Test(audit, every_form_of_a_record)
{
	static const char *const forms[] = {
		"type=SECCOMP msg=audit(1700000000.123:456): " USUAL "\n",
		"type=SECCOMP msg=audit(1700000000.123:456): " USUAL "\x1d"
		"ARCH=x SYSCALL=y\n",
		"type=1326 audit(1700000000.123:456): " USUAL "\n",
		"[10314.631366] audit: type=1326 audit(1795542795.588:21863): " USUAL "\n",
		"[Tue Nov 24 18:30:31 2026] audit: type=1326 audit(1795542795.588:2): " USUAL "\n",
		"Nov 24 18:30:31 host kernel: audit: type=1326 audit(1795542795.588:2): " USUAL
		"\n",
		"Nov 24 18:30:31 host audit[12]: SECCOMP " USUAL "\n",
		"2026-11-24T18:30:31+0000 host audit[12]: SECCOMP " USUAL "\n",
		"    MESSAGE=SECCOMP " USUAL "\n",
		"node=host type=SECCOMP msg=audit(1700000000.123:456): " USUAL "\n",
		"type=SECCOMP msg=audit(11/24/2026 18:30:31.123:456) : auid=me pid=12 comm=a "
		"exe=/bin/a sig=SIGSYS arch=" MACHINE " syscall=sync compat=0 code=kill\n",
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(forms); i++)
		expect(forms[i], "+12 /bin/a\n12 sync\n");
}

Test(audit, out_of_the_journals_json)
{
	expect("{\"__CURSOR\":\"s=1\",\"MESSAGE\":\"SECCOMP auid=1 pid=12 comm=\\\"a\\\" "
	       "exe=\\\"/bin/a\\\" arch=" ARCH " syscall=" NR " \","
	       "\"__REALTIME_TIMESTAMP\":\"1700000000000000\"}\n"
	       "{\n\t\"MESSAGE\" : \"audit: type=1326 audit(1700000001.5:4): pid=12 "
	       "comm=\\\"a\\\" exe=\\\"/bin/a\\\" arch=" ARCH " syscall=" NR " \",\n}\n",
	       "+12 /bin/a\n12 sync\n12 sync @1500000\n");
}

Test(audit, messages_in_bytes)
{
	static const char message[] = "SECCOMP auid=1 pid=12 arch=" ARCH " syscall=" NR " \xff";
	char *log = NULL;
	size_t len;
	FILE *f = open_memstream(&log, &len);

	fputs("{\"_AUDIT_TYPE\":\"1326\",\"MESSAGE\":[", f);
	for (size_t i = 0; i + 1 < sizeof(message); i++)
		fprintf(f, "%s%d", i ? "," : "", (unsigned char)message[i]);
	fputs("]}\n", f);
	fclose(f);
	expect(log, "+12\n12 sync\n");
	free(log);
}

Test(audit, programs_cannot_make_fields)
{
	/* "x pid=7" and "a\" pid=7" come in hexadecimal, as the kernel writes them. */
	expect("type=1326 audit(1.0:1): " FIELDS("12", "78207069643D37", "\"/bin/a\"", ARCH,
						 NR) "\n"
						     "type=1326 audit(1.0:1): " FIELDS(
							     "12", "612220706964", "2F622063", ARCH,
							     NR) "\n"
								 "type=1326 audit(1.0:1): " FIELDS(
									 "12", "\"arch=1\"",
									 "(null)", ARCH, NR) "\n",
	       "+12 /bin/a\n12 sync\n!12 /b c\n12 sync\n!12\n12 sync\n");
}

/* A line that nothing is taken of, which is told. */
static void expect_disbelieved(const char *log)
{
	struct imported imported = import_filtered(log, strlen(log), NULL);

	cr_expect_str_eq(imported.text, "", "%s", log);
	cr_expect_eq(imported.report.damaged, 1, "%s", log);
	imported_done(&imported);
}

/* Where nothing is quoted they can, so that such a record is not believed. */
Test(audit, who_makes_fields_is_not_believed)
{
	static const char *const lies[] = {
		"pid=12 comm=a exe=/x arch=" MACHINE " syscall=mount sig=31 arch=" MACHINE
		" syscall=sync",
		"pid=12 comm=a syscall=mount exe=/x sig=31 arch=" MACHINE " syscall=sync",
		"pid=12 comm=a exe=/b exe=/x sig=31 arch=" MACHINE " syscall=sync",
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(lies); i++) {
		char log[512];

		snprintf(log, sizeof(log), "type=SECCOMP msg=audit(11/24/2026 18:30:31.1:4) : %s\n",
			 lies[i]);
		expect_disbelieved(log);
	}
}

/* Anybody may write to the log of the system, under a name that stands in front. */
Test(audit, only_the_kernel_and_the_audit_system_are_believed)
{
	static const char *const lies[] = {
		"Nov 14 22:13:20 host mallory[99]: audit: type=1326 audit(1700000000.9:46): " USUAL
		"\n",
		"Nov 14 22:13:20 host mallory: kernel: audit: type=1326 audit(1.9:46): " USUAL "\n",
		"Nov 14 22:13:20 host mallory[99]: SECCOMP " USUAL "\n",
		"{\"_TRANSPORT\":\"syslog\",\"MESSAGE\":\"SECCOMP auid=1 pid=12 arch=" ARCH
		" syscall=" NR " \"}\n",
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(lies); i++)
		expect_disbelieved(lies[i]);
}

#define KERNEL	    "type=1326 audit(1.0:1): "
#define INTERPRETED "type=SECCOMP msg=audit(11/24/2026 18:30:31.123:4) : "

Test(audit, numbers_and_names)
{
	expect(KERNEL FIELDS("12", "\"a\"", "\"/a\"", ARCH,
			     "-1") "\n" KERNEL FIELDS("12", "\"a\"", "\"/a\"", ARCH, "999") "\n",
	       "+12 /a\n12 4294967295\n12 999\n");
	expect(INTERPRETED FIELDS("12", "a", "/a", MACHINE, "unknown-syscall(999)") "\n" INTERPRETED
		       FIELDS("12", "a", "/a", MACHINE, "unknown syscall(998)") "\n",
	       "+12 /a\n12 999\n12 998\n");
#ifdef __x86_64__
	expect(KERNEL FIELDS("12", "\"a\"", "\"/a\"", "40000003", "7") "\n" KERNEL FIELDS(
		       "12", "\"a\"", "\"/a\"", ARCH,
		       "1073741863") "\n" KERNEL FIELDS("12", "\"a\"", "\"/a\"", "80000016",
							"36") "\n",
	       "+12 /a\n12 x86:waitpid\n12 x32:getpid\n12 s390x:sync\n");
	expect(INTERPRETED FIELDS("12", "a", "/a", "i386", "waitpid") "\n",
	       "+12 /a\n12 x86:waitpid\n");
#endif
}

Test(audit, what_else_is_in_such_a_log_is_no_damage)
{
	expect("type=DAEMON_START msg=audit(1700000000.001:1): op=start\n"
	       "garbage\n"
	       "type=SECCOMP msg=audit(1700000000.123:456): " USUAL "\n"
	       "type=SYSCALL msg=audit(1700000000.123:457): arch=" ARCH " syscall=0 pid=1\n"
	       "sync(1) = 0\n",
	       "+12 /bin/a\n12 sync\n");
	/* There is none, and that is known. */
	expect("type=LOGIN msg=audit(1700000000.001:1): pid=1\n", "");
}

Test(audit, records_that_are_not_whole_are_counted)
{
	static const char *const lines[] = {
		"type=1326 audit(1.0:1): pid=1 comm=\"a\"",
		"type=1326 audit(1.0:1): arch=zz syscall=1",
		"type=1326 audit(1.0:1): arch=" ARCH,
		"type=1326 audit(1.0:1): arch=" ARCH " syscall=",
		"type=1326 audit(1.0:1): arch=" ARCH " syscall=frobnicate",
		"type=1326 audit(1.0:1): arch=" ARCH " syscall=\"unknown-syscall(997)\"",
		"type=1326 audit(",
		"type=1326 ",
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(lines); i++) {
		char log[400];
		struct imported imported;

		snprintf(log, sizeof(log), "type=1326 audit(1.0:1): " USUAL "\n%s\n", lines[i]);
		imported = import_filtered(log, strlen(log), NULL);
		cr_expect_str_eq(imported.text, "+12 /bin/a\n12 sync\n", "%s: %s", lines[i],
				 imported.text);
		cr_expect_eq(imported.report.damaged, 1, "%s", lines[i]);
		cr_expect_eq(imported.report.first_damaged[0].line, 2);
		imported_done(&imported);
	}
	sp_assert_no_leak();
}

/* A log of months has more processes than there is room for. */
Test(audit, tasks_are_forgotten_in_time)
{
	char *log = NULL;
	size_t len;
	FILE *f = open_memstream(&log, &len);
	struct imported imported;

	for (int pid = 1; pid <= 9000; pid++)
		fprintf(f,
			"type=1326 audit(1.0:1): pid=%d exe=\"/a\" arch=" ARCH " syscall=" NR "\n",
			pid);
	fclose(f);
	imported = import_filtered(log, len, NULL);
	cr_expect_eq(imported.report.calls, 9000);
	cr_expect_not_null(strstr(imported.text, "\n-1\n"));
	cr_expect_not_null(strstr(imported.text, "\n+9000 /a\n"));
	imported_done(&imported);
	free(log);
}
