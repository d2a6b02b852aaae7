/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/dropin.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "leak.h"
#include "room.h"
#include "sysprofile/units.h"
#include "sysprofile/util.h"

#define ETC "/etc/systemd/system"

TestSuite(dropin, .init = make_room, .fini = remove_room);

static const char *below(const char *path)
{
	static char full[2][512];
	static unsigned turn;

	turn = !turn;
	snprintf(full[turn], sizeof(full[turn]), "%s%s", root, path);
	return full[turn];
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

static void link_to(const char *path, const char *target)
{
	make_parents(path);
	cr_assert_eq(symlink(target, below(path)), 0, "%s", path);
}

static enum sp_dropin_owner look(const struct sp_dropin_place *place)
{
	enum sp_dropin_owner owner = _SP_DROPIN_OWNER_MAX;
	struct sp_unit_text text = {};

	cr_assert_eq(sp_dropin_look(place, &owner, &text), 0);
	free(text.text);
	return owner;
}

Test(dropin, what_is_written_is_ours_until_somebody_changes_it)
{
	static const char text[] = "# words\n[Service]\nSystemCallFilter=read\n";
	struct sp_dropin_place place = {};
	struct sp_unit_text marked = {};
	FILE *f;

	cr_assert_eq(sp_dropin_locate(root, ETC, "a.service", &place), 0);
	cr_expect_str_eq(place.path, ETC "/a.service.d/90-sysprofile.conf");
	cr_expect_str_eq(place.shown, below(ETC "/a.service.d/90-sysprofile.conf"));
	cr_expect_eq(look(&place), SP_DROPIN_NOBODY);
	cr_expect_eq(sp_dropin_try(&place), 0);
	cr_assert_eq(sp_dropin_mark(text, strlen(text), &marked), 0);
	cr_assert_eq(sp_dropin_write(&place, marked.text, marked.len), 0);
	cr_expect_eq(look(&place), SP_DROPIN_OURS);
	f = fopen(place.full, "a");
	cr_assert_not_null(f);
	fputs("#\n", f);
	cr_assert_eq(fclose(f), 0);
	cr_expect_eq(look(&place), SP_DROPIN_CHANGED);
	free(marked.text);
	sp_dropin_place_done(&place);
	sp_assert_no_leak();
}

Test(dropin, every_changed_byte_is_told)
{
	static const char text[] = "[Service]\nSystemCallFilter=read\n";
	struct sp_unit_text marked = {};

	cr_assert_eq(sp_dropin_mark(text, strlen(text), &marked), 0);
	cr_expect_str_eq(marked.text + marked.len - strlen(text), text);
	cr_expect_eq(sp_dropin_owner_of(marked.text, marked.len), SP_DROPIN_OURS);
	for (size_t i = 0; i < marked.len; i++) {
		marked.text[i] ^= 1;
		cr_expect_neq(sp_dropin_owner_of(marked.text, marked.len), SP_DROPIN_OURS, "%zu",
			      i);
		marked.text[i] ^= 1;
		cr_expect_neq(sp_dropin_owner_of(marked.text, i), SP_DROPIN_OURS, "%zu", i);
	}
	cr_expect_eq(sp_dropin_owner_of(text, strlen(text)), SP_DROPIN_FOREIGN);
	cr_expect_eq(sp_dropin_owner_of("", 0), SP_DROPIN_FOREIGN);
	free(marked.text);
	sp_assert_no_leak();
}

Test(dropin, an_empty_text_has_a_marker_of_its_own)
{
	struct sp_unit_text marked = {};

	cr_assert_eq(sp_dropin_mark("", 0, &marked), 0);
	cr_expect_eq(sp_dropin_owner_of(marked.text, marked.len), SP_DROPIN_OURS);
	free(marked.text);
}

Test(dropin, links_and_other_things_in_its_place_are_told_apart)
{
	static const struct {
		const char *unit, *target;
		enum sp_dropin_owner owner;
	} cases[] = {
		{ "masked.service", "/dev/null", SP_DROPIN_MASKED },
		{ "link.service", "other", SP_DROPIN_LINK },
		{ "longer.service", "/dev/nullx", SP_DROPIN_LINK },
	};
	struct sp_dropin_place place = {};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		cr_assert_eq(sp_dropin_locate(root, ETC, cases[i].unit, &place), 0);
		link_to(place.path, cases[i].target);
		cr_expect_eq(look(&place), cases[i].owner, "%s", cases[i].target);
		sp_dropin_place_done(&place);
	}
	cr_assert_eq(sp_dropin_locate(root, ETC, "odd.service", &place), 0);
	make_parents(ETC "/odd.service.d/90-sysprofile.conf/x");
	cr_expect_eq(look(&place), SP_DROPIN_ODD);
	sp_dropin_place_done(&place);
	sp_assert_no_leak();
}

/* A link with an absolute target means the root's file, and not this machine's. */
Test(dropin, links_on_the_way_stay_inside_the_root)
{
	struct sp_dropin_place place = {};

	make_parents("/usr/share/kept/x");
	link_to(ETC "/a.service.d", "/usr/share/kept");
	cr_assert_eq(sp_dropin_locate(root, ETC, "a.service", &place), 0);
	cr_expect_str_eq(place.full, below("/usr/share/kept/90-sysprofile.conf"));
	cr_expect_str_eq(place.shown, below(ETC "/a.service.d/90-sysprofile.conf"));
	cr_expect_eq(sp_dropin_write(&place, "x", 1), 0);
	cr_expect_eq(access(below("/usr/share/kept/90-sysprofile.conf"), F_OK), 0);
	sp_dropin_place_done(&place);
}

Test(dropin, what_is_no_directory_is_an_error)
{
	struct sp_dropin_place place = {};

	link_to(ETC "/gone.service.d", "/nowhere");
	cr_expect_eq(sp_dropin_locate(root, ETC, "gone.service", &place), -ENOLINK);
	file(ETC "/file.service.d", "");
	cr_expect_eq(sp_dropin_locate(root, ETC, "file.service", &place), -ENOTDIR);
	link_to(ETC "/circle.service.d", "circle.service.d");
	cr_expect_eq(sp_dropin_locate(root, ETC, "circle.service", &place), -ELOOP);
	cr_expect_null(place.path);
	sp_assert_no_leak();
}

Test(dropin, nothing_is_left_of_one_that_cannot_be_written)
{
	struct sp_dropin_place place = {};

	cr_assert_eq(sp_dropin_locate(root, ETC, "a.service", &place), 0);
	make_parents(ETC "/a.service.d/90-sysprofile.conf/x");
	cr_expect_eq(sp_dropin_write(&place, "x", 1), -EISDIR);
	cr_expect_eq(rmdir(place.full), 0);
	cr_expect_eq(rmdir(below(ETC "/a.service.d")), 0, "nothing is beside it");
	sp_dropin_place_done(&place);
}

/* The files that count when ours is there, without the root. */
static void expect_files(const char *base, const char *unit, const char *wanted)
{
	static char ours[] = "ours";
	const struct sp_unit_text text = { .text = ours, .len = 4 };
	struct sp_dropin_place place = {};
	const struct sp_unit_query query = { .root = root, .place = &place, .text = &text };
	struct sp_unit loaded = {};
	char *path = NULL, got[2048] = "";

	cr_assert_eq(sp_dropin_locate(root, base, unit, &place), 0);
	cr_assert_eq(sp_unit_query(&query, unit, &loaded, &path), 0, "%s", unit);
	for (size_t i = 0; i < loaded.texts.n; i++) {
		strcat(got, i ? " " : "");
		strcat(got, loaded.texts.v[i].file + strlen(root));
		if (sp_streq(loaded.texts.v[i].file, place.full))
			cr_expect_str_eq(loaded.texts.v[i].text, "ours");
	}
	cr_expect_str_eq(got, wanted);
	sp_unit_done(&loaded);
	sp_dropin_place_done(&place);
}

Test(dropin, it_counts_before_it_is_written)
{
	file("/usr/lib/systemd/system/a.service", "[Service]\n");
	expect_files(ETC, "a.service",
		     "/usr/lib/systemd/system/a.service "
		     "/etc/systemd/system/a.service.d/90-sysprofile.conf");
	file("/run/systemd/system/service.d/50-x.conf", "[Service]\n");
	file(ETC "/a.service.d/override.conf", "[Service]\n");
	expect_files(ETC, "a.service",
		     "/usr/lib/systemd/system/a.service "
		     "/run/systemd/system/service.d/50-x.conf "
		     "/etc/systemd/system/a.service.d/90-sysprofile.conf "
		     "/etc/systemd/system/a.service.d/override.conf");
	cr_expect_eq(access(below(ETC "/a.service.d/90-sysprofile.conf"), F_OK), -1);
}

Test(dropin, it_takes_the_place_of_what_it_would_overwrite)
{
	file("/usr/lib/systemd/system/a.service", "[Service]\n");
	file(ETC "/a.service.d/90-sysprofile.conf", "old");
	expect_files(ETC, "a.service",
		     "/usr/lib/systemd/system/a.service "
		     "/etc/systemd/system/a.service.d/90-sysprofile.conf");
}

/* The higher directory wins, whichever is written later. */
Test(dropin, one_of_its_name_may_hide_it)
{
	file("/usr/lib/systemd/system/a.service", "[Service]\n");
	file(ETC "/a.service.d/90-sysprofile.conf", "old");
	expect_files("/run/systemd/system", "a.service",
		     "/usr/lib/systemd/system/a.service "
		     "/etc/systemd/system/a.service.d/90-sysprofile.conf");
}

Test(dropin, a_unit_without_a_file_can_be_asked_for)
{
	const struct sp_unit_query query = { .root = root, .without_fragment = true };
	struct sp_unit unit = {};
	char *path = NULL;

	file(ETC "/a.service.d/x.conf", "[Service]\n");
	cr_assert_eq(sp_unit_query(&query, "a", &unit, &path), 0);
	cr_expect_eq(unit.texts.n, 1);
	cr_expect_str_eq(unit.names.v[0], "a.service");
	sp_unit_done(&unit);
	sp_assert_no_leak();
}

Test(dropin, the_directories_of_a_user_are_those_of_the_variables)
{
	struct sp_words words = {};
	char *base = NULL;

	setenv("HOME", "/home/u", 1);
	setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_DATA_HOME");
	unsetenv("XDG_CONFIG_DIRS");
	unsetenv("XDG_DATA_DIRS");
	cr_assert_eq(sp_unit_user_directories(&words), 0);
	cr_assert_eq(words.n, 16);
	cr_expect_str_eq(words.v[0], "/home/u/.config/systemd/user.control");
	cr_expect_str_eq(words.v[4], "/home/u/.config/systemd/user");
	cr_expect_str_eq(words.v[5], "/etc/xdg/systemd/user");
	cr_expect_str_eq(words.v[7], "/run/user/7/systemd/user");
	cr_expect_str_eq(words.v[15], "/run/user/7/systemd/generator.late");
	sp_words_done(&words);
	cr_assert_eq(sp_unit_base(true, false, &base), 0);
	cr_expect_str_eq(base, "/home/u/.config/systemd/user");
	free(base);
	cr_assert_eq(sp_unit_base(true, true, &base), 0);
	cr_expect_str_eq(base, "/run/user/7/systemd/user");
	free(base);
	setenv("XDG_CONFIG_HOME", "/cfg", 1);
	cr_assert_eq(sp_unit_base(true, false, &base), 0);
	cr_expect_str_eq(base, "/cfg/systemd/user");
	free(base);
	unsetenv("XDG_RUNTIME_DIR");
	cr_expect_eq(sp_unit_base(true, true, &base), -ENXIO);
	sp_assert_no_leak();
}
