/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/result.h"

#include <errno.h>

#include "fake-run.h"

static struct sp_result make(struct sp_profile *profile, const struct sp_groups *groups,
			     enum sp_style style, enum sp_refusal refusal,
			     enum sp_headroom_kind headroom)
{
	struct sp_policy policy = {
		.style = style, .refusal = refusal, .err = EPERM, .headroom = headroom
	};
	struct sp_run_facts facts = fake_facts();
	struct sp_result result = {};

	cr_assert_eq(sp_result_make(profile, groups, &policy, &facts, &result), 0);
	return result;
}

static bool can_log(const struct sp_groups *groups)
{
	return sp_groups_major(groups) >= 247;
}

Test(result, every_style_and_action_lets_the_profile_pass_on_every_release, .timeout = 120)
{
	struct sp_profile *profile = fake_run();

	for (const char *const *name = sp_groups_release_names(); *name; name++) {
		struct sp_groups *groups = release(*name);

		for (int style = 0; style < _SP_STYLE_MAX; style++)
			for (int refusal = 0; refusal < _SP_REFUSAL_MAX; refusal++) {
				struct sp_result result;

				if (refusal == SP_REFUSAL_LOG && !can_log(groups))
					continue;
				for (int i = 0; i < _SP_HEADROOM_MAX; i++) {
					result = make(profile, groups, style, refusal, i);
					cr_expect_eq(sp_result_check(&result, NULL, 0), 0,
						     "%s %s %d %s", *name, sp_style_name(style),
						     refusal, sp_headroom_name(i));
					sp_result_done(&result);
				}
			}
		sp_groups_free(groups);
	}
	sp_profile_free(profile);
}

Test(result, execve_and_write_are_needed_though_nobody_saw_them)
{
	struct sp_groups *groups = release("252.39");
	struct sp_profile *profile = NULL;
	struct sp_result result;

	cr_assert_eq(sp_profile_new(&profile), 0);
	observe_call(profile, 1, "read", 0);
	result = make(profile, groups, SP_STYLE_EXACT, SP_REFUSAL_ERRNO, SP_HEADROOM_NONE);
	cr_expect(sp_sysset_contains(&result.needed, call_named("execve")));
	cr_expect(sp_words_contains(&result.text.allow, "write"));
	cr_expect_eq(sp_result_check(&result, NULL, 0), 0);
	sp_result_done(&result);
	sp_profile_free(profile);
	sp_groups_free(groups);
}

Test(result, what_systemd_256_calls_is_needed)
{
	static const struct {
		const char *release;
		bool needed;
	} cases[] = { { "255", false }, { "256", true }, { "256.1", true }, { "257", false } };

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct sp_groups *groups = release(cases[i].release);
		struct sp_profile *profile = NULL;
		struct sp_result result;

		cr_assert_eq(sp_profile_new(&profile), 0);
		observe_call(profile, 1, "read", 0);
		result = make(profile, groups, SP_STYLE_EXACT, SP_REFUSAL_ERRNO, SP_HEADROOM_NONE);
		cr_expect_eq(sp_words_contains(&result.text.allow, "sendto"), cases[i].needed, "%s",
			     cases[i].release);
		cr_expect_eq(sp_result_check(&result, NULL, 0), 0);
		sp_result_done(&result);
		sp_profile_free(profile);
		sp_groups_free(groups);
	}
}

Test(result, a_missing_word_is_found)
{
	struct sp_groups *groups = release("252.39");
	struct sp_profile *profile = fake_run();
	struct sp_result result =
		make(profile, groups, SP_STYLE_EXACT, SP_REFUSAL_ERRNO, SP_HEADROOM_NONE);
	struct sp_refused refused[4] = {};

	for (size_t i = result.text.allow.n; i-- > 0;)
		if (sp_streq(result.text.allow.v[i], "listen") ||
		    sp_streq(result.text.allow.v[i], "bind"))
			sp_words_remove(&result.text.allow, i);
	cr_assert_eq(sp_result_check(&result, refused, 1), 2);
	cr_expect_str_eq(sp_call_name(refused[0].call->call), "bind");
	cr_expect_null(refused[1].call, "more were written than there was room for");
	cr_assert_eq(sp_result_check(&result, refused, 4), 2);
	cr_expect_str_eq(sp_call_name(refused[1].call->call), "listen");
	sp_result_done(&result);
	sp_profile_free(profile);
	sp_groups_free(groups);
}

Test(result, headroom_is_told_apart_from_what_was_seen)
{
	struct sp_groups *groups = release("252.39");
	struct sp_profile *profile = fake_run();
	struct sp_result with = make(profile, groups, SP_STYLE_EXACT, SP_REFUSAL_ERRNO,
				     SP_HEADROOM_FAMILY),
			 without = make(profile, groups, SP_STYLE_EXACT, SP_REFUSAL_ERRNO,
					SP_HEADROOM_NONE);
	struct sp_sysset shown, effect, all = with.needed;

	cr_expect(sp_sysset_equal(&with.needed, &without.needed));
	cr_expect(sp_sysset_is_empty(&without.headroom.calls));
	cr_expect_not(sp_sysset_intersects(&with.headroom.calls, &with.needed));
	cr_expect(sp_sysset_contains(&with.headroom.calls, call_named("openat2")));
	/* The text is exact all the same: what is needed, headroom, and what is implicit. */
	sp_sysset_unite(&all, &with.headroom.calls);
	sp_sysset_unite(&all, &sp_groups_find(groups, "@default")->set);
	sp_text_effect(groups, SP_STYLE_EXACT, &with.text, &effect);
	sp_sysset_subtract(&effect, &all);
	sp_sysset_foreach (c, &effect) {
		uint32_t nr;

		/* A call of a foreign ABI is kept out by SystemCallArchitectures=. */
		cr_expect_lt(sp_call_number((sp_call)c, sp_abi_native(), &nr), 0, "%s",
			     sp_call_name((sp_call)c));
	}
	/* What is allowed anyhow is not worth a word to a reader. */
	sp_result_headroom(&with, &shown);
	cr_expect(sp_sysset_contains(&with.headroom.calls, call_named("restart_syscall")));
	cr_expect_not(sp_sysset_contains(&shown, call_named("restart_syscall")));
	cr_expect(sp_sysset_contains(&shown, call_named("openat2")));
	sp_result_done(&with);
	sp_result_done(&without);
	sp_profile_free(profile);
	sp_groups_free(groups);
}

Test(result, a_missing_word_of_headroom_is_found)
{
	struct sp_groups *groups = release("252.39");
	struct sp_profile *profile = fake_run();
	struct sp_result result =
		make(profile, groups, SP_STYLE_EXACT, SP_REFUSAL_ERRNO, SP_HEADROOM_FAMILY);
	struct sp_refused refused[1] = {};

	for (size_t i = result.text.allow.n; i-- > 0;)
		if (sp_streq(result.text.allow.v[i], "openat2"))
			sp_words_remove(&result.text.allow, i);
	cr_assert_eq(sp_result_check(&result, refused, 1), 1);
	cr_expect_null(refused[0].call);
	sp_result_done(&result);
	sp_profile_free(profile);
	sp_groups_free(groups);
}

static struct sp_result make_attached(struct sp_profile *profile, const struct sp_groups *groups,
				      const struct sp_policy *policy)
{
	struct sp_run_facts facts = fake_facts();
	struct sp_result result = {};

	facts.start_missing = true;
	cr_assert_eq(sp_result_make(profile, groups, policy, &facts, &result), 0);
	cr_expect_eq(sp_result_check(&result, NULL, 0), 0);
	return result;
}

Test(result, what_a_start_calls_is_headroom_of_its_own)
{
	struct sp_groups *groups = release("rhel8");
	struct sp_profile *profile = fake_run();
	struct sp_policy policy = { .style = SP_STYLE_EXACT, .err = EPERM, .with_startup = true };
	struct sp_result result;
	struct sp_sysset shown;

	/* Seen; not seen; too young for the release to have a name for it. */
	cr_assert_eq(sp_sysset_add_names(&policy.startup, "read mincore futex_waitv"), 0);
	policy.headroom = SP_HEADROOM_FAMILY;
	result = make_attached(profile, groups, &policy);
	sp_result_headroom(&result, &shown);
	cr_expect_not(sp_sysset_contains(&shown, call_named("read")));
	cr_expect(sp_sysset_contains(&shown, call_named("mincore")));
	cr_expect_eq(result.headroom.family[call_named("mincore")], SP_HEADROOM_STARTUP);
	cr_expect(sp_words_contains(&result.text.allow, "mincore"));
	cr_assert_not(sp_groups_can_name(groups, call_named("futex_waitv")));
	cr_expect_not(sp_sysset_contains(&result.headroom.calls, call_named("futex_waitv")));
	sp_result_done(&result);
	sp_profile_free(profile);
	sp_groups_free(groups);
}

Test(result, an_allow_list_lacks_a_start_that_nobody_saw)
{
	static const struct {
		enum sp_style style;
		enum sp_refusal refusal;
		bool with_startup, lacks;
	} cases[] = {
		{ SP_STYLE_GROUPS, SP_REFUSAL_ERRNO, false, true },
		{ SP_STYLE_EXACT, SP_REFUSAL_KILL, false, true },
		{ SP_STYLE_GROUPS, SP_REFUSAL_ERRNO, true, false },
		{ SP_STYLE_DENY, SP_REFUSAL_ERRNO, false, false },
		{ SP_STYLE_GROUPS, SP_REFUSAL_LOG, false, false },
	};
	struct sp_groups *groups = release("252.39");
	struct sp_profile *profile = fake_run();

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		const struct sp_policy policy = { .style = cases[i].style,
						  .refusal = cases[i].refusal,
						  .err = EPERM,
						  .with_startup = cases[i].with_startup };
		struct sp_result result = make_attached(profile, groups, &policy);

		cr_expect_eq(sp_result_lacks_start(&result), cases[i].lacks, "case %zu", i);
		result.facts.start_missing = false;
		cr_expect_not(sp_result_lacks_start(&result), "case %zu", i);
		sp_result_done(&result);
	}
	sp_profile_free(profile);
	sp_groups_free(groups);
}

/* In RHEL 8's @default there is neither mmap nor brk nor mprotect: they have to be written out. */
Test(result, what_default_lacks_is_written_out)
{
	static const char *const early[] = { "brk", "mmap", "mprotect", "munmap" };
	struct sp_groups *groups = release("rhel8");
	struct sp_profile *profile = fake_run();

	for (int style = SP_STYLE_GROUPS; style <= SP_STYLE_EXACT; style++) {
		struct sp_result result =
			make(profile, groups, style, SP_REFUSAL_ERRNO, SP_HEADROOM_NONE);
		struct sp_sysset effect;

		sp_text_effect(groups, style, &result.text, &effect);
		for (size_t i = 0; i < SP_ARRAY_SIZE(early); i++) {
			sp_call call = call_named(early[i]);

			cr_expect_not(
				sp_sysset_contains(&sp_groups_find(groups, "@default")->set, call));
			cr_expect(sp_sysset_contains(&effect, call), "%s", early[i]);
		}
		sp_result_done(&result);
	}
	sp_profile_free(profile);
	sp_groups_free(groups);
}

static void expect_known_words(const struct sp_groups *groups, const struct sp_words *words)
{
	for (size_t i = 0; i < words->n; i++)
		if (*words->v[i] == '@')
			cr_expect_not_null(sp_groups_find(groups, words->v[i]), "%s in %s",
					   words->v[i], sp_groups_label(groups));
		else
			cr_expect(sp_call_is_known(call_named(words->v[i])), "%s", words->v[i]);
}

Test(result, no_word_is_written_that_the_release_does_not_know)
{
	struct sp_profile *profile = fake_run();

	for (const char *const *name = sp_groups_release_names(); *name; name++) {
		struct sp_groups *groups = release(*name);

		for (int style = 0; style < _SP_STYLE_MAX; style++) {
			struct sp_result result =
				make(profile, groups, style, SP_REFUSAL_ERRNO, SP_HEADROOM_FAMILY);

			expect_known_words(groups, &result.text.allow);
			expect_known_words(groups, &result.text.deny);
			expect_known_words(groups, &result.text.again);
			sp_result_done(&result);
		}
		sp_groups_free(groups);
	}
	sp_profile_free(profile);
}

struct odd_case {
	uint32_t arch;
	uint64_t nr;
	enum sp_style style;
	enum sp_refusal refusal;
	const char *why; /* NULL: it passes */
};

Test(result, a_call_that_no_word_can_say_is_refused_with_the_reason)
{
	static const struct odd_case cases[] = {
		{ AUDIT_ARCH_X86_64, 70000, SP_STYLE_GROUPS, SP_REFUSAL_ERRNO,
		  "libseccomp has no name for it" },
		{ AUDIT_ARCH_X86_64, 70000, SP_STYLE_EXACT, SP_REFUSAL_KILL,
		  "libseccomp has no name for it" },
		{ AUDIT_ARCH_X86_64, 70000, SP_STYLE_DENY, SP_REFUSAL_ERRNO, NULL },
		{ AUDIT_ARCH_X86_64, 70000, SP_STYLE_GROUPS, SP_REFUSAL_LOG, NULL },
		{ AUDIT_ARCH_I386, 70000, SP_STYLE_GROUPS, SP_REFUSAL_ERRNO,
		  "libseccomp has no name for it" },
		/* A 32-bit call with a name (socketcall, waitpid) is said like any other. */
		{ AUDIT_ARCH_I386, 102, SP_STYLE_GROUPS, SP_REFUSAL_ERRNO, NULL },
		{ AUDIT_ARCH_I386, 7, SP_STYLE_EXACT, SP_REFUSAL_KILL, NULL },
		{ AUDIT_ARCH_X86_64, 0x40000000, SP_STYLE_EXACT, SP_REFUSAL_KILL, NULL },
	};

	if (!sp_streq(sp_abi_name(sp_abi_native()), "x86-64"))
		cr_skip_test("the numbers are those of x86-64");
	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		const struct odd_case *c = &cases[i];
		struct sp_groups *groups = release("252.39");
		struct sp_profile *profile = fake_run();
		struct sp_refused refused[2] = {};
		struct sp_result result;

		cr_assert_eq(observe_number(profile, 4711, c->arch, c->nr, 0), 1);
		result = make(profile, groups, c->style, c->refusal, SP_HEADROOM_NONE);
		cr_expect_eq(sp_result_check(&result, refused, 2), c->why ? 1 : 0, "case %zu", i);
		if (c->why && refused[0].call) {
			cr_expect_str_eq(refused[0].why, c->why);
			cr_expect_eq(refused[0].call->nr, c->nr);
		}
		sp_result_done(&result);
		sp_profile_free(profile);
		sp_groups_free(groups);
	}
}

static int refused_for(const char *version, enum sp_style style, enum sp_refusal refusal,
		       const char **ret_why)
{
	struct sp_groups *groups = release(version);
	struct sp_profile *profile = fake_run();
	struct sp_refused refused = {};
	struct sp_result result;
	int r;

	cr_assert_eq(observe_call(profile, 4711, "futex_waitv", 0), 1);
	result = make(profile, groups, style, refusal, SP_HEADROOM_FAMILY);
	r = sp_result_check(&result, &refused, 1);
	*ret_why = refused.why;
	sp_result_done(&result);
	sp_profile_free(profile);
	sp_groups_free(groups);
	return r;
}

/* It is known here, and in a group of RHEL 9's systemd, but not to RHEL 9's libseccomp. */
Test(result, a_call_that_the_target_cannot_name_is_refused_with_the_reason)
{
	const char *why;

	for (int style = SP_STYLE_GROUPS; style <= SP_STYLE_EXACT; style++) {
		cr_expect_eq(refused_for("rhel9", style, SP_REFUSAL_ERRNO, &why), 1);
		cr_expect_str_eq(why, "the libseccomp of that release has no name for it");
		cr_expect_eq(refused_for("rhel9", style, SP_REFUSAL_LOG, &why), 0);
		cr_expect_eq(refused_for("debian12", style, SP_REFUSAL_ERRNO, &why), 0);
		cr_expect_eq(refused_for("252", style, SP_REFUSAL_ERRNO, &why), 0);
	}
	cr_expect_eq(refused_for("rhel9", SP_STYLE_DENY, SP_REFUSAL_ERRNO, &why), 0);
}

Test(result, headroom_is_what_the_target_can_name)
{
	struct sp_groups *groups = release("rhel8"), *other = release("257");
	struct sp_profile *profile = fake_run();
	struct sp_result here = make(profile, groups, SP_STYLE_EXACT, SP_REFUSAL_ERRNO,
				     SP_HEADROOM_FAMILY),
			 there = make(profile, other, SP_STYLE_EXACT, SP_REFUSAL_ERRNO,
				      SP_HEADROOM_FAMILY);

	cr_expect_not(sp_sysset_contains(&here.headroom.calls, call_named("futex_waitv")));
	cr_expect(sp_sysset_contains(&there.headroom.calls, call_named("futex_waitv")));
	sp_result_done(&here);
	sp_result_done(&there);
	sp_profile_free(profile);
	sp_groups_free(groups);
	sp_groups_free(other);
}

Test(result, log_needs_v247)
{
	struct sp_policy policy = { .style = SP_STYLE_GROUPS, .refusal = SP_REFUSAL_LOG };
	struct sp_run_facts facts = fake_facts();
	struct sp_profile *profile = fake_run();
	struct sp_result result = {};
	struct sp_groups *groups = release("246");

	cr_expect_eq(sp_result_make(profile, groups, &policy, &facts, &result), -EOPNOTSUPP);
	cr_expect_null(result.profile);
	sp_groups_free(groups);
	groups = release("247");
	cr_expect_eq(sp_result_make(profile, groups, &policy, &facts, &result), 0);
	sp_result_done(&result);
	sp_groups_free(groups);
	sp_profile_free(profile);
}

/* The numbers that were not kept are in no list, but an allow-list refuses them all the same. */
Test(result, calls_that_were_not_kept_are_not_forgotten)
{
	struct sp_groups *groups = release("252.39");
	struct sp_profile *profile = NULL;
	struct sp_refused refused[SP_PROFILE_UNNAMED_MAX + 2];
	struct sp_result result;

	cr_assert_eq(sp_profile_new(&profile), 0);
	for (uint64_t i = 0; i <= SP_PROFILE_UNNAMED_MAX; i++)
		observe_number(profile, 1, sp_abi_native(), 100000 + i, 0);
	cr_assert_eq(sp_profile_unnamed_lost(profile), 1);
	result = make(profile, groups, SP_STYLE_EXACT, SP_REFUSAL_ERRNO, SP_HEADROOM_NONE);
	cr_expect_eq(sp_result_check(&result, refused, SP_ARRAY_SIZE(refused)),
		     SP_PROFILE_UNNAMED_MAX + 1);
	cr_expect_null(refused[SP_PROFILE_UNNAMED_MAX].call);
	sp_result_done(&result);

	result = make(profile, groups, SP_STYLE_DENY, SP_REFUSAL_ERRNO, SP_HEADROOM_NONE);
	cr_expect_eq(sp_result_check(&result, NULL, 0), 0);
	sp_result_done(&result);
	sp_profile_free(profile);
	sp_groups_free(groups);
}

Test(result, abis_are_listed_once_native_first)
{
	struct sp_profile *profile = NULL;
	sp_abi abis[SP_PROFILE_ABIS_MAX] = {};

	cr_assert_eq(sp_profile_new(&profile), 0);
	cr_expect_eq(sp_profile_abis(profile, abis, 1), 1);
	cr_expect_eq(abis[0], sp_abi_native());
	observe_number(profile, 1, AUDIT_ARCH_I386, 3, 0);
	observe_number(profile, 1, AUDIT_ARCH_I386, 4, 0);
	cr_expect_eq(sp_profile_abis(profile, abis, SP_ARRAY_SIZE(abis)), 2);
	cr_expect_eq(abis[1], AUDIT_ARCH_I386);
	sp_profile_free(profile);
}

Test(result, headroom_names_round_trip)
{
	for (int i = 0; i < _SP_HEADROOM_MAX; i++)
		cr_expect_eq(sp_headroom_from_name(sp_headroom_name(i)), i);
	cr_expect_eq(sp_headroom_from_name("startup"), -EINVAL);
}
