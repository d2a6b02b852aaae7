/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/waitpolicy.h"

#include <criterion/criterion.h>
#include <errno.h>

#define SECOND INT64_C(1000000000)

/* A machine and its load: the stops a second that each way of waiting would bring. */
struct load {
	double rate[_SP_WAIT_MAX];
	bool saturated;
};

/* The prices of a stop that were measured on a virtual machine with two processors. */
static const struct load one_busy_task = { { 20000, 60000, 110000 }, false };
static const struct load several_busy_tasks = { { 110000, 160000, 130000 }, false };
static const struct load with_hogs = { { 58000, 62000, 700 }, true };
static const struct load slow = { { 500, 520, 530 }, false };

static const bool all[_SP_WAIT_MAX] = { true, true, true };

/* How long each way was taken, by the windows. */
struct account {
	int64_t ns[_SP_WAIT_MAX];
	double stops;
};

static void run(struct sp_waitpolicy *policy, const struct load *load, int64_t ns,
		struct account *ret)
{
	struct account account = {};

	for (int64_t now = 0; now < ns;) {
		enum sp_wait_way way = policy->way;
		double rate = load->rate[way];
		struct sp_wait_window window = {};

		while (!sp_wait_window_is_full(&window)) {
			window.stops++;
			window.ns += (int64_t)(1e9 / rate);
		}
		account.ns[way] += window.ns;
		account.stops += (double)window.stops;
		now += window.ns;
		sp_waitpolicy_judge(policy, &window, load->saturated);
	}
	if (ret)
		*ret = account;
}

Test(waitpolicy, few_stops_are_slept_for)
{
	struct sp_waitpolicy policy;
	struct account account;

	sp_waitpolicy_init(&policy, all);
	run(&policy, &slow, 10 * SECOND, &account);
	cr_expect_eq(policy.way, SP_WAIT_BLOCK);
	cr_expect_eq(policy.trials, 0);
	cr_expect_eq(account.ns[SP_WAIT_SPIN], 0);
	cr_expect_eq(account.ns[SP_WAIT_COLOCATE], 0);
}

Test(waitpolicy, the_best_way_is_found_within_a_tenth_of_a_second)
{
	static const struct {
		const struct load *load;
		enum sp_wait_way best;
	} cases[] = {
		{ &one_busy_task, SP_WAIT_COLOCATE },
		{ &several_busy_tasks, SP_WAIT_SPIN },
		{ &with_hogs, SP_WAIT_BLOCK },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sp_waitpolicy policy;

		sp_waitpolicy_init(&policy, all);
		run(&policy, cases[i].load, SECOND / 10, NULL);
		cr_expect_eq(policy.phase,
			     cases[i].load->saturated ? SP_WAIT_QUIET : SP_WAIT_SETTLED, "case %zu",
			     i);
		cr_expect_eq(policy.way, cases[i].best, "case %zu: %s", i,
			     sp_wait_way_name(policy.way));
	}
}

Test(waitpolicy, looking_for_a_better_way_costs_little)
{
	struct sp_waitpolicy policy;
	struct account account;

	sp_waitpolicy_init(&policy, all);
	run(&policy, &one_busy_task, 60 * SECOND, &account);
	cr_expect_gt(account.stops, 0.98 * 60 * one_busy_task.rate[SP_WAIT_COLOCATE]);
	cr_expect_geq(policy.trials, 10, "%u", policy.trials);
}

Test(waitpolicy, hogs_end_co_location_and_their_end_brings_it_back)
{
	struct sp_waitpolicy policy;
	struct account account;

	sp_waitpolicy_init(&policy, all);
	run(&policy, &one_busy_task, 30 * SECOND, NULL);
	cr_assert_eq(policy.way, SP_WAIT_COLOCATE);
	run(&policy, &with_hogs, SECOND / 5, &account);
	cr_expect_eq(policy.way, SP_WAIT_BLOCK);
	cr_expect_lt(account.ns[SP_WAIT_COLOCATE], SECOND / 10);
	run(&policy, &with_hogs, 30 * SECOND, &account);
	cr_expect_eq(account.ns[SP_WAIT_COLOCATE], 0);
	cr_expect_gt(account.stops, 0.97 * 30 * with_hogs.rate[SP_WAIT_BLOCK]);
	run(&policy, &one_busy_task, 6 * SECOND, NULL);
	cr_expect_eq(policy.way, SP_WAIT_COLOCATE);
}

/* /proc/loadavg may say what it likes: the figures alone are enough. */
Test(waitpolicy, hogs_that_nobody_counts_are_noticed_by_what_they_do)
{
	struct load hogs = with_hogs;
	struct sp_waitpolicy policy;
	struct account account;

	hogs.saturated = false;
	hogs.rate[SP_WAIT_SPIN] = 38000;
	sp_waitpolicy_init(&policy, all);
	run(&policy, &one_busy_task, 10 * SECOND, NULL);
	cr_assert_eq(policy.way, SP_WAIT_COLOCATE);
	run(&policy, &hogs, 60 * SECOND, &account);
	cr_expect_eq(policy.way, SP_WAIT_BLOCK);
	cr_expect_lt(account.ns[SP_WAIT_COLOCATE], SECOND / 2);
	run(&policy, &one_busy_task, 25 * SECOND, NULL);
	cr_expect_eq(policy.way, SP_WAIT_COLOCATE);
}

Test(waitpolicy, a_pause_brings_sleep_and_what_was_learnt_is_kept_for_the_next_burst)
{
	struct sp_waitpolicy policy;
	unsigned trials;

	sp_waitpolicy_init(&policy, all);
	run(&policy, &one_busy_task, SECOND, NULL);
	trials = policy.trials;
	sp_waitpolicy_pause(&policy, SECOND / 10);
	cr_expect_eq(policy.way, SP_WAIT_BLOCK);
	cr_expect_eq(policy.phase, SP_WAIT_QUIET);
	run(&policy, &one_busy_task, SECOND / 100, NULL);
	cr_expect_eq(policy.way, SP_WAIT_COLOCATE);
	cr_expect_eq(policy.trials, trials);
	sp_waitpolicy_pause(&policy, 10 * SECOND);
	run(&policy, &one_busy_task, SECOND / 100, NULL);
	cr_expect_eq(policy.phase, SP_WAIT_TRIAL);
}

Test(waitpolicy, a_load_that_fades_is_slept_for)
{
	struct sp_waitpolicy policy;

	sp_waitpolicy_init(&policy, all);
	run(&policy, &one_busy_task, SECOND, NULL);
	run(&policy, &slow, 5 * SECOND, NULL);
	cr_expect_eq(policy.way, SP_WAIT_BLOCK);
	cr_expect_eq(policy.phase, SP_WAIT_QUIET);
}

Test(waitpolicy, a_way_that_does_not_exist_is_never_taken)
{
	static const bool spin_only[_SP_WAIT_MAX] = { [SP_WAIT_SPIN] = true };
	struct sp_waitpolicy policy;
	struct account account;

	sp_waitpolicy_init(&policy, spin_only);
	run(&policy, &one_busy_task, 20 * SECOND, &account);
	cr_expect_eq(account.ns[SP_WAIT_COLOCATE], 0);
	cr_expect_eq(policy.way, SP_WAIT_SPIN);

	sp_waitpolicy_init(&policy, all);
	run(&policy, &one_busy_task, SECOND, NULL);
	cr_assert_eq(policy.way, SP_WAIT_COLOCATE);
	sp_waitpolicy_exclude(&policy, SP_WAIT_COLOCATE);
	run(&policy, &one_busy_task, 20 * SECOND, &account);
	cr_expect_eq(account.ns[SP_WAIT_COLOCATE], 0);
	cr_expect_eq(policy.way, SP_WAIT_SPIN);
}

Test(waitpolicy, choices_have_the_names_of_their_ways)
{
	enum sp_wait_choice choice;

	cr_expect_eq(sp_wait_choice_parse("adaptive", &choice), 0);
	cr_expect_eq(choice, SP_WAIT_ADAPTIVE);
	for (int way = 0; way < _SP_WAIT_MAX; way++) {
		const char *name = sp_wait_way_name((enum sp_wait_way)way);

		cr_assert_eq(sp_wait_choice_parse(name, &choice), 0, "%s", name);
		cr_expect_eq(choice - SP_WAIT_ALWAYS_BLOCK, (unsigned)way);
	}
	cr_expect_eq(sp_wait_choice_parse("", &choice), -EINVAL);
	cr_expect_eq(sp_wait_choice_parse("blocks", &choice), -EINVAL);
}
