/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/history.h"

#include "histories.h"
#include "leak.h"

/* A small generator of our own, so that a failure comes again. */
static unsigned roll(uint64_t *state, unsigned sides)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(*state >> 33) % sides;
}

/*
 * Few runs and few calls, so that two histories have much in common: other states of one run too.
 */
static struct sp_history *random_history(uint64_t *state)
{
	static const char *const exes[] = { "/bin/a", "/bin/b", "/bin/c\xff" };
	static const char *const comms[] = { "a", "b", "" };
	struct sp_history *history = NULL;

	cr_assert_eq(sp_history_new(&history), 0);
	for (unsigned n = roll(state, 4); n > 0; n--) {
		struct sp_run_record record = fake_record((char)('0' + roll(state, 5)));
		struct sp_profile *profile = NULL;

		record.duration_usec = roll(state, 4);
		record.host = roll(state, 2) ? "web1" : "web2";
		record.origin = roll(state, 4) ? SP_ORIGIN_SEEN : SP_ORIGIN_IMPORTED;
		if (roll(state, 3) == 0)
			record.assumed = set_of("reboot getppid");
		cr_assert_eq(sp_profile_new(&profile), 0);
		for (unsigned calls = roll(state, 30); calls > 0; calls--) {
			pid_t tid = (pid_t)roll(state, 3) + 1;

			cr_assert_eq(sp_profile_set_exe(profile, tid, exes[roll(state, 3)]), 0);
			sp_profile_set_phase(profile, roll(state, _SP_PHASE_MAX));
			if (observe_number(profile, tid, sp_abi_native(), roll(state, 6),
					   roll(state, 4) * 1000) == 1)
				sp_profile_name_first(profile, comms[roll(state, 3)]);
		}
		cr_assert_eq(sp_history_add_run(history, &record, profile), 0);
		sp_profile_free(profile);
	}
	return history;
}

static char *joined_text(struct sp_history *const *v, const unsigned *order, size_t n)
{
	struct sp_history *all = NULL;
	char *text;

	cr_assert_eq(sp_history_new(&all), 0);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(sp_history_join(all, v[order[i]]), 0);
	text = history_text(all);
	sp_history_free(all);
	return text;
}

/* A + B; what is added to is a new history. */
static struct sp_history *sum(struct sp_history *a, struct sp_history *b)
{
	struct sp_history *all = NULL;

	cr_assert_eq(sp_history_new(&all), 0);
	cr_assert_eq(sp_history_join(all, a), 0);
	cr_assert_eq(sp_history_join(all, b), 0);
	return all;
}

static void expect_same(struct sp_history *a, struct sp_history *b, const char *law, unsigned round)
{
	char *text_a = history_text(a), *text_b = history_text(b);

	cr_assert_str_eq(text_a, text_b, "%s does not hold in round %u:\n%s\n%s", law, round,
			 text_a, text_b);
	free(text_a);
	free(text_b);
}

/* Members that this version does not know, of equal and of other values. */
static struct sp_history *with_extras(struct sp_history *history, uint64_t *state)
{
	char *text = history_text(history), *grown = NULL;
	struct sp_history *result;
	size_t len = strlen(text);

	cr_assert_gt(asprintf(&grown, "%.*s, \"later\": {\"n\": %u}}", (int)len - 2, text,
			      roll(state, 3)),
		     0);
	result = history_of(grown);
	sp_history_free(history);
	free(text);
	free(grown);
	return result;
}

Test(history, joining_is_commutative_associative_and_idempotent)
{
	enum { ROUNDS = 600 };
	uint64_t state = 42;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct sp_history *a = with_extras(random_history(&state), &state);
		struct sp_history *b = with_extras(random_history(&state), &state);
		struct sp_history *c = random_history(&state);
		struct sp_history *ab = sum(a, b), *ba = sum(b, a), *bc = sum(b, c);
		struct sp_history *ab_c = sum(ab, c), *a_bc = sum(a, bc), *ab_a = sum(ab, a);
		struct sp_history *aa = sum(a, a), *copy = NULL;
		char *text = history_text(ab_c);

		expect_same(ab, ba, "A + B = B + A", round);
		expect_same(ab_c, a_bc, "(A + B) + C = A + (B + C)", round);
		expect_same(ab_a, ab, "A + B + A = A + B", round);
		expect_same(aa, a, "A + A = A", round);
		copy = history_of(text);
		expect_same(copy, ab_c, "read(write(A)) = A", round);
		free(text);
		sp_history_free(a);
		sp_history_free(b);
		sp_history_free(c);
		sp_history_free(ab);
		sp_history_free(ba);
		sp_history_free(bc);
		sp_history_free(ab_c);
		sp_history_free(a_bc);
		sp_history_free(ab_a);
		sp_history_free(aa);
		sp_history_free(copy);
	}
	sp_assert_no_leak();
}

Test(history, any_order_of_many_gives_the_same)
{
	enum { N = 12, ORDERS = 40 };
	struct sp_history *v[N];
	unsigned order[N];
	uint64_t state = 7;
	char *wanted;

	for (unsigned i = 0; i < N; i++) {
		v[i] = random_history(&state);
		order[i] = i;
	}
	wanted = joined_text(v, order, N);
	for (unsigned k = 0; k < ORDERS; k++) {
		char *text;

		for (unsigned i = N - 1; i > 0; i--) {
			unsigned j = roll(&state, i + 1), kept = order[i];

			order[i] = order[j];
			order[j] = kept;
		}
		text = joined_text(v, order, N);
		cr_assert_str_eq(text, wanted);
		free(text);
	}
	for (unsigned i = 0; i < N; i++)
		sp_history_free(v[i]);
	free(wanted);
}

static const struct sp_history_call *find(struct sp_history *history, const char *name)
{
	uint32_t nr;

	cr_assert_eq(sp_call_number(call_named(name), sp_abi_native(), &nr), 0);
	return sp_history_find(history, sp_abi_native(), nr);
}

Test(history, one_run_with_the_start_is_enough)
{
	struct sp_run_record record = fake_record('1');
	struct sp_history *history = NULL;
	struct sp_profile *profile = fake_run();

	cr_assert_eq(sp_history_new(&history), 0);
	cr_expect_not(sp_history_startup_seen(history));
	record.startup_seen = false;
	record.source = "attach";
	cr_assert_eq(sp_history_add_run(history, &record, profile), 0);
	cr_expect_not(sp_history_startup_seen(history));
	record = fake_record('2');
	cr_assert_eq(sp_history_add_run(history, &record, profile), 0);
	cr_expect(sp_history_startup_seen(history));
	sp_history_free(history);
	sp_profile_free(profile);
}

Test(history, two_runs_add_up_and_one_run_does_not)
{
	struct sp_history *a = fake_history('a'), *b = fake_history('b');
	uint64_t once = sp_history_total(find(a, "setuid"));

	cr_assert_eq(once, 3);
	cr_assert_eq(sp_history_join(a, a), 0);
	cr_expect_eq(sp_history_total(find(a, "setuid")), once);
	cr_assert_eq(sp_history_join(a, b), 0);
	cr_expect_eq(sp_history_total(find(a, "setuid")), 2 * once);
	cr_expect_eq(sp_history_n_runs(a), 2);
	cr_expect_str_eq(sp_history_run_of(a, find(a, "setuid")->first.run)->id,
			 sp_history_run_at(a, 0)->id);
	cr_expect_str_eq(sp_history_run_of(a, find(a, "setuid")->last.run)->id,
			 sp_history_run_at(a, 1)->id);
	sp_history_free(a);
	sp_history_free(b);
	sp_assert_no_leak();
}

Test(history, a_later_state_of_a_run_takes_the_place_of_an_earlier_one)
{
	struct sp_run_record record = fake_record('a');
	struct sp_profile *profile = fake_run();
	struct sp_history *history = NULL;

	cr_assert_eq(sp_history_new(&history), 0);
	cr_assert_eq(sp_history_add_run(history, &record, profile), 0);
	fake_calls(profile, 4712, "apache2", "setuid reboot", INT64_C(800000000000));
	record.duration_usec = 900000000;
	cr_assert_eq(sp_history_add_run(history, &record, profile), 0);
	cr_expect_eq(sp_history_n_runs(history), 1);
	cr_expect_eq(sp_history_run_at(history, 0)->duration_usec, 900000000);
	cr_expect_eq(sp_history_total(find(history, "setuid")), 4);
	cr_expect_eq(find(history, "setuid")->first.time_usec, 400000);
	cr_expect_eq(find(history, "setuid")->last.time_usec, INT64_C(800000000));
	cr_expect_eq(sp_history_total(find(history, "reboot")), 1);
	sp_profile_free(profile);
	sp_history_free(history);
}

Test(history, counts_do_not_wrap_around)
{
	struct sp_history_count counts[] = { { .count = INT64_MAX }, { .count = INT64_MAX } };
	struct sp_history_call call = { .counts = counts, .n_counts = 2 };

	cr_expect_eq(sp_history_total(&call), INT64_MAX);
}

Test(history, what_passed_uncounted_is_a_lower_bound)
{
	struct sp_history *known = fake_history('a'), *history = fake_history('a');
	struct sp_abi_number passed[2] = { { .abi = sp_abi_native() }, { .abi = sp_abi_native() } };
	struct sp_run_record record = fake_record('b');
	struct sp_profile *profile = NULL;

	cr_assert_eq(sp_call_number(call_named("setuid"), sp_abi_native(), &passed[0].nr), 0);
	cr_assert_eq(sp_call_number(call_named("reboot"), sp_abi_native(), &passed[1].nr), 0);
	record.passed = passed;
	record.n_passed = SP_ARRAY_SIZE(passed);
	cr_assert_eq(sp_profile_new(&profile), 0);
	cr_assert_eq(sp_history_add_run(history, &record, profile), 0);
	cr_expect(find(history, "setuid")->lower_bound);
	cr_expect_not(find(history, "read")->lower_bound);
	cr_expect_null(find(history, "reboot"));
	cr_expect_eq(sp_history_total(find(history, "setuid")), 3);
	cr_assert_eq(sp_history_join(known, history), 0);
	cr_expect(find(known, "setuid")->lower_bound);
	sp_profile_free(profile);
	sp_history_free(known);
	sp_history_free(history);
}

Test(history, a_profile_comes_back_as_it_was)
{
	struct sp_profile *live = fake_run(), *back = NULL;
	struct sp_run_record record = fake_record('a');
	struct sp_sysset assumed = {}, wanted, names;
	struct sp_profile_totals totals, live_totals;
	struct sp_history *history = NULL;

	record.assumed = set_of("reboot setuid");
	cr_assert_eq(sp_history_new(&history), 0);
	cr_assert_eq(sp_history_add_run(history, &record, live), 0);
	cr_assert_eq(sp_profile_new(&back), 0);
	cr_assert_eq(sp_history_fill(history, back, &assumed), 0);
	/* setuid was seen as well. */
	wanted = set_of("reboot");
	cr_expect(sp_sysset_equal(&assumed, &wanted));
	sp_profile_names(live, &wanted);
	sp_profile_names(back, &names);
	cr_expect(sp_sysset_equal(&names, &wanted));
	cr_assert_eq(sp_profile_n_calls(back), sp_profile_n_calls(live));
	for (size_t i = 0; i < sp_profile_n_calls(live); i++) {
		const struct sp_profile_call *a = sp_profile_call_at(live, i);
		const struct sp_profile_call *b = sp_profile_call_at(back, i);

		cr_expect_eq(a->nr, b->nr);
		cr_expect_eq(a->count, b->count);
		cr_expect_eq(a->first.time_ns, b->first.time_ns);
		cr_expect_eq(a->last.time_ns, b->last.time_ns);
		cr_expect_eq(a->first.tid, b->first.tid);
		cr_expect_str_eq(a->first.comm, b->first.comm);
		cr_expect_str_eq(sp_profile_exe(live, a->first.exe),
				 sp_profile_exe(back, b->first.exe));
	}
	sp_profile_totals(live, &live_totals);
	sp_profile_totals(back, &totals);
	cr_expect_eq(totals.syscalls, live_totals.syscalls);
	cr_expect_eq(totals.processes, live_totals.processes);
	cr_expect_eq(totals.threads, live_totals.threads);
	sp_profile_free(live);
	sp_profile_free(back);
	sp_history_free(history);
	sp_assert_no_leak();
}

Test(history, memory_and_time_follow_what_is_known, .timeout = 100)
{
	enum { N = 2000 };
	struct sp_history *all = NULL, *one = fake_history('a');
	char *text = history_text(one), *id = strstr(text, "aaaaaaaa");

	cr_assert_not_null(id);
	cr_assert_eq(sp_history_new(&all), 0);
	for (unsigned i = 0; i < N; i++) {
		struct sp_history *host;
		char digits[9];

		snprintf(digits, sizeof(digits), "%08x", i);
		memcpy(id, digits, 8);
		host = history_of(text);
		cr_assert_eq(sp_history_join(all, host), 0);
		sp_history_free(host);
	}
	cr_expect_eq(sp_history_n_runs(all), N);
	cr_expect_eq(sp_history_n_calls(all), sp_history_n_calls(one));
	cr_expect_eq(sp_history_total(find(all, "setuid")), 3 * N);
	sp_history_free(all);
	sp_history_free(one);
	free(text);
}
