/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/groups.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include "leak.h"
#include "sysprofile/util.h"

static struct sp_groups *release(const char *name)
{
	struct sp_groups *groups = NULL;
	int r = sp_groups_new_release(name, &groups);

	cr_assert_eq(r, 0, "%s: %s", name, strerror(-r));
	return groups;
}

static bool is_direct(const struct sp_groups *groups, const char *group, const char *member)
{
	const struct sp_group *g = sp_groups_find(groups, group);

	for (size_t i = 0; g && i < g->n_members; i++)
		if (sp_streq(g->members[i], member))
			return true;
	return false;
}

static bool is_allowed(const struct sp_groups *groups, const char *group, const char *name)
{
	const struct sp_group *g = sp_groups_find(groups, group);
	sp_call call;

	return g && sp_call_lookup(name, strlen(name), &call) == 0 &&
	       sp_sysset_contains(&g->set, call);
}

/* What each release really had, by its source or by the program itself. */
Test(groups, releases_differ_as_systemd_did)
{
	static const struct {
		const char *release, *group, *member;
		bool expected;
	} cases[] = {
		{ "231", "@default", "futex", false },
		{ "231", "@mount", "oldumount", true },
		{ "232", "@mount", "oldumount", false },
		{ "234", "@default", "futex", false },
		{ "235", "@default", "futex", true },
		{ "239", "@system-service", "brk", true },
		{ "239", "@default", "brk", false },
		{ "246", "@default", "brk", false },
		{ "246.6", "@default", "brk", false },
		{ "246.7", "@default", "brk", true },
		{ "246.16", "@default", "brk", true },
		{ "247", "@default", "brk", true },
		{ "247", "@system-service", "brk", false },
		{ "250.1", "@process", "arch_prctl", true },
		{ "250.2", "@process", "arch_prctl", false },
		{ "252", "@default", "futex_waitv", false },
		{ "252.7", "@default", "futex_waitv", false },
		{ "252.8", "@default", "futex_waitv", true },
		{ "253", "@default", "futex_waitv", false },
		{ "254", "@default", "futex_waitv", true },
		{ "rhel9", "@default", "futex_waitv", false },
		{ "debian12", "@default", "futex_waitv", true },
		{ "252.31", "@default", "uretprobe", false },
		{ "252.39", "@default", "uretprobe", true },
		{ "254.18", "@default", "@sandbox", false },
		{ "254.19", "@default", "@sandbox", true },
		{ "rhel10", "@file-system", "file_getattr", false },
		{ "debian13", "@file-system", "file_getattr", true },
		{ "257.13", "@mount", "open_tree", true },
		{ "258", "@mount", "open_tree", false },
		{ "258", "@file-system", "open_tree", true },
		{ "261", "@default", "lsm_list_modules", true },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		_cleanup_(sp_groups_freep) struct sp_groups *groups = release(cases[i].release);

		cr_expect_eq(is_direct(groups, cases[i].group, cases[i].member), cases[i].expected,
			     "%s: %s %s", cases[i].release, cases[i].group, cases[i].member);
	}
}

Test(groups, groups_exist_from_the_release_that_brought_them)
{
	static const struct {
		const char *release, *group;
		bool expected;
	} cases[] = {
		{ "231", "@basic-io", false },	     { "232", "@basic-io", true },
		{ "238", "@system-service", false }, { "239", "@system-service", true },
		{ "243.9", "@pkey", false },	     { "244", "@pkey", true },
		{ "246", "@known", false },	     { "247", "@known", true },
		{ "rhel8", "@known", true },	     { "239", "@known", false },
		{ "252.39", "@sandbox", false },     { "254", "@sandbox", true },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		_cleanup_(sp_groups_freep) struct sp_groups *groups = release(cases[i].release);

		cr_expect_eq(sp_groups_find(groups, cases[i].group) != NULL, cases[i].expected,
			     "%s: %s", cases[i].release, cases[i].group);
	}
}

Test(groups, nested_groups_are_expanded)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = release("257");

	cr_expect(is_direct(groups, "@default", "@sandbox"));
	cr_expect_not(is_direct(groups, "@default", "seccomp"));
	cr_expect(is_allowed(groups, "@default", "seccomp"));
	/* Through @system-service, @default and @sandbox. */
	cr_expect(is_allowed(groups, "@system-service", "landlock_add_rule"));
	cr_expect(is_allowed(groups, "@privileged", "swapon"));
	cr_expect_not(is_allowed(groups, "@system-service", "swapon"));
}

Test(groups, every_release_is_in_order_and_complete)
{
	const char *const *names = sp_groups_release_names();
	unsigned major = 0, n = 0;

	for (; names[n]; n++) {
		_cleanup_(sp_groups_freep) struct sp_groups *groups = release(names[n]);

		cr_expect_geq(sp_groups_major(groups), major, "%s is out of order", names[n]);
		major = sp_groups_major(groups);
		cr_expect_geq(sp_groups_count(groups), 14, "%s", names[n]);
		cr_expect_not_null(sp_groups_find(groups, "@default"), "%s", names[n]);
		for (size_t i = 0; i < sp_groups_count(groups); i++) {
			const struct sp_group *g = sp_groups_at(groups, i);

			cr_expect_eq(sp_groups_find(groups, g->name), g);
			cr_expect_not(sp_sysset_is_empty(&g->set), "%s %s", names[n], g->name);
			if (i > 0)
				cr_expect_lt(strcmp(sp_groups_at(groups, i - 1)->name, g->name), 0);
			for (size_t j = 1; j < g->n_members; j++)
				cr_expect_lt(strcmp(g->members[j - 1], g->members[j]), 0);
		}
	}
	cr_expect_str_eq(names[0], "231");
	cr_expect_geq(n, 31);
}

Test(groups, labels_and_majors_say_what_was_asked_for)
{
	static const struct {
		const char *release, *label;
		unsigned major;
	} cases[] = {
		{ "252", "252", 252 },
		{ "v252", "252", 252 },
		{ "252.39", "252.39", 252 },
		{ "252.999", "252.999", 252 },
		{ "239.5", "239.5", 239 },
		{ "rhel8", "rhel8 (239)", 239 },
		{ "rhel9", "rhel9 (252)", 252 },
		{ "sles15sp4", "sles15sp4 (249.17)", 249 },
		{ "debian13", "debian13 (257.13)", 257 },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		_cleanup_(sp_groups_freep) struct sp_groups *groups = release(cases[i].release);

		cr_expect_str_eq(sp_groups_label(groups), cases[i].label);
		cr_expect_eq(sp_groups_major(groups), cases[i].major, "%s", cases[i].release);
	}
}

Test(groups, the_newest_release_is_the_last_one_upstream)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = release(sp_groups_newest());
	char next[16];

	cr_expect_geq(sp_groups_major(groups), 261);
	snprintf(next, sizeof(next), "%u", sp_groups_major(groups) + 1);
	cr_expect_eq(sp_groups_new_release(next, &(struct sp_groups *){ NULL }), -ERANGE);
}

Test(groups, what_is_no_release_is_refused)
{
	static const struct {
		const char *release;
		int expected;
	} cases[] = {
		{ "", -EINVAL },       { "v", -EINVAL },	  { "252.", -EINVAL },
		{ ".252", -EINVAL },   { "252.1.2", -EINVAL },	  { "252 ", -EINVAL },
		{ " 252", -EINVAL },   { "-252", -EINVAL },	  { "0252", -EINVAL },
		{ "252.01", -EINVAL }, { "vv252", -EINVAL },	  { "rhel", -EINVAL },
		{ "vrhel8", -EINVAL }, { "RHEL8", -EINVAL },	  { "252~rc1", -EINVAL },
		{ "99999", -EINVAL },  { "4294967548", -EINVAL }, { "252.4294967296", -EINVAL },
		{ "230", -ERANGE },    { "219", -ERANGE },	  { "0", -ERANGE },
		{ "9999", -ERANGE },   { "230.9", -ERANGE },
	};
	struct sp_groups *const untouched = (struct sp_groups *)&cases;

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct sp_groups *groups = untouched;

		cr_expect_eq(sp_groups_new_release(cases[i].release, &groups), cases[i].expected,
			     "'%s'", cases[i].release);
		cr_expect_eq(groups, untouched);
	}
}

static struct sp_groups *listing(const char *text)
{
	struct sp_groups *groups = NULL;
	struct sp_groups_error error = { 0 };
	int r = sp_groups_parse_listing(text, strlen(text), 252, "252.1-1", &groups, &error);

	cr_assert_eq(r, 0, "%d, line %u: %s", r, error.line, error.what ? error.what : "-");
	return groups;
}

Test(groups, a_listing_is_read_up_to_its_ungrouped_calls)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups =
		listing("@default\n"
			"    # System calls that are always permitted\n"
			"    read\n"
			"    exit\n"
			"    @io\n"
			"\n"
			"@io\n"
			"    # I/O\n"
			"    write\n"
			"\n"
			"# Ungrouped System Calls (known but not included):\n"
			"#   tuxcall\n"
			"@late\n"
			"    swapon\n");
	const struct sp_group *g = sp_groups_find(groups, "@default");

	cr_expect_eq(sp_groups_count(groups), 2);
	cr_expect_null(sp_groups_find(groups, "@late"));
	cr_assert_not_null(g);
	cr_assert_eq(g->n_members, 3);
	cr_expect_str_eq(g->members[0], "@io");
	cr_expect_str_eq(g->members[1], "exit");
	cr_expect_str_eq(g->members[2], "read");
	cr_expect_eq(sp_sysset_count(&g->set), 3);
	cr_expect(is_allowed(groups, "@default", "write"));
	cr_expect_not(is_allowed(groups, "@io", "read"));
	cr_expect_eq(sp_groups_major(groups), 252);
	cr_expect_str_eq(sp_groups_label(groups), "252.1-1");
}

Test(groups, a_listing_may_be_untidy)
{
	static const char *const texts[] = {
		"@a\n    read\n    write",
		"@a\r\n    read\r\n    write\r\n",
		"\n\n@a   \n\tread\t\n\n   \n write\n#\n",
		"@a\n    read\n    write\n    read\n    read\n",
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(texts); i++) {
		_cleanup_(sp_groups_freep) struct sp_groups *groups = listing(texts[i]);

		cr_expect_eq(sp_groups_count(groups), 1);
		cr_expect_eq(sp_groups_at(groups, 0)->n_members, 2, "listing %zu", i);
		cr_expect(is_allowed(groups, "@a", "read"));
		cr_expect(is_allowed(groups, "@a", "write"));
	}
}

Test(groups, names_unknown_to_libseccomp_stay_in_the_set)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups =
		listing("@a\n    read\n    call_of_the_future\n");
	sp_call call;

	cr_assert_eq(sp_call_lookup("call_of_the_future", 18, &call), 0);
	cr_expect_not(sp_call_is_known(call));
	cr_expect(is_direct(groups, "@a", "call_of_the_future"));
	cr_expect(is_allowed(groups, "@a", "call_of_the_future"));
}

#define SIXTY_FIVE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

Test(groups, what_is_no_listing_is_refused_with_its_line)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *what;
	} cases[] = {
		{ "", 1, "no group" },
		{ "\n\n", 2, "no group" },
		{ "# @default\n@default\n    read\n", 1, "no group" },
		{ "Unknown command verb.\n", 1, "name of a group" },
		{ "    read\n@a\n", 1, "before the first" },
		{ "@a\n    read\nwrite\n", 3, "name of a group" },
		{ "@\n    read\n", 1, "name of a group" },
		{ "@A\n    read\n", 1, "name of a group" },
		{ "@a_b\n    read\n", 1, "name of a group" },
		{ "@a b\n    read\n", 1, "name of a group" },
		{ "@a\n    re ad\n", 2, "neither" },
		{ "@a\n    read\n    \033[31mwrite\n", 3, "neither" },
		{ "@a\n    r\303\251ad\n", 2, "neither" },
		{ "@a\n    read,write\n", 2, "neither" },
		{ "@a\n    ~read\n", 2, "neither" },
		{ "@a\n    @\n", 2, "neither" },
		{ "@a\n    " SIXTY_FIVE "\n", 2, "neither" },
		{ "@" SIXTY_FIVE "\n    read\n", 1, "name of a group" },
		{ "@a\n    read\n@b\n    read\n@a\n    write\n", 5, "before" },
		{ "@a\n    read\n    @b\n", 3, "not there" },
		{ "@a\n    @a\n", 1, "contain one another" },
		{ "@z\n    read\n@a\n    @b\n@b\n    @c\n@c\n    @a\n", 3, "contain one another" },
	};
	struct sp_groups *const untouched = (struct sp_groups *)&cases;

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct sp_groups *groups = untouched;
		struct sp_groups_error error = { 0 };
		int r = sp_groups_parse_listing(cases[i].text, strlen(cases[i].text), 252, "252",
						&groups, &error);

		cr_assert_eq(r, -EBADMSG, "'%s': %d", cases[i].text, r);
		cr_expect_eq(groups, untouched);
		cr_expect_eq(error.line, cases[i].line, "'%s': line %u", cases[i].text, error.line);
		cr_expect_not_null(strstr(error.what, cases[i].what), "'%s': %s", cases[i].text,
				   error.what);
	}
}

Test(groups, a_byte_of_zero_ends_no_listing)
{
	static const char text[] = "@a\n    read\n\0\n    write\n";
	struct sp_groups *groups = NULL;
	struct sp_groups_error error = { 0 };

	cr_expect_eq(sp_groups_parse_listing(text, sizeof(text) - 1, 252, "252", &groups, &error),
		     -EBADMSG);
	cr_expect_eq(error.line, 3);
}

/* @g1 in @g2 in @g3 ..., so many, with the last one first. */
static char *chain_of_groups(unsigned n)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_not_null(f);
	for (unsigned i = n; i > 0; i--) {
		fprintf(f, "@g%u\n    read\n", i);
		if (i > 1)
			fprintf(f, "    @g%u\n", i - 1);
		else
			fprintf(f, "    write\n");
	}
	cr_assert_eq(fclose(f), 0);
	return text;
}

Test(groups, a_long_chain_of_groups_is_expanded_to_its_end)
{
	_cleanup_(sp_freep) char *text = chain_of_groups(128);
	_cleanup_(sp_groups_freep) struct sp_groups *groups = listing(text);

	cr_expect(is_allowed(groups, "@g128", "write"));
	cr_expect_not(is_direct(groups, "@g128", "write"));
}

Test(groups, more_groups_than_systemd_has_are_refused)
{
	_cleanup_(sp_freep) char *text = chain_of_groups(5000);
	struct sp_groups *groups = NULL;
	struct sp_groups_error error = { 0 };

	cr_expect_eq(sp_groups_parse_listing(text, strlen(text), 252, "252", &groups, &error),
		     -EBADMSG);
	cr_expect_not_null(strstr(error.what, "more groups"));
}

Test(groups, more_names_than_can_be_kept_are_refused)
{
	_cleanup_(sp_freep) char *text = NULL;
	struct sp_groups *groups = NULL;
	struct sp_groups_error error = { 0 };
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_not_null(f);
	fprintf(f, "@a\n");
	for (unsigned i = 0; i < SP_CALLS_MAX + 1; i++)
		fprintf(f, "    made_up_%u\n", i);
	cr_assert_eq(fclose(f), 0);
	cr_expect_eq(sp_groups_parse_listing(text, len, 252, "252", &groups, &error), -EBADMSG);
	cr_expect_not_null(strstr(error.what, "more names"));
	cr_expect_gt(error.line, 1);
	/* The table fares no better then, and says so in a way of its own. */
	cr_expect_eq(sp_groups_new_release("252", &groups), -ENOMEM);
}

/* As systemd-analyze prints them. */
static char *print_groups(const struct sp_groups *groups)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_not_null(f);
	for (size_t i = sp_groups_count(groups); i-- > 0;) {
		const struct sp_group *g = sp_groups_at(groups, i);

		fprintf(f, "%s\n    # What it is for\n", g->name);
		for (size_t j = g->n_members; j-- > 0;)
			fprintf(f, "    %s\n", g->members[j]);
		fputc('\n', f);
	}
	fputs("# Ungrouped System Calls (known but not included in any of the groups):\n", f);
	cr_assert_eq(fclose(f), 0);
	return text;
}

static void expect_same(const struct sp_groups *a, const struct sp_groups *b, const char *name)
{
	cr_assert_eq(sp_groups_count(a), sp_groups_count(b), "%s", name);
	for (size_t i = 0; i < sp_groups_count(a); i++) {
		const struct sp_group *x = sp_groups_at(a, i), *y = sp_groups_at(b, i);

		cr_expect_str_eq(x->name, y->name);
		cr_expect(sp_sysset_equal(&x->set, &y->set), "%s %s", name, x->name);
		cr_assert_eq(x->n_members, y->n_members, "%s %s", name, x->name);
		for (size_t j = 0; j < x->n_members; j++)
			cr_expect_str_eq(x->members[j], y->members[j]);
	}
}

Test(groups, the_table_and_its_listing_are_the_same)
{
	for (const char *const *name = sp_groups_release_names(); *name; name++) {
		_cleanup_(sp_groups_freep) struct sp_groups *groups = release(*name);
		_cleanup_(sp_freep) char *text = print_groups(groups);
		_cleanup_(sp_groups_freep) struct sp_groups *parsed = listing(text);

		expect_same(groups, parsed, *name);
	}
}

/* Cut anywhere and with any byte changed, a listing is read or refused; it never does harm. */
Test(groups, a_damaged_listing_does_no_harm)
{
	static const char bytes[] = { '\0', '\n', ' ', '#', '@', 'a', '\177', '\377' };
	_cleanup_(sp_groups_freep) struct sp_groups *groups = release("257");
	_cleanup_(sp_freep) char *text = print_groups(groups);
	size_t len = strlen(text), n_read = 0, n_refused = 0;

	for (size_t i = 0; i < len; i += 37) {
		_cleanup_(sp_groups_freep) struct sp_groups *cut = NULL, *bent = NULL;
		struct sp_groups_error error = { 0 };
		char kept = text[i];

		if (sp_groups_parse_listing(text, i, 257, "257", &cut, &error) == 0)
			n_read++;
		text[i] = bytes[i % sizeof(bytes)];
		error = (struct sp_groups_error){ 0 };
		if (sp_groups_parse_listing(text, len, 257, "257", &bent, &error) < 0) {
			n_refused++;
			cr_expect_not_null(error.what);
			cr_expect_gt(error.line, 0);
		}
		text[i] = kept;
	}
	cr_expect_gt(n_read, 0);
	cr_expect_gt(n_refused, 0);
}

Test(groups, nothing_leaks)
{
	static const char *const texts[] = { "@a\n    @b\n", "@a\n    @a\n", "@a\n    read\n" };
	struct sp_groups *groups = NULL;
	struct sp_groups_error error;

	cr_expect_null(sp_groups_free(NULL));
	for (size_t i = 0; i < SP_ARRAY_SIZE(texts); i++)
		(void)sp_groups_parse_listing(texts[i], strlen(texts[i]), 252, "252", &groups,
					      &error);
	cr_assert_not_null(groups);
	(void)sp_groups_free(groups);
	(void)sp_groups_free(release("rhel8"));
	sp_assert_no_leak();
}
