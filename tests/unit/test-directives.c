/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/directives.h"

#include <errno.h>
#include <stdio.h>

#include "leak.h"
#include "sets.h"

static unsigned n_messages;
static char last_message[256];

static void listen(const struct sp_filter_message *message, void *userdata)
{
	(void)userdata;
	n_messages++;
	snprintf(last_message, sizeof(last_message), "%u: %s", message->line, message->text);
}

struct reader {
	struct sp_groups *groups;
	struct sp_directives *directives;
	struct sp_filter *filter;
	struct sp_effect effects[SP_EFFECTS_MAX];
	size_t n;
};

static struct reader read_text(const char *version, const char *abi, const char *lines)
{
	struct reader r = { .groups = release(version) };
	char text[1024];
	int len = snprintf(text, sizeof(text), "[Service]\n%s", lines);

	n_messages = 0;
	cr_assert_eq(sp_filter_new(r.groups, &r.filter), 0);
	cr_assert_eq(sp_directives_new(r.groups, &r.directives), 0);
	cr_assert_eq(sp_filter_parse(r.filter, "a.service", text, (size_t)len, NULL, NULL), 0);
	cr_assert_eq(
		sp_directives_parse(r.directives, "a.service", text, (size_t)len, listen, NULL), 0);
	r.n = sp_directives_effects(r.directives, r.filter, sp_abi_from_name(abi), r.effects);
	return r;
}

static void done(struct reader *r)
{
	sp_directives_free(r->directives);
	sp_filter_free(r->filter);
	sp_groups_free(r->groups);
}

/* What becomes of a call: "-", an errno name, and a "?" behind one that depends on arguments. */
static const char *fate(const struct reader *r, const char *name)
{
	static char text[64];
	const sp_call call = call_named(name);
	struct sp_verdict verdict = { .action = SP_ACTION_ALLOW };

	if (sp_effects_apply(r->effects, r->n, call, &verdict))
		return sp_errno_name(verdict.err);
	for (size_t i = 0; i < r->n; i++)
		if (sp_sysset_contains(&r->effects[i].calls, call)) {
			snprintf(text, sizeof(text), "%s?", sp_errno_name(r->effects[i].err));
			return text;
		}
	return "-";
}

static void need_x86_64(void)
{
	if (!sp_streq(sp_abi_name(sp_abi_native()), "x86-64"))
		cr_skip_test("the calls of x86-64 are what is looked at");
}

Test(directives, each_refuses_what_systemd_refuses)
{
	static const struct {
		const char *release, *abi, *lines, *call, *fate;
	} cases[] = {
		{ "252", "x86-64", "RestrictNamespaces=yes\n", "clone3", "ENOSYS" },
		{ "252", "x86-64", "RestrictNamespaces=yes\n", "setns", "EPERM" },
		{ "252", "x86-64", "RestrictNamespaces=yes\n", "unshare", "EPERM?" },
		{ "252", "x86-64", "RestrictNamespaces=net\n", "setns", "EPERM?" },
		{ "250", "x86-64", "RestrictNamespaces=yes\n", "clone3", "-" },
		{ "251", "x86-64", "RestrictNamespaces=time\n", "setns", "-" },
		{ "252", "x86-64", "RestrictNamespaces=time\n", "setns", "EPERM" },
		{ "252", "x86-64", "RestrictNamespaces=time\n", "unshare", "EPERM?" },
		{ "257", "x86-64", "RestrictNamespaces=~time\n", "unshare", "-" },
		{ "258", "x86-64", "RestrictNamespaces=~time\n", "unshare", "EPERM?" },
		{ "258", "x86-64", "RestrictNamespaces=time\n", "setns", "EPERM?" },
		{ "232", "x86-64", "RestrictAddressFamilies=AF_\\UNIX\n", "socket",
		  "EAFNOSUPPORT" },
		{ "233", "x86-64", "RestrictAddressFamilies=AF_\\UNIX\n", "socket",
		  "EAFNOSUPPORT?" },
		{ "252", "ppc64", "RestrictAddressFamilies=AF_UNIX\n", "socket", "-" },
		{ "252", "arm", "RestrictAddressFamilies=AF_UNIX\n", "socket", "EAFNOSUPPORT?" },
		{ "252", "ppc", "MemoryDenyWriteExecute=yes\n", "mmap", "EPERM?" },
		{ "252", "ppc", "MemoryDenyWriteExecute=yes\n", "mmap2", "-" },
		{ "252", "arm", "MemoryDenyWriteExecute=yes\n", "mmap2", "EPERM?" },
		{ "252", "mips", "MemoryDenyWriteExecute=yes\n", "mprotect", "-" },
		{ "252.22", "x86-64", "RestrictSUIDSGID=yes\n", "fchmodat2", "-" },
		{ "252.23", "x86-64", "RestrictSUIDSGID=yes\n", "fchmodat2", "EPERM?" },
		{ "253.16", "x86-64", "RestrictSUIDSGID=yes\n", "fchmodat2", "-" },
		{ "253.17", "x86-64", "RestrictSUIDSGID=yes\n", "fchmodat2", "EPERM?" },
		{ "254.9", "x86-64", "RestrictSUIDSGID=yes\n", "fchmodat2", "-" },
		{ "254.10", "x86-64", "RestrictSUIDSGID=yes\n", "fchmodat2", "EPERM?" },
		{ "255", "x86-64", "RestrictSUIDSGID=yes\n", "fchmodat2", "EPERM?" },
		{ "252", "x86-64", "RestrictNamespaces=no\n", "clone3", "-" },
		{ "232", "x86-64", "RestrictNamespaces=yes\n", "setns", "-" },
		{ "252", "x86-64", "ProtectClock=yes\n", "clock_settime", "EPERM" },
		{ "244", "x86-64", "ProtectClock=yes\n", "clock_settime", "-" },
		{ "252", "x86-64", "ProtectClock=on\n", "clock_gettime", "-" },
		{ "252", "x86-64", "ProtectHostname=1\n", "sethostname", "EPERM" },
		{ "258", "x86-64", "ProtectHostname=private\n", "sethostname", "-" },
		{ "252", "x86-64", "ProtectKernelModules=true\n", "init_module", "EPERM" },
		{ "252", "x86-64", "ProtectKernelLogs=yes\n", "syslog", "EPERM" },
		{ "243", "x86-64", "ProtectKernelLogs=yes\n", "syslog", "-" },
		{ "252", "x86-64", "ProtectKernelTunables=yes\n", "_sysctl", "EPERM" },
		{ "252", "x86-64", "PrivateDevices=yes\n", "iopl", "EPERM" },
		{ "252", "x86-64", "PrivateDevices=no\n", "iopl", "-" },
		{ "252", "x86-64", "RestrictAddressFamilies=AF_UNIX\n", "socket", "EAFNOSUPPORT?" },
		{ "252", "x86-64", "RestrictAddressFamilies=none\n", "socket", "EAFNOSUPPORT" },
		{ "248", "x86-64", "RestrictAddressFamilies=none\n", "socket", "EAFNOSUPPORT" },
		{ "252", "x86", "RestrictAddressFamilies=AF_UNIX\n", "socket", "-" },
		{ "252", "x32", "RestrictAddressFamilies=AF_UNIX\n", "socket", "EAFNOSUPPORT?" },
		{ "252", "x86-64", "RestrictAddressFamilies=AF_BOGUS\n", "socket", "EAFNOSUPPORT" },
		{ "252", "x86-64", "RestrictAddressFamilies=~AF_BOGUS\n", "socket", "-" },
		{ "252", "x86-64", "RestrictAddressFamilies=~AF_INET\n", "socket",
		  "EAFNOSUPPORT?" },
		{ "252", "x86-64", "MemoryDenyWriteExecute=yes\n", "mmap", "EPERM?" },
		{ "252", "x86-64", "MemoryDenyWriteExecute=yes\n", "shmat", "EPERM?" },
		{ "252", "x86", "MemoryDenyWriteExecute=yes\n", "mmap", "EPERM" },
		{ "257", "x86", "MemoryDenyWriteExecute=yes\n", "mmap", "EPERM?" },
		{ "257", "x86-64", "MemoryDenyWriteExecute=yes\n", "shmat", "EPERM?" },
		{ "252", "x86", "MemoryDenyWriteExecute=yes\n", "mmap2", "EPERM?" },
		{ "252", "x86", "MemoryDenyWriteExecute=yes\n", "shmat", "-" },
		{ "252", "x86-64", "RestrictRealtime=yes\n", "sched_setscheduler", "EPERM?" },
		{ "252", "x86-64", "RestrictSUIDSGID=yes\n", "openat2", "ENOSYS" },
		{ "252", "x86-64", "RestrictSUIDSGID=yes\n", "chmod", "EPERM?" },
		{ "245", "x86-64", "RestrictSUIDSGID=yes\n", "openat2", "-" },
		{ "241", "x86-64", "RestrictSUIDSGID=yes\n", "chmod", "-" },
		{ "252", "x86-64", "DynamicUser=yes\n", "openat2", "ENOSYS" },
		{ "252", "x86-64", "LockPersonality=yes\n", "personality", "EPERM?" },
		{ "249.4", "x86-64", "LockPersonality=yes\nSystemCallArchitectures=native\n",
		  "personality", "-" },
		{ "249.5", "x86-64", "LockPersonality=yes\nSystemCallArchitectures=native\n",
		  "personality", "EPERM?" },
		{ "249.4", "x86-64", "RestrictRealtime=yes\nSystemCallArchitectures=native\n",
		  "sched_setscheduler", "EPERM?" },
		{ "252", "x86-64", "NoNewPrivileges=yes\n", "prctl", "-" },
		{ "252", "x86-64", "PrivateTmp=yes\n", "mount", "-" },
	};

	need_x86_64();
	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct reader r = read_text(cases[i].release, cases[i].abi, cases[i].lines);

		cr_expect_str_eq(fate(&r, cases[i].call), cases[i].fate, "%s %s %s%s: %s",
				 cases[i].release, cases[i].abi, cases[i].lines, cases[i].call,
				 fate(&r, cases[i].call));
		done(&r);
	}
	sp_assert_no_leak();
}

Test(directives, lists_add_up_and_empty_ones_reset)
{
	static const struct {
		const char *lines, *value;
	} cases[] = {
		{ "RestrictNamespaces=net user\nRestrictNamespaces=pid\n", "net pid user" },
		{ "RestrictNamespaces=net user\nRestrictNamespaces=~user\n", "net" },
		{ "RestrictNamespaces=~user\n", "cgroup ipc mnt net pid uts" },
		{ "RestrictNamespaces=net\nRestrictNamespaces=\n", NULL },
		{ "RestrictNamespaces=ne\\t\n", "net" },
		{ "RestrictNamespaces=\"net\"\nRestrictNamespaces=pid\n", "pid" },
		{ "RestrictNamespaces=time\n", "time" },
		{ "RestrictNamespaces=net time\nRestrictNamespaces=~net\n", "time" },
		{ "RestrictNamespaces=~time\n", NULL },
		{ "RestrictNamespaces=net\nRestrictNamespaces=nonsense\n", "net" },
		{ "RestrictNamespaces=yes\nRestrictNamespaces=no\n", NULL },
		{ "RestrictAddressFamilies=AF_UNIX\nRestrictAddressFamilies=AF_INET\n",
		  "AF_UNIX AF_INET" },
		{ "RestrictAddressFamilies=AF_UNIX AF_INET\nRestrictAddressFamilies=~AF_UNIX\n",
		  "AF_INET" },
		{ "RestrictAddressFamilies=~AF_INET\nRestrictAddressFamilies=AF_INET\n", NULL },
		{ "RestrictAddressFamilies=~AF_INET AF_INET6\n", "~AF_INET AF_INET6" },
		{ "RestrictAddressFamilies=AF_UNIX AF_INET\nRestrictAddressFamilies=~AF_LOCAL\n",
		  "AF_INET" },
		{ "RestrictAddressFamilies=~AF_ROUTE AF_FILE\nRestrictAddressFamilies=AF_NETLINK\n",
		  "~AF_FILE" },
		{ "RestrictAddressFamilies=AF_UNIX AF_FILE af_local AF_DECNET\n",
		  "AF_UNIX AF_DECNET" },
		{ "RestrictAddressFamilies=AF_INET AF_BOGUS AF_UNSPEC PF_UNIX AF_INE\n",
		  "AF_INET" },
		{ "RestrictAddressFamilies=AF_UNIX\nRestrictAddressFamilies=~AF_FILE\n", "none" },
		{ "RestrictAddressFamilies=AF_BOGUS\nRestrictAddressFamilies=~AF_INET\n", "none" },
		{ "RestrictAddressFamilies=~AF_BOGUS\n", NULL },
		{ "RestrictAddressFamilies=AF_UNIX\nRestrictAddressFamilies=\n", NULL },
		{ "RestrictAddressFamilies=AF_UNIX\nRestrictAddressFamilies=none\n", "none" },
		{ "RestrictAddressFamilies=none\nRestrictAddressFamilies=~AF_INET\n", "~AF_INET" },
		{ "RestrictAddressFamilies=none\nRestrictAddressFamilies=AF_INET\n", "AF_INET" },
		{ "RestrictAddressFamilies=~AF_INET\nRestrictAddressFamilies=none\n"
		  "RestrictAddressFamilies=AF_UNIX\n",
		  "AF_UNIX" },
		{ "RestrictAddressFamilies=AF_UNIX\nRestrictAddressFamilies=none\n"
		  "RestrictAddressFamilies=~AF_UNIX\nRestrictAddressFamilies=AF_UNIX\n",
		  NULL },
		{ "RestrictAddressFamilies=\"none\"\nRestrictAddressFamilies=~AF_INET\n", "none" },
		{ "RestrictAddressFamilies=\"AF_UNIX\" 'AF_INET'AF_X A\\F_INET6\n",
		  "AF_UNIX AF_INET6" },
		{ "RestrictAddressFamilies=AF_UNIX \"AF_INET\n", "AF_UNIX" },
		{ "LockPersonality=yes\nLockPersonality=no\n", NULL },
		{ "LockPersonality=yes\nLockPersonality=perhaps\n", "yes" },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct reader r = read_text("252", sp_abi_name(sp_abi_native()), cases[i].lines);

		if (!cases[i].value)
			cr_expect_eq(r.n, 0, "%s: %s", cases[i].lines, r.effects[0].value);
		else
			cr_expect(r.n > 0 && sp_streq(r.effects[0].value, cases[i].value), "%s: %s",
				  cases[i].lines, r.n ? r.effects[0].value : "nothing");
		done(&r);
	}
}

Test(directives, what_is_ignored_is_said)
{
	struct reader r = read_text("244", sp_abi_name(sp_abi_native()), "\nProtectClock=yes\n");

	cr_expect_eq(n_messages, 1);
	cr_expect_str_eq(last_message,
			 "3: systemd 244 does not know this: ProtectClock=yes, ignored");
	done(&r);
	r = read_text("252", sp_abi_name(sp_abi_native()), "ProtectClock=perhaps\n");
	cr_expect_str_eq(last_message, "2: Neither yes nor no: ProtectClock=perhaps, ignored");
	done(&r);
	r = read_text("252", sp_abi_name(sp_abi_native()),
		      "RestrictAddressFamilies=AF_INET AF_BOGUS AF_UNIX\n");
	cr_expect_eq(n_messages, 1);
	cr_expect_str_eq(last_message, "2: Unknown address family: AF_BOGUS, ignored");
	done(&r);
}

/* From v254 on systemd leaves it to a kernel that knows PR_SET_MDWE (Linux 6.3). */
Test(directives, the_kernel_may_deny_write_execute_instead)
{
	static const struct {
		const char *release, *abi, *call, *condition;
	} cases[] = {
		{ "252", "x86", "mmap", NULL },
		{ "253", "x86-64", "shmat", "with SHM_EXEC" },
		{ "254", "x86-64", "shmat", "with SHM_EXEC, before Linux 6.3" },
		{ "257", "x86-64", "shmat", "with SHM_EXEC, before Linux 6.3" },
		{ "257", "x86", "mmap",
		  "before Linux 6.3; from then on for memory that is writable and executable "
		  "(EACCES)" },
	};

	need_x86_64();
	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct reader r =
			read_text(cases[i].release, cases[i].abi, "MemoryDenyWriteExecute=yes\n");
		const sp_call call = call_named(cases[i].call);
		size_t found = 0;

		for (size_t j = 0; j < r.n; j++) {
			const char *told = r.effects[j].condition, *wanted = cases[i].condition;

			if (!sp_sysset_contains(&r.effects[j].calls, call))
				continue;
			found++;
			cr_expect_str_eq(told ? told : "always", wanted ? wanted : "always",
					 "%s %s %s", cases[i].release, cases[i].abi, cases[i].call);
		}
		cr_expect_eq(found, 1, "%s %s %s", cases[i].release, cases[i].abi, cases[i].call);
		done(&r);
	}
}

Test(directives, the_line_that_counts_is_named)
{
	struct reader r = read_text("252", sp_abi_name(sp_abi_native()),
				    "ProtectClock=yes\n\nProtectClock=true\n");

	cr_assert_gt(r.n, 0);
	cr_expect_eq(r.effects[0].line, 4);
	cr_expect_str_eq(r.effects[0].file, "a.service");
	cr_expect_str_eq(r.effects[0].directive, "ProtectClock");
	done(&r);
}

Test(directives, the_most_severe_answer_holds)
{
	struct reader r = read_text("252", sp_abi_name(sp_abi_native()), "ProtectKernelLogs=yes\n");
	const sp_call syslog = call_named("syslog");
	struct sp_verdict killed = { .action = SP_ACTION_KILL_PROCESS };
	struct sp_verdict refused = { .action = SP_ACTION_ERRNO, .err = EACCES };
	struct sp_verdict logged = { .action = SP_ACTION_LOG };

	cr_expect_null(sp_effects_apply(r.effects, r.n, syslog, &killed));
	cr_expect_eq(killed.action, SP_ACTION_KILL_PROCESS);
	/* Of two error numbers, that of the filter installed last: SystemCallFilter=. */
	cr_expect_null(sp_effects_apply(r.effects, r.n, syslog, &refused));
	cr_expect_eq(refused.err, EACCES);
	cr_expect_not_null(sp_effects_apply(r.effects, r.n, syslog, &logged));
	cr_expect_eq(logged.err, EPERM);
	done(&r);
}

static void expect_privileges(const char *version, const char *lines, const char *says,
			      const char * not )
{
	struct reader r = read_text(version, sp_abi_name(sp_abi_native()), lines);
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_not_null(f);
	sp_directives_privileges(r.directives, r.filter, f);
	cr_assert_eq(fclose(f), 0);
	if (says)
		cr_expect_not_null(strstr(text, says), "%s %s: %s", version, lines, text);
	else
		cr_expect_str_eq(text, "", "%s %s", version, lines);
	if (not )
		cr_expect_null(strstr(text, not ), "%s %s: %s", version, lines, text);
	free(text);
	done(&r);
}

Test(directives, privileges_depend_on_the_release)
{
	const char *fails = "changes to another user will fail";
	const char *implied = " implies NoNewPrivileges=yes";

	expect_privileges("252", "User=www\n", NULL, NULL);
	expect_privileges("252", "User=www\nSystemCallFilter=@system-service\n",
			  "User=www with a filter implies NoNewPrivileges=yes on this release",
			  fails);
	expect_privileges("255", "User=www\nSystemCallFilter=@system-service\n",
			  "is not implied on this release", implied);
	expect_privileges("255", "User=www\nSystemCallFilter=read write\n",
			  "that refuses capget capset prctl implies", NULL);
	expect_privileges("255", "User=www\nLockPersonality=yes\n", "is not implied", implied);
	expect_privileges("252", "User=www\nNoNewPrivileges=yes\nSystemCallFilter=read\n",
			  "NoNewPrivileges=yes: setuid programs", "User=");
	expect_privileges("252", "DynamicUser=yes\nSystemCallFilter=read\n",
			  "DynamicUser=yes: setuid programs", "root");
	expect_privileges("252", "SystemCallFilter=@system-service\n", "start as root", fails);
	expect_privileges("252",
			  "SystemCallFilter=@system-service\nSystemCallFilter=~@privileged\n",
			  "fail: refused are setgroups setuid setreuid setresuid", NULL);
	expect_privileges("252", "User=root\nSystemCallFilter=~setgroups\n",
			  "fail: refused are setgroups\n", NULL);
	sp_assert_no_leak();
}
