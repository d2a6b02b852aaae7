/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/units.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "leak.h"
#include "room.h"

#define LIB "/usr/lib/systemd/system/"
#define ETC "/etc/systemd/system/"
#define RUN "/run/systemd/system/"

/* What systemd 252 itself does with such files, integration/explain.py asks of it. */

static char *below(const char *path)
{
	static char full[512];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return full;
}

static void make_parents(const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s", below(path));
	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		(void)mkdir(full, 0755);
		*slash = '/';
	}
}

static void file(const char *path, const char *text)
{
	FILE *f;

	make_parents(path);
	f = fopen(below(path), "w");
	cr_assert_not_null(f, "%s", path);
	fputs(text, f);
	cr_assert_eq(fclose(f), 0);
}

static void service(const char *path)
{
	file(path, "[Service]\nExecStart=/bin/true\n");
}

static void link_to(const char *path, const char *target)
{
	make_parents(path);
	cr_assert_eq(symlink(target, below(path)), 0, "%s", path);
}

/* The files, one behind the other, without the root. */
static void expect_files(const char *name, const char *wanted)
{
	struct sp_unit unit = {};
	char *path = NULL, got[2048] = "";
	int r = sp_unit_load(root, name, &unit, &path);

	cr_expect_eq(r, 0, "%s: %s", name, strerror(-r));
	for (size_t i = 0; i < unit.texts.n; i++) {
		cr_expect(sp_startswith(unit.texts.v[i].file, root));
		strcat(got, i ? "\n" : "");
		strcat(got, unit.texts.v[i].file + strlen(root));
	}
	cr_expect_str_eq(got, wanted, "%s:\n%s\nnot\n%s", name, got, wanted);
	sp_unit_done(&unit);
	free(path);
}

static void expect_error(const char *name, int error, const char *about)
{
	struct sp_unit unit = {};
	char *path = NULL;
	int r = sp_unit_load(root, name, &unit, &path);

	cr_expect_eq(r, error, "%s: %s", name, strerror(-r));
	if (about)
		cr_expect(path && sp_streq(path, below(about)), "%s is about %s", name, path);
	else
		cr_expect_null(path);
	cr_expect_null(unit.name);
	free(path);
}

TestSuite(units, .init = make_room, .fini = remove_room);

Test(units, a_higher_directory_wins)
{
	service(LIB "a.service");
	service("/usr/local/lib/systemd/system/a.service");
	expect_files("a.service", "/usr/local/lib/systemd/system/a.service");
	service(RUN "a.service");
	expect_files("a.service", RUN "a.service");
	service(ETC "a.service");
	expect_files("a", ETC "a.service");
	sp_assert_no_leak();
}

Test(units, dropins_are_sorted_by_name_and_overridden_by_name)
{
	service(LIB "a.service");
	service(LIB "a.service.d/20-x.conf");
	service(ETC "a.service.d/10-y.conf");
	service(RUN "a.service.d/20-x.conf");
	service(LIB "a.service.d/30-z.conf");
	service(LIB "service.d/25-all.conf");
	service(LIB "a.service.d/no-dropin.txt");
	link_to(ETC "a.service.d/30-z.conf", "/dev/null");
	expect_files("a.service", LIB "a.service\n" ETC "a.service.d/10-y.conf\n" RUN
				      "a.service.d/20-x.conf\n" LIB "service.d/25-all.conf");
}

Test(units, prefixes_and_templates_have_dropins_too)
{
	service(LIB "foo-bar@.service");
	service(LIB "foo-bar@.service.d/1.conf");
	service(ETC "foo-bar@x.service.d/2.conf");
	service(LIB "foo-@x.service.d/3.conf");
	service(LIB "foo-.service.d/4.conf");
	service(LIB "foo-bar@y.service.d/5.conf");
	expect_files("foo-bar@x.service",
		     LIB "foo-bar@.service\n" LIB "foo-bar@.service.d/1.conf\n" ETC
			 "foo-bar@x.service.d/2.conf\n" LIB "foo-@x.service.d/3.conf\n" LIB
			 "foo-.service.d/4.conf");
	/* What is more special wins over what is less, in one directory. */
	service(LIB "foo-bar@x.service.d/1.conf");
	service(LIB "foo-bar@x.service.d/4.conf");
	expect_files("foo-bar@x.service",
		     LIB "foo-bar@.service\n" LIB "foo-bar@x.service.d/1.conf\n" ETC
			 "foo-bar@x.service.d/2.conf\n" LIB "foo-@x.service.d/3.conf\n" LIB
			 "foo-bar@x.service.d/4.conf");
}

Test(units, an_instance_may_have_a_file_of_its_own)
{
	service(LIB "a@.service");
	service(ETC "a@special.service");
	expect_files("a@special.service", ETC "a@special.service");
	expect_files("a@other.service", LIB "a@.service");
	expect_files("a@.service", LIB "a@.service");
}

Test(units, aliases_share_file_and_dropins)
{
	struct sp_unit unit = {};
	char *path = NULL;

	service(LIB "real.service");
	link_to(LIB "alias.service", "real.service");
	link_to(ETC "second.service", LIB "alias.service");
	service(LIB "real.service.d/1.conf");
	service(ETC "second.service.d/1.conf");
	service(ETC "second.service.d/2.conf");
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "real", "alias", "second.service" };

		expect_files(names[i], LIB "real.service\n" LIB "real.service.d/1.conf\n" ETC
					   "second.service.d/2.conf");
	}
	cr_assert_eq(sp_unit_load(root, "alias", &unit, &path), 0);
	cr_expect_str_eq(unit.name, "alias.service");
	cr_expect_eq(unit.names.n, 3);
	cr_expect_str_eq(unit.names.v[0], "real.service");
	sp_unit_done(&unit);
}

Test(units, an_alias_of_a_template_is_one_for_its_instances)
{
	service(LIB "getty@.service");
	link_to(ETC "other@.service", "../../../usr/lib/systemd/system/getty@.service");
	link_to(LIB "plain.service", "getty@tty1.service");
	service(ETC "other@tty1.service.d/1.conf");
	expect_files("getty@tty1", LIB "getty@.service\n" ETC "other@tty1.service.d/1.conf");
	expect_files("other@tty1", LIB "getty@.service\n" ETC "other@tty1.service.d/1.conf");
	expect_files("other@tty2", LIB "getty@.service");
	/* systemd takes no plain name for an instance's. */
	expect_error("plain", -ENOENT, NULL);
}

Test(units, a_link_to_its_own_name_is_passed_over)
{
	service(LIB "a.service");
	service(LIB "a.service.d/1.conf");
	link_to(ETC "a.service", LIB "a.service");
	link_to(ETC "other.service", "a.service");
	expect_files("a", LIB "a.service\n" LIB "a.service.d/1.conf");
	expect_files("other", LIB "a.service\n" LIB "a.service.d/1.conf");
	service("/usr/local/lib/systemd/system/b.service");
	service(LIB "b.service");
	link_to(ETC "b.service", "../../../usr/lib/systemd/system/b.service");
	expect_files("b", "/usr/local/lib/systemd/system/b.service");
	service(LIB "c@.service");
	link_to(ETC "c@.service", LIB "c@.service");
	link_to(ETC "c@x.service", "c@x.service");
	expect_files("c@x", LIB "c@.service");
	link_to(ETC "only.service", LIB "only.service");
	link_to(ETC "self.service", "self.service");
	expect_error("only", -ENOENT, NULL);
	expect_error("self", -ENOENT, NULL);
	sp_assert_no_leak();
}

Test(units, an_instance_whose_link_leads_nowhere_has_its_template)
{
	service(LIB "a@.service");
	link_to(ETC "a@b.service", LIB "nope@.service");
	link_to(ETC "a@c.service", "nope@c.service");
	service(ETC "a@b.service.d/1.conf");
	service(ETC "nope@b.service.d/2.conf");
	expect_files("a@b", LIB "a@.service\n" ETC "a@b.service.d/1.conf");
	expect_files("a@c", LIB "a@.service");
	/* A circle of two names is an error to systemd, template or not. */
	link_to(ETC "a@d.service", "e@d.service");
	link_to(ETC "e@d.service", "a@d.service");
	expect_error("a@d", -ELOOP, NULL);
	link_to(ETC "f@g.service", LIB "nope@.service");
	expect_error("f@g", -ENOENT, NULL);
	sp_assert_no_leak();
}

/* The rules of systemd/units.py in small. */
Test(units, a_link_into_a_unit_directory_is_an_alias_however_deep)
{
	service(LIB "sub/a.service");
	link_to(ETC "b.service", LIB "sub/a.service");
	expect_error("b", -ENOENT, NULL);
	service(RUN "a.service");
	expect_files("b", RUN "a.service");
	/* Of its own name, and of a directory that does not exist. */
	link_to(ETC "a.service", LIB "sub/a.service");
	expect_files("a", RUN "a.service");
	link_to(ETC "c.service", "/run/systemd/generator.late/a.service");
	expect_files("c", RUN "a.service");
	link_to(ETC "d.service", LIB);
	expect_error("d", -ENOENT, NULL);
	service(LIB "d.service");
	expect_files("d", LIB "d.service");
	/* Mounts and swaps have no aliases. */
	service(LIB "a.mount");
	link_to(ETC "b.mount", LIB "a.mount");
	expect_error("b.mount", -ENOENT, NULL);
	sp_assert_no_leak();
}

Test(units, names_of_instances_come_from_where_their_links_end)
{
	service(LIB "a@.service");
	link_to(ETC "b@x.service", "a@x.service");
	link_to(ETC "c@x.service", "b@x.service");
	service(ETC "a@x.service.d/1.conf");
	service(ETC "b@x.service.d/2.conf");
	service(ETC "c@x.service.d/3.conf");
	expect_files("a@x", LIB "a@.service\n" ETC "a@x.service.d/1.conf\n" ETC
				"b@x.service.d/2.conf\n" ETC "c@x.service.d/3.conf");
	expect_files("b@x",
		     LIB "a@.service\n" ETC "a@x.service.d/1.conf\n" ETC "b@x.service.d/2.conf");
	expect_files("c@x",
		     LIB "a@.service\n" ETC "a@x.service.d/1.conf\n" ETC "c@x.service.d/3.conf");
	/* An alias of the template is none for an instance that goes its own way. */
	link_to(ETC "d@.service", "a@.service");
	service(ETC "d@y.service");
	service(ETC "d@y.service.d/4.conf");
	service(ETC "d@z.service.d/5.conf");
	expect_files("a@y", LIB "a@.service");
	expect_files("a@z", LIB "a@.service\n" ETC "d@z.service.d/5.conf");
	expect_files("d@y", ETC "d@y.service\n" ETC "d@y.service.d/4.conf");
	sp_assert_no_leak();
}

Test(units, what_is_no_file_is_passed_over)
{
	service(LIB "a.service");
	service(ETC "a.service/file");
	service(RUN "b.service");
	cr_assert_eq(mkfifo(below(RUN "a.service"), 0600), 0);
	expect_files("a", LIB "a.service");
}

Test(units, links_stay_inside_the_root)
{
	service("/opt/linked.service");
	link_to(ETC "linked.service", "/opt/linked.service");
	link_to(ETC "escape.service", "../../../../../../../../opt/linked.service");
	service("/opt/dir/1.conf");
	link_to(ETC "linked.service.d", "/opt/dir");
	expect_files("linked", ETC "linked.service\n/opt/dir/1.conf");
	expect_files("escape", ETC "escape.service");
	link_to(ETC "gone.service", "/bin/sh");
	expect_error("gone", -ENOENT, ETC "gone.service");
}

Test(units, a_linked_usr_is_one_directory)
{
	service(LIB "a.service");
	service(LIB "a.service.d/1.conf");
	link_to("/lib", "usr/lib");
	expect_files("a", LIB "a.service\n" LIB "a.service.d/1.conf");
}

Test(units, masked_looped_and_odd_files_are_told_apart)
{
	service(LIB "a.service");
	link_to(ETC "a.service", "/dev/null");
	expect_error("a", -ERFKILL, ETC "a.service");
	file(ETC "empty.service", "");
	expect_error("empty", -ERFKILL, ETC "empty.service");
	link_to(ETC "one.service", "two.service");
	link_to(ETC "two.service", "one.service");
	expect_error("one", -ELOOP, NULL);
	link_to("/opt/x", "y");
	link_to("/opt/y", "x");
	link_to(ETC "around.service", "/opt/x");
	expect_error("around", -ELOOP, ETC "around.service");
	service(ETC "dir.service/file");
	expect_error("dir", -EISDIR, ETC "dir.service");
	cr_assert_eq(mkfifo(below(ETC "fifo.service"), 0600), 0);
	expect_error("fifo", -ENXIO, ETC "fifo.service");
	file(ETC "huge.service", "[Service]\n");
	cr_assert_eq(truncate(below(ETC "huge.service"), 1 << 30), 0);
	expect_error("huge", -EFBIG, ETC "huge.service");
	sp_assert_no_leak();
}

Test(units, names_that_are_none_and_types_without_programs)
{
	char longest[300];

	memset(longest, 'a', sizeof(longest));
	strcpy(longest + 250, ".service");
	expect_error("a/b.service", -EINVAL, NULL);
	expect_error("", -EINVAL, NULL);
	expect_error("@x.service", -EINVAL, NULL);
	expect_error("a b", -EINVAL, NULL);
	expect_error(longest, -EINVAL, NULL);
	expect_error("a.timer", -ENOEXEC, NULL);
	expect_error("a.target", -ENOEXEC, NULL);
	expect_error("dev-sda.device", -ENOEXEC, NULL);
	expect_error("a.socket", -ENOENT, NULL);
	expect_error("a", -ENOENT, NULL);
}

Test(units, all_names_are_listed)
{
	struct sp_words names = {};

	service(LIB "b.service");
	service(ETC "a.socket");
	service(ETC "b.service");
	service(ETC "c.timer");
	cr_assert_eq(sp_unit_list(root, &names), 0);
	cr_assert_eq(names.n, 2);
	cr_expect_str_eq(names.v[0], "a.socket");
	cr_expect_str_eq(names.v[1], "b.service");
	sp_words_done(&names);
}

static void expect_release(const char *wanted)
{
	char *release = NULL;
	int r = sp_root_release(root, &release);

	if (!wanted)
		cr_expect_eq(r, -ENOENT);
	else
		cr_expect(r == 0 && sp_streq(release, wanted), "%s is not %s", release, wanted);
	free(release);
}

Test(units, the_release_of_a_root_is_told_by_its_library)
{
	expect_release(NULL);
	service("/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so");
	expect_release("252");
	file("/usr/lib/os-release", "NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\n");
	link_to("/etc/os-release", "../usr/lib/os-release");
	expect_release("debian12");
	/* A variant of another release is none of this one. */
	file("/usr/lib/os-release", "ID=debian\nVERSION_ID=13\n");
	expect_release("252");
	service("/usr/lib/systemd/libsystemd-shared-257.7-1.fc42.so");
	expect_release("257.7");
}

Test(units, rebuilds_of_rhel_count_as_rhel)
{
	service("/usr/lib/systemd/libsystemd-shared-239.so");
	file("/usr/lib/os-release",
	     "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"8.10\"\n");
	expect_release("rhel8");
}
