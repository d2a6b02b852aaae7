/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/judgement.h"

#include "histories.h"
#include "leak.h"
#include "sets.h"

struct fixture {
	struct sp_groups *groups;
	struct sp_filter *filter;
	struct sp_history *history;
	struct sp_judgement judgement;
};

static void begin(struct fixture *f, struct sp_history *history, const char *text)
{
	*f = (struct fixture){ .groups = release("252"), .history = history };
	cr_assert_eq(sp_filter_new(f->groups, &f->filter), 0);
	cr_assert_eq(sp_filter_parse(f->filter, "a.conf", text, strlen(text), NULL, NULL), 0);
	cr_assert_eq(sp_judgement_make(history, f->filter, NULL, &f->judgement), 0);
	f->judgement.release = "252";
	f->judgement.major = 252;
}

static void end(struct fixture *f)
{
	sp_judgement_done(&f->judgement);
	sp_history_free(f->history);
	sp_filter_free(f->filter);
	sp_groups_free(f->groups);
	sp_assert_no_leak();
}

static char *text_of(const struct sp_judgement *judgement, bool json)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (json)
		cr_assert_eq(sp_judgement_print_json(judgement, f), 0);
	else
		sp_judgement_print(judgement, f);
	cr_assert_eq(fclose(f), 0);
	return text;
}

Test(judgement, what_allows_all_holds)
{
	struct fixture f;
	char *text;

	begin(&f, fake_history('1'), "[Service]\nSystemCallFilter=@known\n");
	cr_expect(sp_judgement_holds(&f.judgement));
	cr_expect_eq(f.judgement.n, 0);
	cr_expect_eq(f.judgement.n_made, sp_history_n_calls(f.history));
	text = text_of(&f.judgement, false);
	cr_expect_str_eq(text, "");
	free(text);
	end(&f);
}

Test(judgement, each_refused_call_is_told_with_who_made_it)
{
	struct fixture f;
	char *text;

	begin(&f, fake_history('1'),
	      "[Service]\nSystemCallFilter=~setuid\nSystemCallFilter=~exit_group:EACCES\n"
	      "SystemCallErrorNumber=EPERM\n");
	cr_expect_not(sp_judgement_holds(&f.judgement));
	cr_expect_eq(sp_judgement_refused(&f.judgement), 2);
	text = text_of(&f.judgement, false);
	cr_expect_str_eq(
		text,
		"setuid: refused with EPERM, because of setuid (a.conf:2)\n"
		"    3 times by /usr/sbin/apache2 in 1 run\n"
		"    first 2023-11-14 22:13:20 UTC, 0.4 s into a run on web1, by apache2 (pid "
		"4712, /usr/sbin/apache2)\n"
		"exit_group: refused with EACCES, because of exit_group:EACCES (a.conf:3)\n"
		"    1 time by /usr/bin/rotatelogs in 1 run\n"
		"    first 2023-11-14 22:14:33 UTC, 1 min 13 s into a run on web1, by rotatelogs "
		"(pid 4714, /usr/bin/rotatelogs)\n",
		"%s", text);
	free(text);
	text = text_of(&f.judgement, true);
	cr_expect(strstr(text, "\"holds\": false") && strstr(text, "\"call\": \"setuid\"") &&
			  strstr(text, "\"host\": \"web1\"") && strstr(text, "\"count\": 3"),
		  "%s", text);
	free(text);
	end(&f);
}

/* The profile is the same, but that the call is of another ABI, or was never made. */
Test(judgement, the_abi_and_the_origin_count)
{
	static const struct {
		const char *origin, *abi, *number;
		size_t refused;
	} cases[] = {
		{ "seen", "x86-64", "0", 0 },
		{ "seen", "x86", "3", 1 },
		{ "imported", "x86", "3", 1 },
		{ "assumed", "x86", "3", 0 },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct fixture f;
		char text[512];

		snprintf(text, sizeof(text),
			 "{\"sysprofile\": \"profile\", \"version\": 1, \"runs\": [], \"calls\": "
			 "[{\"abi\": \"%s\", \"number\": %s, \"name\": \"read\", \"origin\": "
			 "[\"%s\"], \"counts\": {}, \"lower_bound\": true, \"first\": null, "
			 "\"last\": null}]}",
			 cases[i].abi, cases[i].number, cases[i].origin);
		begin(&f, history_of(text),
		      "[Service]\nSystemCallArchitectures=native\nSystemCallFilter=@known\n");
		cr_expect_eq(sp_judgement_refused(&f.judgement), cases[i].refused, "%s", text);
		cr_expect_eq(f.judgement.n_made, cases[i].origin[0] != 'a');
		end(&f);
	}
}

/* What systemd itself calls before the program begins is refused, whoever else makes it. */
Test(judgement, what_systemd_needs_counts)
{
	struct fixture f;
	char *text;

	begin(&f,
	      history_of("{\"sysprofile\": \"profile\", \"version\": 1, \"runs\": [], \"calls\": "
			 "[]}"),
	      "[Service]\nSystemCallFilter=~execve\n");
	cr_expect_eq(sp_judgement_refused(&f.judgement), 0);
	cr_expect_not(sp_judgement_holds(&f.judgement));
	text = text_of(&f.judgement, false);
	cr_expect(strstr(text, "execve: ") && strstr(text, "by systemd itself"), "%s", text);
	free(text);
	end(&f);
}
