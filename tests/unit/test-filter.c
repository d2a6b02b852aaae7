/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the vectors do not show: who is blamed, what is said, what an empty filter does. */

#include <criterion/criterion.h>

#include "filter-cases.h"

struct fixture {
	struct sp_groups *groups;
	struct sp_filter *filter;
};

static struct fixture fixture;

static void set_up(void)
{
	cr_assert_eq(sp_groups_new_release("252.39", &fixture.groups), 0);
	cr_assert_eq(sp_filter_new(fixture.groups, &fixture.filter), 0);
}

static void tear_down(void)
{
	sp_filter_free(fixture.filter);
	sp_groups_free(fixture.groups);
}

TestSuite(filter, .init = set_up, .fini = tear_down);

static int feed(const char *file, const char *text)
{
	return sp_filter_parse(fixture.filter, file, text, strlen(text), NULL, NULL);
}

static struct sp_verdict ask(const char *name)
{
	struct sp_verdict verdict;
	sp_call call;
	uint32_t nr;

	cr_assert_eq(sp_call_lookup(name, strlen(name), &call), 0);
	cr_assert_eq(sp_call_number(call, sp_abi_native(), &nr), 0);
	sp_filter_verdict(fixture.filter, sp_abi_native(), nr, &verdict);
	return verdict;
}

static void expect_blame(const char *call, const char *word, const char *file, unsigned line)
{
	struct sp_verdict verdict = ask(call);

	if (word)
		cr_expect_str_eq(verdict.word, word, "%s: %s", call, verdict.word);
	else
		cr_expect_null(verdict.word, "%s", call);
	if (file)
		cr_expect_str_eq(verdict.file, file, "%s: %s", call, verdict.file);
	else
		cr_expect_null(verdict.file, "%s", call);
	cr_expect_eq(verdict.line, line, "%s: %u", call, verdict.line);
}

Test(filter, allows_everything_before_it_has_read_anything)
{
	struct sp_sysset listed;
	struct sp_verdict verdict;

	cr_expect_not(sp_filter_is_active(fixture.filter));
	cr_expect_not(sp_filter_is_allow_list(fixture.filter));
	sp_filter_listed(fixture.filter, &listed);
	cr_expect(sp_sysset_is_empty(&listed));
	for (uint32_t nr = 0; nr < 1024; nr++) {
		sp_filter_verdict(fixture.filter, sp_abi_native(), nr, &verdict);
		cr_expect_eq(verdict.action, SP_ACTION_ALLOW);
	}
}

Test(filter, blames_the_last_word_that_named_the_call)
{
	cr_assert_eq(feed("a.service", "[Service]\nSystemCallFilter=read \\\n  @mount\n"), 0);
	cr_assert_eq(feed("a.service.d/50-b.conf",
			  "[Service]\n\nSystemCallFilter=~umount2:EACCES mount\n"
			  "SystemCallFilter=fsmount\n"),
		     0);
	expect_blame("read", "read", "a.service", 2);
	expect_blame("pivot_root", "@mount", "a.service", 2);
	expect_blame("umount2", "umount2:EACCES", "a.service.d/50-b.conf", 3);
	expect_blame("mount", "mount", "a.service.d/50-b.conf", 3);
	expect_blame("fsmount", "fsmount", "a.service.d/50-b.conf", 4);
	expect_blame("execve", "@default", NULL, 0);
	expect_blame("write", NULL, NULL, 0);
}

Test(filter, forgets_whom_to_blame_at_a_reset)
{
	cr_assert_eq(feed("a.service", "[Service]\nSystemCallFilter=read\nSystemCallFilter=\n"
				       "SystemCallFilter=~mount\n"),
		     0);
	expect_blame("read", NULL, NULL, 0);
	expect_blame("mount", "mount", "a.service", 4);
}

Test(filter, blames_the_word_of_the_filter_that_decided)
{
	cr_assert_eq(
		feed("a.service", "[Service]\nSystemCallFilter=~mount\nSystemCallLog=@mount\n"), 0);
	expect_blame("mount", "mount", "a.service", 2);
	expect_blame("umount2", "@mount", "a.service", 3);
	cr_expect_eq(ask("umount2").action, SP_ACTION_LOG);
}

Test(filter, keeps_its_own_copy_of_names)
{
	char file[] = "a.service", text[] = "[Service]\nSystemCallFilter=~read\n";

	cr_assert_eq(feed(file, text), 0);
	memset(file, 'x', sizeof(file) - 1);
	memset(text, 'x', sizeof(text) - 1);
	expect_blame("read", "read", "a.service", 2);
}

Test(filter, tells_errnos_of_listed_calls)
{
	sp_call call;
	int err = 99;

	cr_assert_eq(feed("a.service", "[Service]\nSystemCallFilter=~read:EPERM write:kill fork\n"),
		     0);
	cr_assert_eq(sp_call_lookup("read", 4, &call), 0);
	cr_expect_eq(sp_filter_listed_errno(fixture.filter, call, &err), 0);
	cr_expect_eq(err, EPERM);
	cr_assert_eq(sp_call_lookup("write", 5, &call), 0);
	cr_expect_eq(sp_filter_listed_errno(fixture.filter, call, &err), 0);
	cr_expect_eq(err, SP_FILTER_KILL);
	cr_assert_eq(sp_call_lookup("fork", 4, &call), 0);
	cr_expect_eq(sp_filter_listed_errno(fixture.filter, call, &err), 0);
	cr_expect_eq(err, SP_FILTER_NO_ERRNO);
	cr_assert_eq(sp_call_lookup("mount", 5, &call), 0);
	err = 99;
	cr_expect_eq(sp_filter_listed_errno(fixture.filter, call, &err), -ENOENT);
	cr_expect_eq(err, 99, "the output is untouched on failure");
}

Test(filter, leaves_refused_calls_out_of_what_an_allow_list_lists)
{
	struct sp_sysset listed, expected;

	cr_assert_eq(feed("a.service", "[Service]\nSystemCallFilter=@basic-io\n"
				       "SystemCallFilter=~write:EPERM\n"),
		     0);
	expected = case_algebra(fixture.groups, "@default +@basic-io -write");
	sp_filter_listed(fixture.filter, &listed);
	cr_expect(sp_sysset_equal(&listed, &expected));
}

Test(filter, blames_the_line_about_architectures_for_what_it_blocks)
{
	static const struct {
		const char *lines, *word;
		unsigned line;
	} cases[] = {
		{ "\nSystemCallArchitectures=native\n", "SystemCallArchitectures", 3 },
		{ "SystemCallArchitectures=native\nSystemCallArchitectures=x86-64\n",
		  "SystemCallArchitectures", 2 },
		{ "SystemCallArchitectures=x86\nSystemCallArchitectures=\n"
		  "SystemCallArchitectures=bogus native\n",
		  "SystemCallArchitectures", 4 },
		{ "SystemCallArchitectures=native x86\nSystemCallFilter=~getppid\n", "getppid", 3 },
		{ "SystemCallArchitectures=native\nSystemCallFilter=getppid\n",
		  "SystemCallArchitectures", 2 },
		{ "SystemCallArchitectures=native\nSystemCallArchitectures=\n", NULL, 0 },
	};
	const sp_abi abi = sp_abi_from_name("x86");
	sp_call call;
	uint32_t nr;

	if (sp_abi_native() != sp_abi_from_name("x86-64"))
		cr_skip_test("only x86-64 has the calls of i386");
	cr_assert_eq(sp_call_lookup("getppid", strlen("getppid"), &call), 0);
	cr_assert_eq(sp_call_number(call, abi, &nr), 0);
	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct sp_filter *filter;
		struct sp_verdict v;
		char text[256];

		snprintf(text, sizeof(text), "[Service]\n%s", cases[i].lines);
		cr_assert_eq(sp_filter_new(fixture.groups, &filter), 0);
		cr_assert_eq(sp_filter_parse(filter, "a.conf", text, strlen(text), NULL, NULL), 0);
		sp_filter_verdict(filter, abi, nr, &v);
		cr_expect_eq(v.action > SP_ACTION_LOG, cases[i].word != NULL, "%s", text);
		cr_expect_str_eq(v.word ? v.word : "", cases[i].word ? cases[i].word : "", "%s",
				 text);
		cr_expect_str_eq(v.file ? v.file : "", cases[i].word ? "a.conf" : "", "%s", text);
		cr_expect_eq(v.line, cases[i].line, "%s: %u", text, v.line);
		sp_filter_free(filter);
	}
}

/* x32 is marked by bit 30; seccomp sees an int, so that the upper half of a register is lost. */
/* libseccomp makes two rules of each name that socketcall(2) and ipc(2) lead to. */
Test(filter, tells_calls_behind_old_entrances_apart)
{
	enum { SOCKETCALL = 102, IPC = 117 };
	static const struct {
		const char *text;
		uint32_t nr, first;
		enum sp_action action;
		int err;
	} cases[] = {
		{ "SystemCallFilter=~socket:EACCES\n", SOCKETCALL, 1, SP_ACTION_ERRNO, EACCES },
		{ "SystemCallFilter=~socket:EACCES\n", SOCKETCALL, 2, SP_ACTION_ALLOW },
		{ "SystemCallFilter=~socket:EACCES\n", IPC, 1, SP_ACTION_ALLOW },
		{ "SystemCallFilter=socket\n", SOCKETCALL, 1, SP_ACTION_ALLOW },
		{ "SystemCallFilter=socket\n", SOCKETCALL, 3, SP_ACTION_KILL_PROCESS },
		{ "SystemCallFilter=socketcall\n", SOCKETCALL, 3, SP_ACTION_ALLOW },
		{ "SystemCallFilter=~socketcall:ENOSYS socket:EACCES\n", SOCKETCALL, 1,
		  SP_ACTION_ERRNO, ENOSYS },
		{ "SystemCallFilter=~shmat\n", IPC, 21, SP_ACTION_KILL_PROCESS },
		{ "SystemCallLog=shmat\n", IPC, 21, SP_ACTION_LOG },
		{ "SystemCallLog=shmat\n", IPC, 22, SP_ACTION_ALLOW },
	};
	for (size_t i = 0; i < SP_ARRAY_SIZE(cases) && sp_abi_local()[1]; i++) {
		struct sp_filter *filter;
		struct sp_verdict verdict;
		char text[128];
		int len = snprintf(text, sizeof(text), "[Service]\n%s", cases[i].text);

		cr_assert_eq(sp_filter_new(fixture.groups, &filter), 0);
		cr_assert_eq(sp_filter_parse(filter, "a.service", text, (size_t)len, NULL, NULL),
			     0);
		sp_filter_verdict_with(filter, sp_abi_from_name("x86"), cases[i].nr, cases[i].first,
				       &verdict);
		cr_expect(verdict.action == cases[i].action && verdict.err == cases[i].err,
			  "%s%u %u: %d", cases[i].text, cases[i].nr, cases[i].first,
			  verdict.action);
		sp_filter_free(filter);
	}
}

Test(filter, takes_numbers_as_the_kernel_does)
{
	sp_abi native = sp_abi_native();
	struct sp_verdict a, b;
	sp_call call;
	uint32_t nr;

	cr_assert_eq(feed("a.service", "[Service]\nSystemCallFilter=~read ioctl\n"), 0);
	cr_assert_eq(sp_call_lookup("read", 4, &call), 0);
	cr_assert_eq(sp_call_number(call, native, &nr), 0);
	sp_filter_verdict(fixture.filter, native, UINT64_C(0x100000000) | nr, &a);
	cr_expect_eq(a.action, SP_ACTION_KILL_PROCESS);
	sp_filter_verdict(fixture.filter, native, UINT64_MAX, &a);
	cr_expect_eq(a.action, SP_ACTION_ALLOW);
	cr_assert_eq(sp_call_lookup("ioctl", 5, &call), 0);
	if (sp_call_number(call, sp_abi_from_name("x32"), &nr) < 0 ||
	    native != sp_abi_from_name("x86-64"))
		return;
	sp_filter_verdict(fixture.filter, native, nr, &a);
	sp_filter_verdict(fixture.filter, sp_abi_from_name("x32"), nr, &b);
	cr_expect_eq(a.action, SP_ACTION_KILL_PROCESS);
	cr_expect_eq(b.action, SP_ACTION_KILL_PROCESS);
}

struct heard {
	unsigned n;
	unsigned line;
	char text[256];
};

static void hear(const struct sp_filter_message *message, void *userdata)
{
	struct heard *heard = userdata;

	cr_expect_str_eq(message->file, "a.service");
	cr_expect_neq(message->text[strlen(message->text) - 1], '.');
	heard->n++;
	heard->line = message->line;
	strncpy(heard->text, message->text, sizeof(heard->text) - 1);
}

static const struct {
	const char *text;
	unsigned line;
	const char *part; /* of the only message; NULL: none is expected */
} messages[] = {
	{ "[Service]\nSystemCallFilter=read\nUnknownKey=x\n", 0, NULL },
	{ "[Service]\nSystemCallFilter=read nosuch\n", 2, "nosuch" },
	{ "[Service]\nSystemCallFilter=read\\\n @nosuch\n", 2, "@nosuch" },
	{ "[Service]\n\nSystemCallFilter=read:EPERM\n", 3, "read:EPERM" },
	{ "[Service]\nSystemCallFilter=~read:EWHAT\n", 2, "read:EWHAT" },
	{ "[Service]\nSystemCallFilter=~:EPERM\n", 2, ":EPERM" },
	{ "[Service]\nSystemCallFilter=~read \\ \n", 2, "rest of the line" },
	{ "[Service]\nSystemCallErrorNumber=0\n", 2, "error number" },
	{ "[Service]\nSystemCallArchitectures=native bogus\n", 2, "bogus" },
	{ "[Service]\nSystemCallArchitectures=\"native\n", 2, "rest of the line" },
	{ "[Service]\nSystemCallLog=read:EPERM\n", 2, "read:EPERM" },
	{ "[Unit]\nSystemCallFilter=read\n", 2, "[Unit]" },
	{ "[Service]\nnonsense\n", 2, "'='" },
	{ "[Service]\nSystemCallFilter=read\nSystemCallFilter=~read:EPERM\n", 0, NULL },
	{ "[Service]\nSystemCallFilter=read\nSystemCallFilter=~read:EPERM\n"
	  "SystemCallErrorNumber=EPERM\n",
	  3, "will not start" },
	{ "[Service]\nSystemCallFilter=read\nSystemCallFilter=~read:kill\n", 3, "will not start" },
	{ "[Service]\nSystemCallFilter=~read:4095\n", 2, "will not start" },
	{ "[Service]\nSystemCallFilter=~read:4094\n", 0, NULL },
};

Test(filter, says_what_has_no_effect)
{
	for (size_t i = 0; i < SP_ARRAY_SIZE(messages); i++) {
		_cleanup_(sp_filter_freep) struct sp_filter *filter = NULL;
		struct heard heard = {};
		const char *text = messages[i].text;

		cr_assert_eq(sp_filter_new(fixture.groups, &filter), 0);
		cr_expect_eq(sp_filter_parse(filter, "a.service", text, strlen(text), hear, &heard),
			     0);
		cr_expect_eq(heard.n, messages[i].part ? 1 : 0, "%s: %s", text, heard.text);
		cr_expect_eq(heard.line, messages[i].line, "%s: %u", text, heard.line);
		if (messages[i].part)
			cr_expect_not_null(strstr(heard.text, messages[i].part), "%s: %s", text,
					   heard.text);
	}
}

/* systemd refuses such a unit file; of a drop-in it keeps what it had read. */
Test(filter, keeps_what_came_before_a_refusal)
{
	struct heard heard = {};
	const char *text = "[Service]\nSystemCallFilter=~read\n[Service\nSystemCallFilter=~write\n";

	cr_expect_eq(sp_filter_parse(fixture.filter, "a.service", text, strlen(text), hear, &heard),
		     -EBADMSG);
	cr_expect_eq(heard.n, 1);
	cr_expect_eq(heard.line, 3);
	cr_expect_eq(ask("read").action, SP_ACTION_KILL_PROCESS);
	cr_expect_eq(ask("write").action, SP_ACTION_ALLOW);
}

/* The table of names has an end, which files full of inventions must not reach. */
Test(filter, does_not_remember_invented_names)
{
	char text[64 * 1024] = "[Service]\nSystemCallFilter=~";
	size_t n = strlen(text);
	sp_call call;

	for (unsigned i = 0; i < 4 * SP_CALLS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "invented%u ", i);
	cr_assert_lt(n, sizeof(text));
	cr_expect_eq(feed("a.service", text), 0);
	cr_expect_eq(sp_call_lookup("invented0", 9, &call), -ENOENT);
	cr_expect_eq(sp_call_intern("a_new_one", 9, &call), 0);
}
