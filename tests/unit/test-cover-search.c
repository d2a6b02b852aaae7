/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The words that sp_cover() finds against all words there are, on tables small enough to try them:
 * every group on every combination of the three lines, and every name on the best one for it;
 * @default, of which something is needed always, on the third line or none. What a text does is
 * worked out here, from systemd.exec(5) alone.
 */

#include "sysprofile/cover.h"

#include "sets.h"
#include "sysprofile/risk.h"

enum { CALLS = 16, GROUPS_MAX = 4, TABLES = 3000 };

/* The first two are what systemd calls itself, so that every text needs them. */
static const char *const call_names[CALLS] = { "execve",  "write",  "read",    "openat",
					       "chown",	  "setuid", "mount",   "ptrace",
					       "madvise", "setgid", "umount2", "lchown",
					       "reboot",  "swapon", "ioctl",   "mlock" };

/* Names that mean something to the tiers of risk, and such that do not. */
static const char *const group_names[] = { "@aaa", "@mount", "@privileged", "@system-service",
					   "@zzz", "@debug", "@resources" };

struct small_table {
	const char *names[GROUPS_MAX];
	unsigned sets[GROUPS_MAX]; /* a bit for each call */
	size_t n;
	unsigned implicit;
	struct sp_groups *groups;
};

static struct sp_groups *parse(const char *text)
{
	struct sp_groups *groups = NULL;
	struct sp_groups_error error;

	cr_assert_eq(sp_groups_parse_listing(text, strlen(text), 252, "252", &groups, &error), 0,
		     "line %u: %s\n%s", error.line, error.what, text);
	return groups;
}

static void put_group(FILE *f, const char *name, unsigned set)
{
	fprintf(f, "%s\n    # words\n", name);
	for (size_t c = 0; c < CALLS; c++)
		if (set >> c & 1)
			fprintf(f, "    %s\n", call_names[c]);
}

/* Backwards, the same table is listed the other way round. */
static struct sp_groups *groups_of(const struct small_table *t, bool backwards)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	struct sp_groups *groups;

	cr_assert_not_null(f);
	for (size_t i = 0; i < t->n; i++) {
		size_t at = backwards ? t->n - 1 - i : i;

		put_group(f, t->names[at], t->sets[at]);
	}
	put_group(f, "@default", t->implicit);
	cr_assert_eq(fclose(f), 0);
	groups = parse(text);
	free(text);
	return groups;
}

/* A quarter of all calls, half of them, or three quarters. */
static unsigned random_set(struct random *rnd)
{
	unsigned a = (unsigned)random_next(rnd), b = (unsigned)random_next(rnd), set = a;

	if (random_next(rnd) % 2)
		set = random_next(rnd) % 2 ? a & b : a | b;
	return set & ((1 << CALLS) - 1);
}

/* Every second table is of nested groups, each of the one before, as many of systemd's are. */
static struct small_table random_table(struct random *rnd)
{
	struct small_table t = { .n = 1 + random_next(rnd) % GROUPS_MAX };
	size_t first = random_next(rnd) % SP_ARRAY_SIZE(group_names);
	bool nested = random_next(rnd) % 2;

	t.implicit = random_set(rnd) | 1;
	for (size_t i = 0; i < t.n; i++) {
		t.names[i] = group_names[(first + i) % SP_ARRAY_SIZE(group_names)];
		t.sets[i] = random_set(rnd);
		if (nested)
			t.sets[i] =
				i ? t.sets[i - 1] & random_set(rnd) : t.sets[i] | random_set(rnd);
		if (!t.sets[i])
			t.sets[i] = 2;
	}
	t.groups = groups_of(&t, false);
	return t;
}

static struct sp_sysset set_of_bits(unsigned bits)
{
	struct sp_sysset set = {};

	for (size_t c = 0; c < CALLS; c++)
		if (bits >> c & 1)
			sp_sysset_add(&set, call_named(call_names[c]));
	return set;
}

/* What it costs to let calls pass; those that are needed come free and must. */
struct task {
	const struct small_table *table;
	enum sp_style style;
	unsigned needed;
	uint64_t word_price;
	uint64_t price[CALLS];
};

enum { ALLOW = 1, DENY = 2, AGAIN = 4, PLACES = 8 };
static const uint64_t impossible = UINT64_C(1) << 40;

/* places: on which of the lines some word names the call. */
static bool passes(const struct task *task, size_t call, unsigned places)
{
	if (places & AGAIN)
		return true;
	if (places & DENY)
		return false;
	return places & ALLOW || task->style == SP_STYLE_DENY || task->table->implicit >> call & 1;
}

/* The bits of a call's price when it passes or does not, whatever the words for that cost. */
static uint64_t price_of(const struct task *task, size_t call, bool pass)
{
	if (task->needed >> call & 1)
		return pass ? 0 : impossible;
	return pass ? task->price[call] : 0;
}

static uint64_t best_for_call(const struct task *task, size_t call, unsigned by_groups)
{
	uint64_t best = UINT64_MAX;

	for (unsigned by_name = 0; by_name < PLACES; by_name++) {
		uint64_t cost = (uint64_t)__builtin_popcount(by_name) * task->word_price +
				price_of(task, call, passes(task, call, by_groups | by_name));

		if (cost < best)
			best = cost;
	}
	return best;
}

struct best {
	uint64_t of[CALLS][PLACES];
};

static uint64_t cost_of_places(const struct task *task, const struct best *best, unsigned places,
			       bool default_again)
{
	const struct small_table *t = task->table;
	uint64_t cost = default_again ? task->word_price : 0;

	for (size_t i = 0; i < t->n; i++)
		cost += (uint64_t)__builtin_popcount(places >> (3 * i) & 7) * task->word_price;
	for (size_t c = 0; c < CALLS; c++) {
		unsigned by_groups = default_again && t->implicit >> c & 1 ? AGAIN : 0;

		for (size_t i = 0; i < t->n; i++)
			if (t->sets[i] >> c & 1)
				by_groups |= places >> (3 * i) & 7;
		cost += best->of[c][by_groups];
	}
	return cost;
}

static uint64_t least_of_all(const struct task *task)
{
	uint64_t least = UINT64_MAX;
	struct best best;

	for (size_t c = 0; c < CALLS; c++)
		for (unsigned places = 0; places < PLACES; places++)
			best.of[c][places] = best_for_call(task, c, places);
	for (unsigned places = 0; places < 2u << (3 * task->table->n); places++) {
		uint64_t cost = cost_of_places(task, &best, places >> 1, places & 1);

		if (cost < least)
			least = cost;
	}
	return least;
}

/* Of a deny-list: the groups of which nothing is needed, and those alone, are refused. */
static unsigned left_alone(const struct small_table *t, unsigned needed)
{
	unsigned refused = t->implicit & needed ? 0 : t->implicit;

	for (size_t i = 0; i < t->n; i++)
		if (!(t->sets[i] & needed))
			refused |= t->sets[i];
	return ((1u << CALLS) - 1) & ~refused;
}

static struct task task_of(const struct small_table *t, const struct sp_cover_terms *terms,
			   unsigned needed)
{
	struct task task = { t, terms->style, needed | t->implicit, terms->word_price, {} };
	struct sp_sysset set = set_of_bits(needed);
	struct sp_risks risks;

	if (terms->style == SP_STYLE_DENY)
		task.needed = left_alone(t, needed);
	sp_risk_assess(t->groups, &set, false, &risks);
	for (size_t c = 0; c < CALLS; c++) {
		uint8_t tier = risks.tier[call_named(call_names[c])];

		task.price[c] =
			terms->style == SP_STYLE_GROUPS ? terms->tier_prices[tier] : impossible;
	}
	return task;
}

/* Apart from the cost that the search reports: that of the words, by their effect. */
static uint64_t cost_of_text(const struct task *task, const struct sp_text *text)
{
	uint64_t cost = (text->allow.n + text->deny.n + text->again.n) * task->word_price;
	struct sp_sysset effect;

	sp_text_effect(task->table->groups, task->style, text, &effect);
	for (size_t c = 0; c < CALLS; c++) {
		bool in = sp_sysset_contains(&effect, call_named(call_names[c]));

		cost += price_of(task, c, in == (task->style != SP_STYLE_DENY));
	}
	return cost;
}

static void expect_same_words(const struct sp_words *a, const struct sp_words *b)
{
	char *one = join(a), *other = join(b);

	cr_assert_str_eq(one, other);
	free(one);
	free(other);
}

/* The order in which groups are listed changes nothing. */
static void check_order(const struct small_table *t, const struct sp_cover_terms *terms,
			const struct sp_sysset *needed, const struct sp_text *text)
{
	struct sp_groups *groups = groups_of(t, true);
	struct sp_text other = {};

	cr_assert_eq(sp_cover(groups, terms, needed, &other, NULL), 0);
	expect_same_words(&text->allow, &other.allow);
	expect_same_words(&text->deny, &other.deny);
	expect_same_words(&text->again, &other.again);
	sp_text_done(&other);
	sp_groups_free(groups);
}

static void check_least(const struct small_table *t, const struct sp_cover_terms *terms,
			unsigned needed)
{
	const struct sp_sysset set = set_of_bits(needed);
	const struct task task = task_of(t, terms, needed);
	const uint64_t least = least_of_all(&task);
	struct sp_cover_terms short_terms = *terms;
	struct sp_cover_proof proof;
	struct sp_text text = {};

	cr_assert_eq(sp_cover(t->groups, terms, &set, &text, &proof), 0);
	cr_assert_eq(proof.cost, least, "%s: %lu is not %lu", sp_style_name(terms->style),
		     (unsigned long)proof.cost, (unsigned long)least);
	cr_assert_eq(proof.bound, least);
	cr_assert_eq(cost_of_text(&task, &text), least);
	check_order(t, terms, &set, &text);
	sp_text_done(&text);

	/* Cut short, it still keeps its word, and what it says of the least is true. */
	for (short_terms.nodes_max = 1; short_terms.nodes_max <= 256; short_terms.nodes_max *= 16) {
		cr_assert_eq(sp_cover(t->groups, &short_terms, &set, &text, &proof), 0);
		cr_assert_leq(proof.bound, least);
		cr_assert_geq(proof.cost, least);
		cr_assert_eq(cost_of_text(&task, &text), proof.cost);
		sp_text_done(&text);
	}
}

/*
 * What has to do with the groups is what makes lines worth their words: of nested ones, all of the
 * first but those of the second, with those of the third, and here and there another call.
 */
static unsigned random_needed(const struct small_table *t, struct random *rnd)
{
	unsigned noise = random_set(rnd) & random_set(rnd) & random_set(rnd), needed = 0;

	if (random_next(rnd) % 4 == 0)
		return random_set(rnd) | 3;
	for (size_t i = 0; i < t->n; i++)
		needed ^= t->sets[i];
	return (needed ^ noise) | 3;
}

static struct sp_cover_terms random_terms(struct random *rnd, uint16_t *prices)
{
	struct sp_cover_terms terms = {
		.word_price = 1 + (unsigned)(random_next(rnd) % 60),
		.tier_prices = prices,
	};

	for (int i = 0; i < _SP_RISK_MAX; i++)
		prices[i] = (uint16_t)(random_next(rnd) % 100 * (unsigned)i);
	return terms;
}

static void check_tables(enum sp_style style)
{
	struct random rnd = { .state = 88172645463325252 + (unsigned)style };

	for (unsigned i = 0; i < TABLES; i++) {
		struct small_table t = random_table(&rnd);
		uint16_t prices[_SP_RISK_MAX];
		struct sp_cover_terms terms = random_terms(&rnd, prices);

		terms.style = style;
		check_least(&t, &terms, random_needed(&t, &rnd));
		sp_groups_free(t.groups);
	}
}

Test(cover_search, no_text_of_groups_costs_less, .timeout = 300)
{
	check_tables(SP_STYLE_GROUPS);
}

Test(cover_search, no_exact_text_has_fewer_words, .timeout = 300)
{
	check_tables(SP_STYLE_EXACT);
}

Test(cover_search, no_deny_list_has_fewer_words, .timeout = 300)
{
	check_tables(SP_STYLE_DENY);
}

/* More groups than are looked at, and each overlaps with each. */
static struct sp_groups *entangled_groups(struct random *rnd)
{
	struct sp_numbered_call calls[SP_CALLS_MAX];
	size_t n = sp_calls_of_abi(sp_abi_native(), calls), len;
	char *text = NULL;
	FILE *f = open_memstream(&text, &len);
	struct sp_groups *groups;

	cr_assert_not_null(f);
	fputs("@default\n    # words\n    execve\n", f);
	for (unsigned i = 0; i < 70; i++) {
		fprintf(f, "@group%u\n    # words\n", i);
		for (size_t c = 0; c < n; c++)
			if (random_next(rnd) % 4 == 0)
				fprintf(f, "    %s\n", sp_call_name(calls[c].call));
	}
	cr_assert_eq(fclose(f), 0);
	groups = parse(text);
	free(text);
	return groups;
}

Test(cover_search, groups_too_entangled_to_solve_get_a_good_text_and_a_bound, .timeout = 120)
{
	struct random rnd = { .state = 88172645463325252 };
	struct sp_groups *groups = entangled_groups(&rnd);
	struct sp_numbered_call calls[SP_CALLS_MAX];
	size_t n = sp_calls_of_abi(sp_abi_native(), calls);
	struct sp_sysset needed = set_of("execve write"), effect;

	for (size_t c = 0; c < n; c++)
		if (random_next(&rnd) % 3 == 0)
			sp_sysset_add(&needed, calls[c].call);
	for (int style = 0; style < SP_STYLE_DENY; style++) {
		const struct sp_cover_terms terms = { .style = (enum sp_style)style };
		struct sp_cover_proof proof, again;
		struct sp_text text = {}, same = {};

		cr_assert_eq(sp_cover(groups, &terms, &needed, &text, &proof), 0);
		cr_expect_lt(proof.bound, proof.cost);
		cr_expect_gt(proof.bound, 0);
		sp_text_effect(groups, terms.style, &text, &effect);
		cr_expect(sp_sysset_is_subset(&needed, &effect));
		cr_assert_eq(sp_cover(groups, &terms, &needed, &same, &again), 0);
		expect_same_words(&text.allow, &same.allow);
		cr_expect_eq(proof.nodes, again.nodes);
		sp_text_done(&text);
		sp_text_done(&same);
	}
	sp_groups_free(groups);
}
