/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/explain.h"

#include <errno.h>
#include <jansson.h>
#include <seccomp.h>
#include <stdio.h>

#include "leak.h"
#include "sets.h"

enum { FILES_MAX = 3 };

/* An explanation and all that it borrows. */
struct told {
	struct sp_groups *groups;
	struct sp_unit_texts texts;
	struct sp_explanation *e;
};

/* Files are called a.service, then b.conf, c.conf; each gets its [Service]. */
static struct told tell(const char *version, const char *abi, const char *const *files)
{
	static const char *const names[FILES_MAX] = { "a.service", "b.conf", "c.conf" };
	struct told told = { .groups = release(version) };

	for (size_t i = 0; i < FILES_MAX && files[i]; i++) {
		struct sp_unit_text text = { .file = strdup(names[i]) };

		cr_assert_gt(asprintf(&text.text, "[Service]\n%s", files[i]), 0);
		text.len = strlen(text.text);
		cr_assert_eq(sp_unit_texts_add(&told.texts, &text), 0);
	}
	cr_assert_eq(sp_explain_new(told.groups, &told.texts,
				    abi ? sp_abi_from_name(abi) : sp_abi_native(), &told.e),
		     0);
	return told;
}

static struct told tell_one(const char *version, const char *text)
{
	return tell(version, NULL, (const char *const[FILES_MAX]){ text });
}

static void done(struct told *told)
{
	sp_explain_free(told->e);
	sp_unit_texts_done(&told->texts);
	sp_groups_free(told->groups);
}

static const char *names(const struct sp_sysset *set)
{
	static char text[4096];
	sp_call calls[SP_CALLS_MAX];
	size_t n = sp_sysset_sorted(set, calls);

	*text = 0;
	for (size_t i = 0; i < n && strlen(text) < 4000; i++) {
		strcat(text, i ? " " : "");
		strcat(text, sp_call_name(calls[i]));
	}
	return text;
}

static char *list_of(const struct sp_explanation *e)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_not_null(f);
	sp_explain_list(e, f);
	cr_assert_eq(fclose(f), 0);
	return text;
}

static void expect_line(const struct sp_explanation *e, const char *line)
{
	char *text = list_of(e), wanted[128];

	snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	cr_expect_not_null(strstr(text, wanted), "no line %s", line);
	free(text);
}

Test(explain, the_list_has_every_answer)
{
	struct told told = tell_one("252", "SystemCallFilter=@system-service\n"
					   "SystemCallFilter=~chown:EACCES fchown:0 lchown:kill\n"
					   "SystemCallLog=close\n"
					   "SystemCallErrorNumber=EPERM\n");

	expect_line(told.e, "write allow");
	expect_line(told.e, "close log");
	expect_line(told.e, "fchown errno:0");
	expect_line(told.e, "ptrace errno:EPERM");
	if (sp_streq(sp_abi_name(sp_abi_native()), "x86-64")) {
		expect_line(told.e, "chown errno:EACCES");
		expect_line(told.e, "lchown kill-process");
	}
	done(&told);
	told = tell_one("242", "SystemCallFilter=read\n");
	expect_line(told.e, "ptrace kill-thread");
	done(&told);
	sp_assert_no_leak();
}

Test(explain, the_list_is_in_the_order_of_numbers_and_whole)
{
	struct told told = tell_one("252", "");
	struct sp_numbered_call calls[SP_CALLS_MAX];
	size_t n = sp_calls_of_abi(sp_abi_native(), calls);
	char *text = list_of(told.e), *line = text;

	cr_assert_gt(n, 200);
	for (size_t i = 0; i < n; i++) {
		char wanted[128];

		cr_expect(i == 0 || calls[i - 1].nr < calls[i].nr);
		snprintf(wanted, sizeof(wanted), "%s allow\n", sp_call_name(calls[i].call));
		cr_assert_eq(strncmp(line, wanted, strlen(wanted)), 0, "%s", wanted);
		line += strlen(wanted);
	}
	cr_expect_str_eq(line, "");
	free(text);
	done(&told);
}

Test(explain, another_abi_has_its_own_list)
{
	const char *const files[FILES_MAX] = { "SystemCallFilter=~mount\n" };
	struct told told;

	if (!sp_streq(sp_abi_name(sp_abi_native()), "x86-64"))
		cr_skip_test("x86 is no ABI of this machine");
	told = tell("252", "x86", files);
	expect_line(told.e, "waitpid allow");
	expect_line(told.e, "mount kill-process");
	done(&told);
}

Test(explain, directives_count_whatever_the_arguments)
{
	struct told told = tell_one("252", "ProtectKernelLogs=yes\nLockPersonality=yes\n");

	expect_line(told.e, "syslog errno:EPERM");
	expect_line(told.e, "personality allow");
	cr_expect_not(sp_filter_is_active(told.e->filter));
	done(&told);
}

/* The word at index i: what it allows, refuses, and answers in another way. */
static void expect_word(const struct told *told, size_t i, const char *text, const char *allows,
			const char *refuses, const char *answers)
{
	const struct sp_explain_word *word = &told->e->words[i];

	cr_assert_lt(i, told->e->n_words);
	cr_expect_str_eq(word->text, text);
	cr_expect_str_eq(names(&word->allows), allows, "%s allows %s", text, names(&word->allows));
	cr_expect_str_eq(names(&word->refuses), refuses, "%s refuses %s", text,
			 names(&word->refuses));
	cr_expect_str_eq(names(&word->answers), answers, "%s answers %s", text,
			 names(&word->answers));
}

Test(explain, words_of_an_allow_list)
{
	struct told told = tell_one("252", "SystemCallFilter=read write mount\n"
					   "SystemCallFilter=~write mount:EACCES nosuch\n"
					   "SystemCallFilter=~mount:EPERM\n");

	cr_assert_eq(told.e->n_words, 7);
	expect_word(&told, 0, "read", "read", "", "");
	expect_word(&told, 3, "write", "", "write", "");
	expect_word(&told, 4, "mount:EACCES", "", "mount", "");
	expect_word(&told, 5, "nosuch", "", "", "");
	cr_expect(sp_sysset_is_empty(&told.e->words[5].names));
	expect_word(&told, 6, "mount:EPERM", "", "", "mount");
	cr_expect(told.e->words[3].inverted && !told.e->words[0].inverted);
	cr_expect_eq(told.e->words[3].line, 3);
	cr_expect_str_eq(told.e->words[3].file, "a.service");
	cr_assert_eq(told.e->n_messages, 1);
	cr_expect_eq(told.e->messages[0].line, 3);
	done(&told);
	sp_assert_no_leak();
}

Test(explain, words_of_a_deny_list)
{
	struct told told =
		tell_one("252", "SystemCallFilter=~mount ptrace\nSystemCallFilter=ptrace read\n");

	expect_word(&told, 0, "mount", "", "mount", "");
	expect_word(&told, 2, "ptrace", "ptrace", "", "");
	expect_word(&told, 3, "read", "", "", "");
	cr_expect_not(told.e->words[0].redundant);
	/* Each of the two that cancel one another is needed as long as the other stands. */
	cr_expect_not(told.e->words[2].redundant);
	cr_expect(told.e->words[3].redundant);
	done(&told);
}

Test(explain, a_word_is_redundant_when_nothing_changes_without_it)
{
	static const struct {
		const char *text, *redundant; /* of each word in turn: "y" or "n" */
	} cases[] = {
		{ "SystemCallFilter=read write\n", "nn" },
		{ "SystemCallFilter=read read\n", "yy" },
		{ "SystemCallFilter=@basic-io read\n", "ny" },
		{ "SystemCallFilter=read @basic-io\n", "yn" },
		{ "SystemCallFilter=execve read\n", "yn" },
		/* Without the line there would be no allow-list. */
		{ "SystemCallFilter=execve\n", "n" },
		{ "SystemCallFilter=execve\nSystemCallFilter=read\n", "yn" },
		{ "SystemCallFilter=@system-service\nSystemCallFilter=~@mount @privileged\n",
		  "nyn" },
		{ "SystemCallFilter=@system-service\nSystemCallFilter=~@privileged\n"
		  "SystemCallFilter=setuid\n",
		  "nnn" },
		{ "SystemCallFilter=~@mount\nSystemCallFilter=read\n", "ny" },
		/* The mode goes with the line. */
		{ "SystemCallFilter=~ptrace\nSystemCallFilter=ptrace\n", "nn" },
		{ "SystemCallFilter=~mount:EPERM\nSystemCallErrorNumber=EPERM\n", "n" },
		{ "SystemCallFilter=~mount:EPERM mount\nSystemCallErrorNumber=EPERM\n", "yy" },
		{ "SystemCallFilter=nosuchcall read\n", "yn" },
		{ "SystemCallLog=read read\n", "yy" },
		{ "SystemCallLog=read\n", "n" },
		{ "SystemCallFilter=read\nSystemCallFilter=\nSystemCallFilter=write\n", "yn" },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct told told = tell_one("252", cases[i].text);

		cr_expect(told.e->redundancy_known);
		cr_assert_eq(told.e->n_words, strlen(cases[i].redundant), "%s", cases[i].text);
		for (size_t j = 0; j < told.e->n_words; j++)
			cr_expect_eq(told.e->words[j].redundant, cases[i].redundant[j] == 'y',
				     "%s: %s", cases[i].text, told.e->words[j].text);
		done(&told);
	}
}

/* What is said of a word is held against the filter without it, on other ABIs too. */
Test(explain, a_word_for_another_abi_is_not_redundant)
{
	struct told told;

	if (!sp_streq(sp_abi_name(sp_abi_native()), "x86-64"))
		cr_skip_test("x86 is no ABI of this machine");
	told = tell_one("252", "SystemCallFilter=read socketcall\n");
	cr_expect_not(told.e->words[1].redundant);
	done(&told);
}

Test(explain, an_empty_assignment_forgets_the_words_before)
{
	const char *const files[FILES_MAX] = { "SystemCallFilter=~mount\nSystemCallLog=read\n",
					       "SystemCallFilter=\nSystemCallFilter=read\n" };
	struct told told = tell("252", NULL, files);

	cr_assert_eq(told.e->n_words, 3);
	cr_expect_eq(told.e->words[0].forgotten_at, 2);
	cr_expect_str_eq(told.e->words[0].forgotten_by, "b.conf");
	cr_expect_eq(told.e->words[1].forgotten_at, 0);
	cr_expect_eq(told.e->words[2].forgotten_at, 0);
	cr_expect_str_eq(told.e->words[2].file, "b.conf");
	done(&told);
}

Test(explain, a_file_that_systemd_refuses_is_said)
{
	struct told told = tell_one("252", "SystemCallFilter=read\n[Broken\n");

	cr_expect(told.e->refused);
	cr_assert_gt(told.e->n_messages, 0);
	done(&told);
}

Test(explain, a_text_that_is_too_much_has_an_end)
{
	const size_t n = 5000;
	char *text = malloc(n * 6 + 64), *p = text;
	struct told told;

	cr_assert_not_null(text);
	p = stpcpy(p, "SystemCallFilter=");
	for (size_t i = 0; i < n; i++)
		p = stpcpy(p, "read ");
	stpcpy(p, "\n");
	told = tell_one("252", text);
	cr_expect(told.e->words_cut);
	cr_expect_not(told.e->redundancy_known);
	expect_line(told.e, "ptrace kill-process");
	done(&told);
	free(text);
}

Test(explain, rows_name_what_they_are_lost_to)
{
	struct told told = tell_one("252.39", "SystemCallFilter=@system-service setns\n"
					      "SystemCallFilter=~@privileged @resources\n"
					      "SystemCallFilter=setuid\n");
	double cost;

	for (size_t i = 0; i < SP_SCORE_ROWS; i++)
		if (sp_streq(told.e->rows[i].group, "@privileged")) {
			cr_expect_not(told.e->rows[i].won);
			cr_expect_str_eq(names(&told.e->rows[i].allowed), "setuid");
		} else {
			cr_expect(told.e->rows[i].won, "%s", told.e->rows[i].group);
		}
	cost = sp_score_cost(told.e->rows, true);
	cr_expect(cost > 0.11 && cost < 0.12, "%f", cost);
	done(&told);
	told = tell_one("252.39", "");
	cost = sp_score_cost(told.e->rows, false);
	cr_expect(cost > 1.57 && cost < 1.58, "%f", cost);
	done(&told);
}

Test(explain, json_can_be_read_back)
{
	struct told told = tell_one("252", "SystemCallFilter=@basic-io \xff\nProtectClock=yes\n");
	json_error_t error;
	json_t *root, *at;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_not_null(f);
	if (told.e->refused)
		cr_expect_eq(sp_explain_json(told.e, &told.texts, "a.service", f), 0);
	cr_assert_eq(fclose(f), 0);
	free(text);
	done(&told);

	told = tell_one("252", "SystemCallFilter=@basic-io caf\xc3\xa9\nProtectClock=yes\n"
			       "SystemCallArchitectures=native\n");
	f = open_memstream(&text, &len);
	cr_assert_not_null(f);
	cr_assert_eq(sp_explain_json(told.e, &told.texts, "a.service", f), 0);
	cr_assert_eq(fclose(f), 0);
	root = json_loads(text, 0, &error);
	cr_assert_not_null(root, "%s", error.text);
	cr_expect_eq(json_array_size(json_object_get(root, "calls")), told.e->n_calls);
	cr_expect_eq(json_array_size(json_object_get(root, "score")), SP_SCORE_ROWS);
	cr_expect_eq(json_array_size(json_object_get(root, "words")), 2);
	cr_expect_str_eq(json_string_value(json_object_get(root, "unit")), "a.service");
	cr_expect_eq(json_array_size(json_object_get(root, "directives")), 1);
	cr_expect_eq(json_array_size(json_object_get(root, "blocked_abis")),
		     sp_abi_local()[1] ? sp_abi_local()[2] ? 2 : 1 : 0);
	at = json_object_get(root, "architectures");
	cr_expect_str_eq(json_string_value(json_object_get(at, "file")), told.texts.v[0].file);
	cr_expect_eq(json_integer_value(json_object_get(at, "line")), 4);
	cr_expect_str_eq(json_string_value(json_object_get(root, "refusal")), "kill-process");
	cr_expect_eq(json_array_size(json_object_get(root, "messages")), told.e->n_messages);
	cr_expect_eq(json_object_size(root), 20);
	json_decref(root);
	free(text);
	done(&told);
	sp_assert_no_leak();
}

static struct sp_explain_difference difference(const char *text_a, const char *text_b)
{
	struct told a = tell_one("252", text_a), b = tell_one("252", text_b);
	struct sp_explain_difference d;

	sp_explain_diff(a.e, b.e, &d);
	done(&a);
	done(&b);
	return d;
}

Test(explain, difference_of_two)
{
	struct sp_explain_difference d =
		difference("SystemCallFilter=@basic-io mount\nSystemCallErrorNumber=EPERM\n",
			   "SystemCallFilter=@basic-io ptrace\nSystemCallErrorNumber=EPERM\n");

	cr_expect(d.any);
	cr_expect_str_eq(names(&d.only_a), "mount");
	cr_expect_str_eq(names(&d.only_b), "ptrace");
	cr_expect(sp_sysset_is_empty(&d.answers));
	cr_expect_not(d.unnamed);

	d = difference("SystemCallFilter=~mount:EPERM\n", "SystemCallFilter=~mount:EACCES\n");
	cr_expect(d.any);
	cr_expect_str_eq(names(&d.answers), "mount");

	d = difference("SystemCallFilter=~@mount\n", "SystemCallFilter=~@mount\n"
						     "SystemCallFilter=read\n");
	cr_expect_not(d.any);

	/* Equal for every name, but not for what has none. */
	d = difference("SystemCallFilter=@known\n", "");
	cr_expect(d.any && d.unnamed);
}

Test(explain, difference_in_arguments)
{
	struct sp_explain_difference d = difference("LockPersonality=yes\n", "");

	cr_expect(d.any);
	cr_expect_neq(d.effects_a, 0);
	cr_expect_eq(d.effects_b, 0);
	cr_expect_not(difference("LockPersonality=yes\n", "LockPersonality=true\n").any);
	/* What is refused anyway needs no look at its arguments. */
	cr_expect_not(difference("LockPersonality=yes\nSystemCallFilter=~personality:EPERM\n",
				 "SystemCallFilter=~personality:EPERM\n")
			      .any);
	cr_expect(
		difference("RestrictAddressFamilies=AF_UNIX\n", "RestrictAddressFamilies=AF_INET\n")
			.any);
}

Test(explain, whole_groups_of_a_set)
{
	struct told told = tell_one("252", "");
	const struct sp_group *whole[128];
	struct sp_sysset set = sp_groups_find(told.groups, "@swap")->set, rest,
			 one = set_of("read");

	sp_sysset_unite(&set, &sp_groups_find(told.groups, "@mount")->set);
	sp_sysset_unite(&set, &one);
	cr_assert_eq(sp_explain_whole_groups(told.e, &set, whole, &rest), 2);
	cr_expect_str_eq(whole[0]->name, "@mount");
	cr_expect_str_eq(whole[1]->name, "@swap");
	cr_expect_str_eq(names(&rest), "read");
	done(&told);
}

/* The fewest words of a told filter, as a text of their own. */
static char *reworded(const struct sp_explain_fewest *fewest, const char *more)
{
	char *allow = join(&fewest->text.allow), *deny = join(&fewest->text.deny);
	char *again = join(&fewest->text.again), *text = NULL;

	cr_assert_gt(asprintf(&text, "%s%s%s%s%s%s%s%s%s%s", more,
			      *allow ? "SystemCallFilter=" : "", allow, *allow ? "\n" : "",
			      *deny ? "SystemCallFilter=~" : "", deny, *deny ? "\n" : "",
			      *again ? "SystemCallFilter=" : "", again, *again ? "\n" : ""),
		     0);
	free(allow);
	free(deny);
	free(again);
	return text;
}

Test(explain, fewest_words_of_what_people_write)
{
	static const struct {
		const char *text;
		const char *fewest; /* NULL: nothing is said */
		size_t now;
		bool errnos_lost;
	} cases[] = {
		{ "SystemCallFilter=@system-service\n"
		  "SystemCallFilter=~@privileged @resources @mount @swap @reboot\n",
		  "SystemCallFilter=@system-service\nSystemCallFilter=~@privileged @resources\n",
		  6 },
		{ "SystemCallFilter=read execve nosuchcall read\n", "SystemCallFilter=read\n", 4 },
		{ "SystemCallFilter=add_key keyctl request_key\n", "SystemCallFilter=@keyring\n",
		  3 },
		{ "SystemCallFilter=read\nSystemCallFilter=\nSystemCallFilter=write\n",
		  "SystemCallFilter=write\n", 1 },
		{ "SystemCallFilter=~@mount @swap swapon\nSystemCallFilter=swapon swapoff\n",
		  "SystemCallFilter=~@mount\n", 5 },
		{ "SystemCallFilter=@known\nSystemCallFilter=~@mount\n",
		  "SystemCallFilter=@known\nSystemCallFilter=~@mount\n", 2 },
		/* In an allow-list what has an errno is refused. */
		{ "SystemCallFilter=~swapon:EPERM swapoff:ENOSYS\n", "SystemCallFilter=~@swap\n", 2,
		  true },
		{ "SystemCallFilter=@keyring @swap\nSystemCallFilter=~swapon:EPERM swapoff\n",
		  "SystemCallFilter=@keyring\n", 4, true },
		{ "SystemCallFilter=execve read exit\nSystemCallFilter=~read\n",
		  "SystemCallFilter=@default\n", 4 },
		/* Without execve no allow-list is in words. */
		{ "SystemCallFilter=read\nSystemCallFilter=~execve\n", NULL, 2 },
		{ "SystemCallFilter=~nosuchcall\n", NULL, 1 },
		{ "SystemCallLog=read\n", NULL, 0 },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct told told = tell_one("252", cases[i].text);
		char *text;

		cr_assert_eq(told.e->fewest.known, cases[i].fewest != NULL, "%s", cases[i].text);
		cr_expect_eq(told.e->fewest.now, cases[i].now, "%s", cases[i].text);
		cr_expect_eq(told.e->fewest.errnos_lost, cases[i].errnos_lost, "%s", cases[i].text);
		if (cases[i].fewest) {
			text = reworded(&told.e->fewest, "");
			cr_expect_str_eq(text, cases[i].fewest);
			cr_expect(told.e->fewest.proven);
			free(text);
		}
		done(&told);
	}
	sp_assert_no_leak();
}

static void put_random_line(const struct sp_groups *groups, struct random *rnd, FILE *f)
{
	fputs(random_next(rnd) % 2 ? "SystemCallFilter=~" : "SystemCallFilter=", f);
	for (size_t n = 1 + random_next(rnd) % 6; n > 0; n--) {
		const struct sp_group *g =
			sp_groups_at(groups, random_next(rnd) % sp_groups_count(groups));
		sp_call calls[SP_CALLS_MAX];
		size_t members = sp_sysset_sorted(&g->set, calls);

		if (random_next(rnd) % 2)
			fprintf(f, "%s ", g->name);
		else
			fprintf(f, "%s ", sp_call_name(calls[random_next(rnd) % members]));
	}
	fputc('\n', f);
}

/* Judged by the model of systemd's rules, call by call, on every ABI. */
static void check_reworded(const char *version, const char *more, struct random *rnd)
{
	struct sp_groups *groups = release(version);
	struct sp_explain_difference difference;
	struct told told, other;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_not_null(f);
	fputs(more, f);
	for (size_t n = 1 + random_next(rnd) % 4; n > 0; n--)
		put_random_line(groups, rnd, f);
	cr_assert_eq(fclose(f), 0);
	told = tell_one(version, text);
	if (told.e->fewest.known) {
		char *few = reworded(&told.e->fewest, more);

		other = tell_one(version, few);
		sp_explain_diff(told.e, other.e, &difference);
		cr_assert_not(difference.any, "%s is not\n%s", few, text);
		cr_assert_leq(told.e->fewest.n, told.e->fewest.now, "%s", text);
		cr_assert_eq(other.e->fewest.n, told.e->fewest.n);
		free(few);
		done(&other);
	}
	done(&told);
	free(text);
	sp_groups_free(groups);
}

Test(explain, fewest_words_change_nothing, .timeout = 300)
{
	static const char *const versions[] = { "239", "252.39", "257" };
	static const char *const more[] = { "", "SystemCallArchitectures=native\n" };
	struct random rnd = { .state = 88172645463325252 };

	for (unsigned i = 0; i < 120; i++)
		check_reworded(versions[i % SP_ARRAY_SIZE(versions)],
			       more[i / 3 % SP_ARRAY_SIZE(more)], &rnd);
}

static void observe(struct sp_profile *profile, sp_abi abi, uint32_t nr)
{
	const struct sp_event event = { .kind = SP_EVENT_SYSCALL, .tid = 1, .arch = abi, .nr = nr };

	cr_assert_geq(sp_profile_observe(profile, &event), 0);
}

static struct sp_profile *profile_of(const char *list)
{
	const struct sp_sysset calls = set_of(list);
	struct sp_profile *profile;

	cr_assert_eq(sp_profile_new(&profile), 0);
	sp_sysset_foreach (c, &calls) {
		uint32_t nr;

		cr_assert_eq(sp_call_number((sp_call)c, sp_abi_native(), &nr), 0);
		observe(profile, sp_abi_native(), nr);
	}
	return profile;
}

Test(explain, a_filter_beside_what_is_needed)
{
	struct told told = tell_one("252", "SystemCallFilter=@system-service\n"
					   "SystemCallFilter=~@privileged @resources @mount\n");
	struct sp_profile *profile = profile_of("read write openat socket setuid execve");
	const struct sp_sysset assumed = {};
	const struct sp_explain_needs *needs;

	cr_assert_null(told.e->needs);
	/* A second time takes the place of the first. */
	cr_assert_eq(sp_explain_set_needs(told.e, profile, &assumed), 0);
	cr_assert_eq(sp_explain_set_needs(told.e, profile, &assumed), 0);
	needs = told.e->needs;
	cr_assert_eq(needs->refused.n, 1);
	cr_expect_str_eq(needs->refused.v[0], "setuid");
	cr_expect_null(needs->none_for);
	cr_expect_eq(needs->now.words, 4);
	cr_expect_eq(needs->now.calls, sp_sysset_count(&told.e->allowed));
	cr_expect_float_eq(needs->now.exposure, 0, 0.001);
	cr_expect_eq(needs->then.words,
		     needs->text.allow.n + needs->text.deny.n + needs->text.again.n);
	cr_expect_lt(needs->then.calls, needs->now.calls);
	cr_expect_gt(needs->then.exposure, 0);
	sp_profile_free(profile);
	done(&told);
	sp_assert_no_leak();
}

/* What a text of ours would do, and what it would not. */
Test(explain, what_is_needed_counts_by_abi_and_by_what_has_a_name)
{
	struct told told = tell_one("252", "SystemCallArchitectures=native\n"
					   "SystemCallFilter=@system-service\n");
	struct sp_profile *profile = profile_of("read write");
	const struct sp_sysset assumed = {};

	if (sp_abi_native() != SCMP_ARCH_X86_64)
		cr_skip_test("x86-64 only");
	observe(profile, SCMP_ARCH_X86, 3);
	cr_assert_eq(sp_explain_set_needs(told.e, profile, &assumed), 0);
	cr_assert_eq(told.e->needs->refused.n, 1);
	cr_expect_str_eq(told.e->needs->refused.v[0], "x86:read");
	cr_expect_null(told.e->needs->none_for);
	observe(profile, sp_abi_native(), 70000);
	cr_assert_eq(sp_explain_set_needs(told.e, profile, &assumed), 0);
	cr_assert_eq(told.e->needs->refused.n, 2);
	cr_expect_str_eq(told.e->needs->refused.v[0], "x86-64:70000");
	cr_expect_str_eq(told.e->needs->none_for, "x86-64:70000");
	cr_expect_eq(told.e->needs->text.allow.n, 0);
	sp_profile_free(profile);
	done(&told);
	sp_assert_no_leak();
}

/* systemd 256 itself sends a message between the filter and the program. */
Test(explain, what_is_needed_has_what_systemd_calls)
{
	struct told told = tell_one("256", "SystemCallFilter=@system-service\n");
	struct sp_profile *profile = profile_of("read write");
	const struct sp_sysset assumed = {};

	cr_assert_eq(sp_explain_set_needs(told.e, profile, &assumed), 0);
	cr_expect(sp_words_contains(&told.e->needs->text.allow, "sendto"));
	sp_profile_free(profile);
	done(&told);
	sp_assert_no_leak();
}
