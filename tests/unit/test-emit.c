/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/emit.h"

#include <config.h>
#include <errno.h>
#include <jansson.h>

#include "fake-run.h"

/* A file of tests/fixtures, found from where this source file stands. */
static FILE *open_fixture(const char *name, const char *mode)
{
	int len = (int)(strlen(__FILE__) - strlen("test-emit.c"));
	char *path = NULL;
	FILE *f;

	cr_assert_geq(asprintf(&path, "%.*s../fixtures/%s", len, __FILE__, name), 0);
	f = fopen(path, mode);
	cr_assert_not_null(f, "%s", path);
	free(path);
	return f;
}

static char *read_fixture(const char *name)
{
	FILE *f = open_fixture(name, "re");
	char *text = NULL;
	size_t size = 0;

	cr_assert_gt(getdelim(&text, &size, '\0', f), 0);
	fclose(f);
	return text;
}

/* What is emitted; the version, which every release changes, as VERSION. */
static char *emit(enum sp_format format, const struct sp_result *result)
{
	char *text = NULL, *version;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	cr_assert_not_null(f);
	cr_assert_eq(sp_emit(format, result, f), 0);
	cr_assert_eq(fclose(f), 0);
	version = strstr(text, "sysprofile " SP_VERSION ":");
	if (version) {
		char *masked = NULL;

		version += strlen("sysprofile ");
		cr_assert_geq(asprintf(&masked, "%.*sVERSION%s", (int)(version - text), text,
				       version + strlen(SP_VERSION)),
			      0);
		free(text);
		text = masked;
	}
	return text;
}

struct golden_case {
	const char *file;
	enum sp_format format;
	const char *release;
	enum sp_style style;
	enum sp_refusal refusal;
	bool foreign; /* with a 32-bit call and a number without a name */
	enum sp_headroom_kind headroom;
	bool is_imported; /* from a log without times */
};

/* SYSPROFILE_WRITE_FIXTURES=1 writes the files anew, for a person to read and compare. */
static void compare_with_file(const char *name, const char *text)
{
	char *golden;

	if (getenv("SYSPROFILE_WRITE_FIXTURES")) {
		FILE *f = open_fixture(name, "we");

		fputs(text, f);
		cr_assert_eq(fclose(f), 0);
		return;
	}
	golden = read_fixture(name);
	cr_expect_str_eq(text, golden, "%s differs; it is now:\n%s", name, text);
	free(golden);
}

static void check_golden(const struct golden_case *c)
{
	struct sp_policy policy = {
		.style = c->style, .refusal = c->refusal, .err = EPERM, .headroom = c->headroom
	};
	struct sp_groups *groups = release(c->release);
	struct sp_run_facts facts = fake_facts();
	struct sp_profile *profile = fake_run();
	struct sp_result result = {};
	char *text, *again;

	if (c->is_imported) {
		facts = (struct sp_run_facts){ .imported = "httpd.strace (strace log)" };
		facts.start_imported = true;
	}
	if (c->foreign) {
		observe_number(profile, 4711, AUDIT_ARCH_I386, 102, 500000000);
		observe_number(profile, 4711, AUDIT_ARCH_I386, 23, 500000000);
		observe_number(profile, 4711, AUDIT_ARCH_X86_64, 70000, 500000000);
	}
	cr_assert_eq(sp_result_make(profile, groups, &policy, &facts, &result), 0);
	text = emit(c->format, &result);
	again = emit(c->format, &result);
	cr_expect_str_eq(text, again);
	compare_with_file(c->file, text);
	free(text);
	free(again);
	sp_result_done(&result);
	sp_profile_free(profile);
	sp_groups_free(groups);
}

Test(emit, output_equals_the_golden_files)
{
	static const struct golden_case cases[] = {
		{ "groups-errno.conf", SP_FORMAT_DROPIN, "252.39", SP_STYLE_GROUPS,
		  SP_REFUSAL_ERRNO },
		{ "groups-foreign.conf", SP_FORMAT_DROPIN, "252.39", SP_STYLE_GROUPS,
		  SP_REFUSAL_ERRNO, true },
		{ "exact-kill.conf", SP_FORMAT_DROPIN, "252.39", SP_STYLE_EXACT, SP_REFUSAL_KILL },
		{ "exact-kill-239.conf", SP_FORMAT_DROPIN, "239", SP_STYLE_EXACT, SP_REFUSAL_KILL },
		{ "groups-log.conf", SP_FORMAT_DROPIN, "252.39", SP_STYLE_GROUPS, SP_REFUSAL_LOG },
		{ "deny-errno.conf", SP_FORMAT_DROPIN, "252.39", SP_STYLE_DENY, SP_REFUSAL_ERRNO },
		{ "deny-log.conf", SP_FORMAT_DROPIN, "252.39", SP_STYLE_DENY, SP_REFUSAL_LOG },
		{ "imported.conf", SP_FORMAT_DROPIN, "252.39", SP_STYLE_GROUPS, SP_REFUSAL_ERRNO,
		  .is_imported = true },
		{ "foreign.names", SP_FORMAT_NAMES, "252.39", SP_STYLE_GROUPS, SP_REFUSAL_ERRNO,
		  true },
		{ "allow.json", SP_FORMAT_OCI, "252.39", SP_STYLE_GROUPS, SP_REFUSAL_ERRNO },
		{ "groups-headroom.conf", SP_FORMAT_DROPIN, "252.39", SP_STYLE_GROUPS,
		  SP_REFUSAL_ERRNO, false, SP_HEADROOM_FAMILY },
		{ "exact-headroom-rhel8.conf", SP_FORMAT_DROPIN, "rhel8", SP_STYLE_EXACT,
		  SP_REFUSAL_KILL, false, SP_HEADROOM_FAMILY },
		{ "foreign-headroom.conf", SP_FORMAT_DROPIN, "257", SP_STYLE_GROUPS,
		  SP_REFUSAL_ERRNO, true, SP_HEADROOM_FAMILY },
		{ "headroom.json", SP_FORMAT_OCI, "252.39", SP_STYLE_GROUPS, SP_REFUSAL_ERRNO,
		  false, SP_HEADROOM_FAMILY },
		{ "headroom.names", SP_FORMAT_NAMES, "252.39", SP_STYLE_GROUPS, SP_REFUSAL_ERRNO,
		  false, SP_HEADROOM_FAMILY },
		{ "deny.json", SP_FORMAT_OCI, "252.39", SP_STYLE_DENY, SP_REFUSAL_KILL },
	};

	if (!sp_streq(sp_abi_name(sp_abi_native()), "x86-64"))
		cr_skip_test("the files are those of x86-64");
	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++)
		check_golden(&cases[i]);
}

/* A drop-in of a run in which every string from outside is as hostile as it can be. */
static char *hostile_dropin(const char *evil, bool is_imported)
{
	const char *const notes[] = { evil, NULL };
	struct sp_policy policy = { .style = SP_STYLE_GROUPS,
				    .refusal = SP_REFUSAL_ERRNO,
				    .err = 1 };
	struct sp_run_facts facts = {
		.command = evil,
		.kernel = evil,
		.libc = evil,
		.notes = notes,
		.imported = is_imported ? evil : NULL,
	};
	struct sp_groups *groups = release("252.39");
	struct sp_profile *profile = NULL;
	struct sp_result result = {};
	char *text;

	cr_assert_eq(sp_profile_new(&profile), 0);
	observe_task(profile, SP_EVENT_PROCESS, 7);
	cr_assert_eq(sp_profile_set_exe(profile, 7, evil), 0);
	fake_calls(profile, 7, evil, "setuid read", 0);
	cr_assert_eq(sp_result_make(profile, groups, &policy, &facts, &result), 0);
	cr_assert_eq(sp_result_check(&result, NULL, 0), 0);
	text = emit(SP_FORMAT_DROPIN, &result);
	sp_result_done(&result);
	sp_profile_free(profile);
	sp_groups_free(groups);
	return text;
}

static void expect_tame(const char *text)
{
	bool comments = true;

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, "\n");

		cr_assert_leq(len, 2000);
		for (size_t i = 0; i < len; i++)
			cr_assert(line[i] >= 0x20 && line[i] < 0x7f);
		cr_assert(len == 0 || line[len - 1] != '\\', "continued: %.*s", (int)len, line);
		if (*line == '[')
			comments = false;
		cr_assert(*line == '#' || !comments, "not a comment: %.*s", (int)len, line);
		cr_assert(comments || *line == '[' || sp_startswith(line, "SystemCall"));
	}
	cr_assert_not(comments);
}

Test(emit, no_string_from_outside_leaves_its_comment)
{
	static const char *const evil[] = {
		"x\nSystemCallFilter=mount", "\r\n[Service]\nUser=root",
		"ends in a backslash\\",     "\\",
		"\x1b[2J\x7f\xc2\x9b",	     "a\nb c\\ d\te",
	};
	char *very_long = malloc(3000000);

	for (size_t i = 0; i < SP_ARRAY_SIZE(evil); i++) {
		char *text = hostile_dropin(evil[i], i % 2);

		expect_tame(text);
		free(text);
	}
	/* systemd refuses to load a file with an over-long line, a comment included. */
	cr_assert_not_null(very_long);
	memset(very_long, 'x', 2999999);
	very_long[2999999] = '\0';
	/* Escapes are four bytes wide: wherever a line is wrapped, none may be cut in two. */
	for (size_t i = 0; i < 5; i++) {
		char *text = hostile_dropin(very_long, i % 2);

		expect_tame(text);
		free(text);
		memset(very_long, 'x', i);
		memset(very_long + i, '\\', 2999999 - i);
	}
	free(very_long);
}

Test(emit, long_directives_become_several_assignments)
{
	struct sp_policy policy = { .style = SP_STYLE_EXACT,
				    .refusal = SP_REFUSAL_ERRNO,
				    .err = 1 };
	struct sp_groups *groups = release("252.39");
	struct sp_run_facts facts = {};
	struct sp_profile *profile = fake_run();
	struct sp_result result = {};
	unsigned assignments = 0;
	char *text;

	cr_assert_eq(sp_result_make(profile, groups, &policy, &facts, &result), 0);
	text = emit(SP_FORMAT_DROPIN, &result);
	for (const char *line = strstr(text, "[Service]"); *line; line += strcspn(line, "\n") + 1) {
		cr_expect_leq(strcspn(line, "\n"), 120);
		assignments += sp_startswith(line, "SystemCallFilter=") != NULL;
	}
	cr_expect_gt(assignments, 2);
	free(text);
	sp_result_done(&result);
	sp_profile_free(profile);
	sp_groups_free(groups);
}

/* These releases lose the filter of native calls otherwise (sp_filter_lost_native()). */
Test(emit, the_native_abi_is_named_where_that_is_needed)
{
	static const struct {
		const char *release;
		bool named;
	} cases[] = {
		{ "247.13", false }, { "248", true },	 { "248.7", true }, { "248.8", false },
		{ "249.4", true },   { "249.5", false }, { "250", false },
	};
	struct sp_policy policy = { .style = SP_STYLE_GROUPS,
				    .refusal = SP_REFUSAL_ERRNO,
				    .err = 1 };
	char line[64];

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct sp_groups *groups = release(cases[i].release);
		struct sp_profile *profile = fake_run();
		struct sp_run_facts facts = {};
		struct sp_result result = {};
		char *text;

		snprintf(line, sizeof(line), "\nSystemCallArchitectures=native%s%s\n",
			 cases[i].named ? " " : "",
			 cases[i].named ? sp_abi_name(sp_abi_native()) : "");
		cr_assert_eq(sp_result_make(profile, groups, &policy, &facts, &result), 0);
		text = emit(SP_FORMAT_DROPIN, &result);
		cr_expect(strstr(text, line), "%s: %s", cases[i].release, text);
		free(text);
		sp_result_done(&result);
		sp_profile_free(profile);
		sp_groups_free(groups);
	}
}

Test(emit, oci_profile_is_json_that_allows_what_was_seen)
{
	struct sp_policy policy = { .style = SP_STYLE_GROUPS,
				    .refusal = SP_REFUSAL_ERRNO,
				    .err = 38 };
	struct sp_groups *groups = release("252.39");
	struct sp_run_facts facts = {};
	struct sp_profile *profile = fake_run();
	struct sp_result result = {};
	struct sp_sysset names = {};
	json_t *root, *list, *name;
	size_t i;
	char *text;

	cr_assert_eq(sp_result_make(profile, groups, &policy, &facts, &result), 0);
	text = emit(SP_FORMAT_OCI, &result);
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	cr_assert_not_null(root);
	cr_expect_eq(json_integer_value(json_object_get(root, "defaultErrnoRet")), 38);
	list = json_array_get(json_object_get(root, "syscalls"), 0);
	json_array_foreach(json_object_get(list, "names"), i, name)
		sp_sysset_add(&names, call_named(json_string_value(name)));
	cr_expect(sp_sysset_equal(&names, &result.needed));
	json_decref(root);
	free(text);
	sp_result_done(&result);
	sp_profile_free(profile);
	sp_groups_free(groups);
}

Test(emit, format_names_round_trip)
{
	for (int i = 0; i < _SP_FORMAT_MAX; i++)
		cr_expect_eq(sp_format_from_name(sp_format_name((enum sp_format)i)), i);
	cr_expect_eq(sp_format_from_name("yaml"), -EINVAL);
}
