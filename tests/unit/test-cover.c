/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/cover.h"

#include <inttypes.h>

#include "sets.h"
#include "sysprofile/filter.h"
#include "sysprofile/risk.h"

static const char *const releases[] = { "231", "235", "239", "247", "252.39", "255", "257", "261" };
enum { SETS_PER_RELEASE = 250 };
static const struct sp_cover_terms deny_terms = { .style = SP_STYLE_DENY };

static struct sp_sysset known_of(const struct sp_sysset *set)
{
	struct sp_sysset known = *set;

	sp_sysset_foreach (c, set)
		if (!sp_call_is_known((sp_call)c))
			sp_sysset_remove(&known, (sp_call)c);
	return known;
}

/*
 * Like what daemons do: many calls of a few groups, some from anywhere, now and then one that
 * libseccomp does not know.
 */
static struct sp_sysset random_needed(const struct sp_groups *groups, struct random *rnd)
{
	struct sp_sysset needed = {};
	size_t picks = random_next(rnd) % 12;
	sp_call calls[SP_CALLS_MAX];

	for (size_t i = 0; i < picks; i++) {
		size_t at = random_next(rnd) % sp_groups_count(groups);
		size_t n = sp_sysset_sorted(&sp_groups_at(groups, at)->set, calls);
		size_t most = n < 25 ? n : 25, take = 1 + random_next(rnd) % most;

		while (take--)
			sp_sysset_add(&needed, calls[random_next(rnd) % n]);
	}
	if (random_next(rnd) % 8 == 0)
		sp_sysset_add(&needed, call_named("not_a_call"));
	return needed;
}

/* Built by hand here, not by an emitter: the model is the judge of the words alone. */
static struct sp_sysset effect_by_model(const struct sp_groups *groups, enum sp_style style,
					const struct sp_text *text)
{
	char *allow = join(&text->allow), *deny = join(&text->deny), *again = join(&text->again);
	struct sp_filter *filter = NULL;
	struct sp_sysset set;
	char *unit = NULL;
	int len;

	len = asprintf(&unit, "[Service]\n%s%s%s%s%s%s%s%s%s",
		       text->allow.n ? "SystemCallFilter=" : "", allow, text->allow.n ? "\n" : "",
		       text->deny.n ? "SystemCallFilter=~" : "", deny, text->deny.n ? "\n" : "",
		       text->again.n ? "SystemCallFilter=" : "", again, text->again.n ? "\n" : "");
	cr_assert_geq(len, 0);
	cr_assert_eq(sp_filter_new(groups, &filter), 0);
	cr_assert_eq(sp_filter_parse(filter, "unit", unit, (size_t)len, NULL, NULL), 0);
	cr_assert_eq(sp_filter_is_allow_list(filter), style != SP_STYLE_DENY);
	sp_filter_listed(filter, &set);
	sp_filter_free(filter);
	free(allow);
	free(deny);
	free(again);
	free(unit);
	return set;
}

static struct sp_sysset effect_of(const struct sp_groups *groups, enum sp_style style,
				  const struct sp_text *text)
{
	struct sp_sysset effect;

	sp_text_effect(groups, style, text, &effect);
	return effect;
}

/* The effect of text less the word i of one of its lines. */
static struct sp_sysset effect_without(const struct sp_groups *groups, enum sp_style style,
				       struct sp_text *text, struct sp_words *line, size_t i)
{
	char *word = line->v[i];
	struct sp_sysset effect;
	static char nothing[] = "-";

	line->v[i] = nothing;
	sp_text_effect(groups, style, text, &effect);
	line->v[i] = word;
	return effect;
}

static void expect_no_redundant_word(const struct sp_groups *groups, enum sp_style style,
				     struct sp_text *text)
{
	struct sp_sysset all = effect_of(groups, style, text);
	struct sp_words *lines[] = { &text->allow, &text->deny, &text->again };

	for (size_t l = 0; l < SP_ARRAY_SIZE(lines); l++)
		for (size_t i = 0; i < lines[l]->n; i++) {
			struct sp_sysset less = effect_without(groups, style, text, lines[l], i);

			cr_assert_not(sp_sysset_equal(&all, &less),
				      "%s, systemd %s: %s is redundant", sp_style_name(style),
				      sp_groups_label(groups), lines[l]->v[i]);
		}
}

/* Every word of the first line brings something that is needed and that @default lacks. */
static void expect_useful_allow_words(const struct sp_groups *groups,
				      const struct sp_sysset *needed, const struct sp_text *text)
{
	for (size_t i = 0; i < text->allow.n; i++) {
		const struct sp_group *g = sp_groups_find(groups, text->allow.v[i]);
		struct sp_sysset set = g ? g->set : set_of(text->allow.v[i]);

		sp_sysset_intersect(&set, needed);
		sp_sysset_subtract(&set, &sp_groups_find(groups, "@default")->set);
		cr_assert_not(sp_sysset_is_empty(&set), "%s allows nothing needed",
			      text->allow.v[i]);
	}
}

static void expect_same_text(const struct sp_text *a, const struct sp_text *b)
{
	const struct sp_words *lines[][2] = { { &a->allow, &b->allow },
					      { &a->deny, &b->deny },
					      { &a->again, &b->again } };

	for (size_t l = 0; l < SP_ARRAY_SIZE(lines); l++) {
		cr_assert_eq(lines[l][0]->n, lines[l][1]->n);
		for (size_t i = 0; i < lines[l][0]->n; i++)
			cr_assert_str_eq(lines[l][0]->v[i], lines[l][1]->v[i]);
	}
}

static bool is_native(sp_call call)
{
	uint32_t nr;

	return sp_call_number(call, sp_abi_native(), &nr) == 0;
}

/* As long as no foreign call is needed SystemCallArchitectures= keeps them all out. */
static void leave_out_foreign(struct sp_sysset *set, const struct sp_sysset *needed)
{
	struct sp_sysset all = *set;

	sp_sysset_foreach (c, needed)
		if (!is_native((sp_call)c))
			return;
	sp_sysset_foreach (c, &all)
		if (!is_native((sp_call)c))
			sp_sysset_remove(set, (sp_call)c);
}

/* What each style promises of its effect. needed has execve and write. */
static void expect_promise(const struct sp_groups *groups, enum sp_style style,
			   const struct sp_sysset *needed, const struct sp_text *text)
{
	struct sp_sysset effect = effect_of(groups, style, text), known = known_of(needed);
	struct sp_sysset exact = known;

	switch (style) {
	case SP_STYLE_GROUPS:
		cr_assert(sp_sysset_is_subset(&known, &effect));
		expect_useful_allow_words(groups, needed, text);
		return;
	case SP_STYLE_EXACT:
		sp_sysset_unite(&exact, &sp_groups_find(groups, "@default")->set);
		exact = known_of(&exact);
		leave_out_foreign(&effect, &known);
		leave_out_foreign(&exact, &known);
		cr_assert(sp_sysset_equal(&effect, &exact));
		return;
	case SP_STYLE_DENY:
		cr_assert_not(sp_sysset_intersects(needed, &effect));
		for (size_t i = 0; i < sp_groups_count(groups); i++) {
			struct sp_sysset members = known_of(&sp_groups_at(groups, i)->set);

			if (!sp_sysset_intersects(&sp_groups_at(groups, i)->set, needed))
				cr_assert(sp_sysset_is_subset(&members, &effect));
		}
		return;
	case _SP_STYLE_MAX:
		break;
	}
	cr_assert_fail("no style");
}

static void check_cover(const struct sp_groups *groups, enum sp_style style,
			const struct sp_sysset *needed)
{
	const struct sp_cover_terms terms = { .style = style };
	struct sp_text text = {}, same = {};
	struct sp_sysset full = set_of("execve write"), effect, model;

	cr_assert_eq(sp_cover(groups, &terms, needed, &text, NULL), 0);
	sp_sysset_unite(&full, needed);
	expect_promise(groups, style, &full, &text);
	expect_no_redundant_word(groups, style, &text);
	effect = effect_of(groups, style, &text);
	if (style != SP_STYLE_DENY || text.deny.n > 0) {
		model = effect_by_model(groups, style, &text);
		cr_assert(sp_sysset_equal(&effect, &model));
	}
	cr_assert_eq(sp_cover(groups, &terms, needed, &same, NULL), 0);
	expect_same_text(&text, &same);
	sp_text_done(&text);
	sp_text_done(&same);
}

/* What is refused besides takes away nothing that is needed, whatever the price of a word. */
static void check_explicit(const struct sp_groups *groups, unsigned price,
			   const struct sp_sysset *needed)
{
	const struct sp_cover_terms terms = { .word_price = price, .explicit_deny = true };
	struct sp_sysset full = set_of("execve write"), effect;
	struct sp_text text = {};

	cr_assert_eq(sp_cover(groups, &terms, needed, &text, NULL), 0);
	sp_sysset_unite(&full, needed);
	sp_sysset_unite(&full, &sp_groups_find(groups, "@default")->set);
	full = known_of(&full);
	effect = effect_of(groups, SP_STYLE_GROUPS, &text);
	cr_assert(sp_sysset_is_subset(&full, &effect));
	for (unsigned i = 0; i < sp_risk_n_groups; i++) {
		const struct sp_group *g = sp_groups_find(groups, sp_risk_groups[i].name);

		if (g && !sp_sysset_intersects(&g->set, &full))
			cr_assert_not(sp_sysset_intersects(&g->set, &effect));
	}
	sp_text_done(&text);
}

Test(cover, random_profiles_keep_every_promise, .timeout = 300)
{
	for (size_t r = 0; r < SP_ARRAY_SIZE(releases); r++) {
		struct sp_groups *groups = release(releases[r]);
		struct random rnd = { .state = 88172645463325252 + r };

		for (unsigned i = 0; i < SETS_PER_RELEASE; i++) {
			struct sp_sysset needed = random_needed(groups, &rnd);

			for (int style = 0; style < _SP_STYLE_MAX; style++)
				check_cover(groups, (enum sp_style)style, &needed);
			check_explicit(groups, 1 + i, &needed);
		}
		sp_groups_free(groups);
	}
}

/* What apache2 2.4 with the event MPM does under ab, with start and stop, as strace sees it. */
#define APACHE                                                                                     \
	"accept4 access arch_prctl bind brk chmod clone clone3 close connect dup3 epoll_create1 "  \
	"epoll_ctl epoll_wait execve exit exit_group fcntl futex geteuid getpid getrandom "        \
	"getsockname gettid kill listen lseek madvise mmap mprotect munmap newfstatat openat "     \
	"pipe2 prctl pread64 prlimit64 pselect6 read readlinkat recvmsg rename restart_syscall "   \
	"rseq rt_sigaction rt_sigprocmask rt_sigreturn sendto set_robust_list set_tid_address "    \
	"setgid setgroups setsockopt setuid shutdown socket tgkill times unlink wait4 write "      \
	"writev"

struct text_case {
	const char *release;
	enum sp_style style;
	const char *needed;
	const char *allow, *deny, *again;
};

static void check_text(const struct text_case *c)
{
	const struct sp_cover_terms terms = { .style = c->style };
	struct sp_groups *groups = release(c->release);
	struct sp_sysset needed = set_of(c->needed);
	struct sp_text text = {};
	char *allow, *deny, *again;

	cr_assert_eq(sp_cover(groups, &terms, &needed, &text, NULL), 0);
	allow = join(&text.allow);
	deny = join(&text.deny);
	again = join(&text.again);
	cr_expect_str_eq(allow, c->allow);
	cr_expect_str_eq(deny, c->deny);
	cr_expect_str_eq(again, c->again);
	free(allow);
	free(deny);
	free(again);
	sp_text_done(&text);
	sp_groups_free(groups);
}

Test(cover, few_words_say_what_a_web_server_needs)
{
	check_text(&(struct text_case){ "252.39", SP_STYLE_GROUPS, APACHE,
					"@basic-io @file-system @io-event @network-io @process "
					"@setuid @signal madvise pipe2",
					"", "" });
}

/* The seeds of this style deny groups that nothing allows, so that nobody has to know that. */
Test(cover, explicit_deny_names_what_was_never_touched)
{
	static const struct explicit_case {
		enum sp_style style;
		const char *needed, *deny;
	} cases[] = {
		/* @clock, @module, @raw-io, @reboot and @swap are of @privileged. */
		{ SP_STYLE_EXACT, "read write",
		  "@cpu-emulation @debug @mount @obsolete @privileged @resources" },
		{ SP_STYLE_EXACT, "read write setuid sched_setparam",
		  "@clock @cpu-emulation @debug @module @mount @obsolete @raw-io @reboot @swap" },
		/* chroot is of @mount and of @privileged. */
		{ SP_STYLE_EXACT, "read write chroot",
		  "@clock @cpu-emulation @debug @module @obsolete @raw-io @reboot @resources "
		  "@swap" },
		/* @aio, @ipc and @memlock are not dangerous. */
		{ SP_STYLE_GROUPS, APACHE,
		  "@clock @cpu-emulation @debug @module @mount @obsolete @raw-io @reboot "
		  "@resources "
		  "@swap" },
	};
	struct sp_groups *groups = release("252.39");

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		const struct sp_cover_terms terms = { .style = cases[i].style,
						      .explicit_deny = true };
		struct sp_sysset needed = set_of(cases[i].needed), effect;
		struct sp_text text = {};
		char *deny;

		cr_assert_eq(sp_cover(groups, &terms, &needed, &text, NULL), 0);
		deny = join(&text.deny);
		cr_expect_str_eq(deny, cases[i].deny);
		free(deny);
		effect = effect_of(groups, terms.style, &text);
		cr_expect(sp_sysset_is_subset(&needed, &effect));
		sp_text_done(&text);
	}
	sp_groups_free(groups);
}

Test(cover, exact_style_uses_a_group_that_is_needed_whole)
{
	static const struct text_case cases[] = {
		{ "252.39", SP_STYLE_EXACT, "read write", "read write", "", "" },
		{ "252.39", SP_STYLE_EXACT, "write add_key keyctl request_key", "@keyring write",
		  "", "" },
		/* All of a group but one: a word on the second line saves the other names. */
		{ "252.39", SP_STYLE_EXACT,
		  "write io_cancel io_destroy io_getevents io_pgetevents "
		  "io_pgetevents_time64 io_setup io_submit io_uring_enter io_uring_register",
		  "@aio write", "io_uring_setup", "" },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++)
		check_text(&cases[i]);
}

Test(cover, calls_that_an_old_default_lacks_are_said)
{
	/* mmap, munmap and brk came into @default with v247, mprotect with v250. */
	check_text(&(struct text_case){ "239", SP_STYLE_EXACT, "mmap brk mprotect write",
					"brk mmap mprotect write", "", "" });
	check_text(&(struct text_case){ "252.39", SP_STYLE_EXACT, "mmap brk mprotect write",
					"write", "", "" });
}

Test(cover, deny_style_never_names_a_group_beside_one_that_holds_it)
{
	struct sp_groups *groups = release("252.39");
	struct sp_sysset needed = set_of("read openat");
	struct sp_text text = {};

	cr_assert_eq(sp_cover(groups, &deny_terms, &needed, &text, NULL), 0);
	cr_expect(sp_words_contains(&text.deny, "@privileged"));
	/* All of these are members of @privileged. */
	cr_expect_not(sp_words_contains(&text.deny, "@chown"));
	cr_expect_not(sp_words_contains(&text.deny, "@clock"));
	cr_expect_not(sp_words_contains(&text.deny, "@swap"));
	cr_expect_eq(text.allow.n + text.again.n, 0);
	sp_text_done(&text);
	sp_groups_free(groups);
}

Test(cover, deny_style_drops_a_group_that_later_ones_cover_together)
{
	static const char listing[] = "@default\n    execve\n"
				      "@one\n    mount\n    reboot\n    swapon\n    swapoff\n"
				      "@three\n    swapon\n    swapoff\n    acct\n"
				      "@two\n    mount\n    reboot\n    ptrace\n";
	struct sp_groups *groups = NULL;
	struct sp_groups_error error;
	struct sp_sysset needed = set_of("read");
	struct sp_text text = {};
	char *deny;

	/* @one refuses the most and is taken first; the other two are needed for their thirds. */
	cr_assert_eq(sp_groups_parse_listing(listing, strlen(listing), 252, "252", &groups, &error),
		     0);
	cr_assert_eq(sp_cover(groups, &deny_terms, &needed, &text, NULL), 0);
	deny = join(&text.deny);
	cr_expect_str_eq(deny, "@three @two");
	free(deny);
	sp_text_done(&text);
	sp_groups_free(groups);
}

Test(cover, a_denied_group_takes_away_what_another_one_allows)
{
	struct sp_groups *groups = release("252.39");
	struct sp_text text = {};
	struct sp_sysset effect;

	/* close is in both groups; systemd keeps no reference counts. */
	cr_assert_eq(sp_words_add(&text.allow, "@basic-io"), 0);
	cr_assert_eq(sp_words_add(&text.deny, "@file-system"), 0);
	effect = effect_of(groups, SP_STYLE_GROUPS, &text);
	cr_expect_not(sp_sysset_contains(&effect, call_named("close")));
	cr_expect(sp_sysset_contains(&effect, call_named("read")));
	cr_expect(sp_sysset_contains(&effect, call_named("execve")));

	cr_assert_eq(sp_words_add(&text.again, "close"), 0);
	effect = effect_of(groups, SP_STYLE_GROUPS, &text);
	cr_expect(sp_sysset_contains(&effect, call_named("close")));
	sp_text_done(&text);
	sp_groups_free(groups);
}

Test(cover, style_names_round_trip)
{
	for (int i = 0; i < _SP_STYLE_MAX; i++)
		cr_expect_eq(sp_style_from_name(sp_style_name((enum sp_style)i)), i);
	cr_expect_lt(sp_style_from_name("loose"), 0);
	cr_expect_lt(sp_style_from_name(""), 0);
}

/* What only headroom touches is as far away as before. */
Test(cover, headroom_is_allowed_and_makes_nothing_else_look_close)
{
	struct sp_groups *groups = release("252.39");
	struct sp_sysset needed = set_of("read write execve"),
			 headroom = set_of("openat newfstatat mkdir unlink rename chmod"), effect,
			 without;
	struct sp_text text = {};

	for (int style = SP_STYLE_GROUPS; style <= SP_STYLE_EXACT; style++) {
		cr_assert_eq(sp_cover(groups, &(struct sp_cover_terms){ .style = style }, &needed,
				      &text, NULL),
			     0);
		sp_text_effect(groups, style, &text, &without);
		sp_text_done(&text);
		text = (struct sp_text){};
		cr_assert_eq(
			sp_cover(groups,
				 &(struct sp_cover_terms){ .style = style, .headroom = &headroom },
				 &needed, &text, NULL),
			0);
		sp_text_effect(groups, style, &text, &effect);
		sp_text_done(&text);
		text = (struct sp_text){};
		cr_expect(sp_sysset_is_subset(&headroom, &effect), "%s", sp_style_name(style));
		sp_sysset_subtract(&effect, &headroom);
		cr_expect(sp_sysset_equal(&effect, &without), "%s", sp_style_name(style));
	}
	/* Seen, the same calls would be worth a whole group. */
	sp_sysset_unite(&needed, &headroom);
	cr_assert_eq(sp_cover(groups, &(struct sp_cover_terms){ .style = SP_STYLE_GROUPS }, &needed,
			      &text, NULL),
		     0);
	cr_expect(sp_words_contains(&text.allow, "@file-system"));
	sp_text_done(&text);
	text = (struct sp_text){};
	/* A deny-list leaves its groups alone. */
	needed = set_of("read write execve");
	headroom = set_of("mount");
	cr_assert_eq(
		sp_cover(groups,
			 &(struct sp_cover_terms){ .style = SP_STYLE_DENY, .headroom = &headroom },
			 &needed, &text, NULL),
		0);
	sp_text_effect(groups, SP_STYLE_DENY, &text, &effect);
	cr_expect_not(sp_sysset_contains(&effect, call_named("mount")));
	cr_expect(sp_sysset_contains(&effect, call_named("swapon")));
	sp_text_done(&text);
	sp_groups_free(groups);
}

/* What headroom adds makes no group touched: its word stays, and the call is taken back. */
Test(cover, a_deny_list_refuses_what_only_headroom_is_in)
{
	struct sp_groups *groups = release("252.39");
	struct sp_sysset needed = set_of("read write mmap"), headroom = set_of("sendmsg tgkill");
	const struct sp_cover_terms terms = { .style = SP_STYLE_DENY, .headroom = &headroom };
	const struct sp_group *network = sp_groups_find(groups, "@network-io");
	struct sp_sysset refused, wanted = network->set;
	struct sp_cover_proof proof;
	struct sp_text text = {};

	cr_assert_eq(sp_cover(groups, &terms, &needed, &text, &proof), 0);
	refused = effect_of(groups, terms.style, &text);
	cr_expect_not(sp_sysset_intersects(&refused, &headroom));
	sp_sysset_subtract(&wanted, &headroom);
	sp_sysset_foreach (c, &wanted)
		cr_expect(!sp_call_is_known((sp_call)c) ||
			  sp_sysset_contains(&refused, (sp_call)c));
	cr_expect(sp_words_contains(&text.deny, "@network-io"));
	cr_expect(sp_words_contains(&text.again, "sendmsg"));
	cr_expect_eq(proof.cost, proof.bound);
	sp_text_done(&text);
	sp_groups_free(groups);
}
