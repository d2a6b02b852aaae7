/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/fragments.h"

#include <errno.h>

#include "fake-run.h"
#include "leak.h"
#include "sysprofile/emit.h"
#include "sysprofile/util.h"

struct fixture {
	struct sp_groups *groups;
	struct sp_profile *profile;
	struct sp_result result;
	struct sp_unit_texts texts;
	struct sp_findings findings;
};

static void add_text(struct fixture *f, const char *file, const char *text, size_t len)
{
	struct sp_unit_text one = { strdup(file), strndup(text, len), len };

	cr_assert_eq(sp_unit_texts_add(&f->texts, &one), 0);
}

static const char *more_calls = "";

/* A vendor's unit, ours, and what comes after it. */
static struct fixture judge_with(const struct sp_policy *policy, const char *release_name,
				 const char *vendor, const char *later)
{
	struct fixture f = { release(release_name), fake_run() };
	struct sp_run_facts facts = fake_facts();
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	fake_calls(f.profile, 4711, "apache2", more_calls, 500000000);
	cr_assert_eq(sp_result_make(f.profile, f.groups, policy, &facts, &f.result), 0);
	cr_assert_eq(sp_emit_dropin(&f.result, out), 0);
	cr_assert_eq(fclose(out), 0);
	add_text(&f, "/a.service", vendor, strlen(vendor));
	add_text(&f, "/a.service.d/90-sysprofile.conf", text, len);
	add_text(&f, "/a.service.d/95-later.conf", later, strlen(later));
	free(text);
	cr_assert_eq(sp_fragments_judge(&f.result, &f.texts, 1, &f.findings), 0);
	return f;
}

static struct fixture judge(const char *vendor, const char *later)
{
	const struct sp_policy policy = { .err = EPERM };

	return judge_with(&policy, "252.39", vendor, later);
}

static void done(struct fixture *f)
{
	sp_findings_done(&f->findings);
	sp_unit_texts_done(&f->texts);
	sp_result_done(&f->result);
	sp_profile_free(f->profile);
	sp_groups_free(f->groups);
}

static void expect_one(const struct fixture *f, enum sp_finding_kind kind, const char *file,
		       unsigned line, const char *text)
{
	cr_assert_eq(f->findings.n, 1);
	cr_expect_eq(f->findings.v[0].kind, kind);
	cr_expect_str_eq(f->findings.v[0].file, file);
	cr_expect_eq(f->findings.v[0].line, line);
	cr_expect_str_eq(f->findings.v[0].text, text);
}

static bool has(const struct sp_finding *finding, const char *name)
{
	return sp_sysset_contains(&finding->calls, call_named(name));
}

Test(fragments, what_stands_before_ours_is_reset_by_it)
{
	struct fixture f = judge("[Service]\nSystemCallFilter=@mount\nSystemCallErrorNumber=EIO\n"
				 "SystemCallArchitectures=native x86\n",
				 "[Unit]\nSystemCallFilter=@mount\n");

	cr_expect_eq(f.findings.n, 0);
	cr_expect_not(sp_findings_matter(&f.findings));
	done(&f);
	sp_assert_no_leak();
}

Test(fragments, a_line_that_allows_more_is_named)
{
	struct fixture f = judge("[Service]\n", "# a comment\n[Service]\n\n"
						"  SystemCallFilter = read @mount\nNice=1\n");

	expect_one(&f, SP_FINDING_WIDENS, "/a.service.d/95-later.conf", 4,
		   "SystemCallFilter = read @mount");
	cr_expect(has(&f.findings.v[0], "mount"));
	cr_expect_not(has(&f.findings.v[0], "read"));
	cr_expect_not(f.findings.v[0].unnamed);
	cr_expect(sp_findings_matter(&f.findings));
	done(&f);
	sp_assert_no_leak();
}

Test(fragments, a_reset_allows_all_and_its_numbers)
{
	struct fixture f = judge("[Service]\n", "[Service]\nSystemCallFilter=\n");

	expect_one(&f, SP_FINDING_WIDENS, "/a.service.d/95-later.conf", 2, "SystemCallFilter=");
	cr_expect(has(&f.findings.v[0], "reboot"));
	cr_expect(f.findings.v[0].unnamed);
	done(&f);
}

Test(fragments, a_line_that_takes_what_is_needed_away_is_named)
{
	struct fixture f = judge("[Service]\n", "[Service]\nSystemCallFilter=~setuid reboot\n"
						"SystemCallFilter=~chmod\n");

	cr_assert_eq(f.findings.n, 2);
	cr_expect_eq(f.findings.v[0].kind, SP_FINDING_BREAKS);
	cr_expect_eq(f.findings.v[1].kind, SP_FINDING_BREAKS);
	for (int i = 0; i < 2; i++) {
		const struct sp_finding *finding = &f.findings.v[i];

		cr_expect_eq(sp_sysset_count(&finding->calls), 1, "reboot was not needed");
		cr_expect(has(finding, finding->line == 2 ? "setuid" : "chmod"));
	}
	done(&f);
}

Test(fragments, a_line_continued_over_several_is_told_by_its_first)
{
	struct fixture f = judge("[Service]\n", "[Service]\nNice=\\\n1\nSystemCallFilter=\\\n"
						"@mount \\\nkexec_load\nSystemCallFilter=read\n");

	expect_one(&f, SP_FINDING_WIDENS, "/a.service.d/95-later.conf", 4, "SystemCallFilter=\\");
	cr_expect(has(&f.findings.v[0], "kexec_load"));
	done(&f);
}

Test(fragments, a_later_architecture_lets_its_calls_in)
{
	struct fixture f = judge("[Service]\n", "[Service]\nSystemCallArchitectures=x86\n");

	if (sp_abi_local()[1]) {
		cr_assert_eq(f.findings.n, 2);
		cr_expect_eq(f.findings.v[0].kind, SP_FINDING_WIDENS);
		cr_expect_eq(f.findings.v[0].line, 2);
		cr_expect(has(&f.findings.v[0], "read"));
		/* Those that stay refused do not kill any more. */
		cr_expect_eq(f.findings.v[1].kind, SP_FINDING_ANSWERS);
	}
	done(&f);
}

Test(fragments, another_answer_is_told_and_changes_no_set)
{
	struct fixture f = judge("[Service]\n", "[Service]\nSystemCallErrorNumber=EIO\n");

	expect_one(&f, SP_FINDING_ANSWERS, "/a.service.d/95-later.conf", 2,
		   "SystemCallErrorNumber=EIO");
	cr_expect_not(sp_findings_matter(&f.findings));
	done(&f);
}

Test(fragments, another_directive_that_refuses_what_was_seen_is_told)
{
	static const char *const texts[] = { "[Service]\nProtectClock=yes\n",
					     "[Service]\nRestrictSUIDSGID=yes\n" };
	const struct sp_policy policy = { .err = EPERM };
	struct fixture f;

	for (size_t i = 0; i < SP_ARRAY_SIZE(texts); i++) {
		f = judge(texts[i], "");
		cr_expect_eq(f.findings.n, 0, "%s", texts[i]);
		done(&f);
	}
	more_calls = "settimeofday";
	f = judge_with(&policy, "252.39", texts[0], "");
	expect_one(&f, SP_FINDING_DIRECTIVE, "/a.service", 2, "ProtectClock=yes");
	cr_expect(has(&f.findings.v[0], "settimeofday"));
	cr_expect_not(sp_findings_matter(&f.findings), "it refused that before");
	done(&f);
}

Test(fragments, a_file_that_systemd_refuses_is_told)
{
	_cleanup_(sp_freep) char *text = malloc(1200000);
	struct fixture f;

	memset(text, 'x', 1100000);
	text[1100000] = 0;
	f = judge("[Service]\n", text);
	cr_assert_eq(f.findings.n, 1);
	cr_expect_eq(f.findings.v[0].kind, SP_FINDING_UNREADABLE);
	cr_expect_str_eq(f.findings.v[0].file, "/a.service.d/95-later.conf");
	cr_expect(sp_findings_matter(&f.findings));
	done(&f);
}

/* It leaves the vendor's filter as it is, so that what that refuses stays refused. */
Test(fragments, a_log_is_judged_by_what_is_logged_and_by_what_is_refused)
{
	const struct sp_policy policy = { .refusal = SP_REFUSAL_LOG };
	struct fixture f =
		judge_with(&policy, "252.39", "[Service]\nSystemCallFilter=~chmod\n", "");

	expect_one(&f, SP_FINDING_BREAKS, "/a.service", 2, "SystemCallFilter=~chmod");
	done(&f);
	f = judge_with(&policy, "252.39", "[Service]\n", "[Service]\nSystemCallLog=\n");
	expect_one(&f, SP_FINDING_WIDENS, "/a.service.d/95-later.conf", 2, "SystemCallLog=");
	done(&f);
}

Test(fragments, a_kill_and_a_deny_list_are_judged_alike)
{
	for (int style = 0; style < _SP_STYLE_MAX; style++)
		for (int refusal = SP_REFUSAL_ERRNO; refusal <= SP_REFUSAL_KILL; refusal++) {
			const struct sp_policy policy = { .style = style,
							  .refusal = refusal,
							  .err = EPERM };
			struct fixture f = judge_with(&policy, "257", "[Service]\n", "");

			cr_expect_eq(f.findings.n, 0, "%d %d", style, refusal);
			done(&f);
			f = judge_with(&policy, "257", "[Service]\n",
				       "[Service]\nSystemCallFilter=swapon\n"
				       "SystemCallFilter=~listen\n");
			cr_assert_eq(f.findings.n, 2, "%d %d: %zu", style, refusal, f.findings.n);
			cr_expect_eq(f.findings.v[0].kind, SP_FINDING_BREAKS);
			cr_expect_eq(f.findings.v[0].line, 3);
			cr_expect_eq(f.findings.v[1].kind, SP_FINDING_WIDENS);
			cr_expect_eq(f.findings.v[1].line, 2);
			done(&f);
		}
}

/* The first few, and the word that there are more. */
Test(fragments, many_lines_are_cut, .timeout = 60)
{
	char text[4096] = "[Service]\n";
	struct fixture f;

	sp_call calls[SP_CALLS_MAX];
	struct sp_groups *groups = release("252.39");
	size_t n = sp_sysset_sorted(&sp_groups_find(groups, "@mount")->set, calls);

	for (size_t i = 0; i < n && i < 30; i++) {
		strcat(text, "SystemCallFilter=");
		strcat(text, sp_call_name(calls[i]));
		strcat(text, "\n");
	}
	sp_groups_free(groups);
	f = judge("[Service]\n", text);
	cr_expect_eq(f.findings.n, 8);
	cr_expect(f.findings.more);
	done(&f);
}
