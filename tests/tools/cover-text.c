/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The cover alone, for tests and experiments: names of needed calls on stdin, separated by blanks
 * or newlines ("x86:read" counts as read, what begins with # to the end of its line as nothing);
 * the text and what it costs on stdout, as one JSON object.
 *
 *   cover-text [--style=groups|exact|deny] [--systemd=RELEASE] [--headroom] [--price=N]
 *              [--tier=NAME=PRICE]... [--nodes=N]
 *
 * Tiers are those of sp_risk_table; --tier=list prints that. With --problem, what is to be solved
 * is printed instead: the groups, and the tier of each call.
 */

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>

#include "sysprofile/cover.h"
#include "sysprofile/family.h"
#include "sysprofile/risk.h"
#include "sysprofile/score.h"

struct wish {
	struct sp_cover_terms terms;
	uint16_t prices[_SP_RISK_MAX];
	const char *release;
	bool headroom;
	bool problem;
};

static int fail(const char *what, const char *which)
{
	fprintf(stderr, "cover-text: %s: %s\n", what, which);
	return -EINVAL;
}

static void list_tiers(void)
{
	for (int i = 0; i < _SP_RISK_MAX; i++)
		printf("%-12s %5u  %s\n", sp_risk_table[i].name, sp_risk_table[i].price,
		       sp_risk_table[i].why);
	printf("%-12s %5d  of the text\n", "a word", SP_WORD_PRICE);
}

static int take_tier(char *text, struct wish *wish)
{
	char *equals = strchr(text, '=');
	int tier;

	if (!equals)
		return fail("no NAME=PRICE", text);
	*equals = 0;
	tier = sp_risk_tier_from_name(text);
	if (tier < 0)
		return fail("no such tier", text);
	wish->prices[tier] = (uint16_t)strtoul(equals + 1, NULL, 10);
	wish->terms.tier_prices = wish->prices;
	return 0;
}

static int take_style(const char *text, struct wish *wish)
{
	int style = sp_style_from_name(text);

	if (style < 0)
		return fail("no such style", text);
	wish->terms.style = (enum sp_style)style;
	return 0;
}

static int read_options(int argc, char *argv[], struct wish *wish)
{
	static const struct option longs[] = {
		{ "style", required_argument, NULL, 's' },
		{ "systemd", required_argument, NULL, 'r' },
		{ "price", required_argument, NULL, 'p' },
		{ "tier", required_argument, NULL, 't' },
		{ "nodes", required_argument, NULL, 'n' },
		{ "headroom", no_argument, NULL, 'h' },
		{ "explicit-deny", no_argument, NULL, 'd' },
		{ "problem", no_argument, NULL, 'x' },
		{},
	};
	int option, r = 0;

	while (r == 0 && (option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (option == 's')
			r = take_style(optarg, wish);
		else if (option == 'r')
			wish->release = optarg;
		else if (option == 'p')
			wish->terms.word_price = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'n')
			wish->terms.nodes_max = strtoull(optarg, NULL, 10);
		else if (option == 'd')
			wish->terms.explicit_deny = true;
		else if (option == 'h')
			wish->headroom = true;
		else if (option == 'x')
			wish->problem = true;
		else if (option == 't' && sp_streq(optarg, "list"))
			list_tiers();
		else if (option == 't')
			r = take_tier(optarg, wish);
		else
			r = -EINVAL;
	}
	return r;
}

static int add_line(char *line, struct sp_sysset *needed)
{
	char *save = NULL;

	line[strcspn(line, "#")] = 0;
	for (char *w = strtok_r(line, " \t\n", &save); w; w = strtok_r(NULL, " \t\n", &save)) {
		const char *colon = strrchr(w, ':');
		const char *name = colon ? colon + 1 : w;
		sp_call call;
		int r = sp_call_intern(name, strlen(name), &call);

		if (r < 0)
			return fail("not a name", name);
		sp_sysset_add(needed, call);
	}
	return 0;
}

static int read_needed(struct sp_sysset *ret)
{
	_cleanup_(sp_freep) char *line = NULL;
	size_t size = 0;
	int r = 0;

	*ret = (struct sp_sysset){};
	while (r == 0 && getline(&line, &size, stdin) >= 0)
		r = add_line(line, ret);
	return r;
}

static json_t *words_of(const struct sp_words *words)
{
	json_t *list = json_array();

	for (size_t i = 0; i < words->n; i++)
		json_array_append_new(list, json_string(words->v[i]));
	return list;
}

/* The native calls of a set, or those that are not in it. */
static void native_of(const struct sp_sysset *set, bool inside, struct sp_sysset *ret)
{
	struct sp_numbered_call calls[SP_CALLS_MAX];
	size_t n = sp_calls_of_abi(sp_abi_native(), calls);

	*ret = (struct sp_sysset){};
	for (size_t i = 0; i < n; i++)
		if (sp_sysset_contains(set, calls[i].call) == inside)
			sp_sysset_add(ret, calls[i].call);
}

static json_t *names_of(const struct sp_sysset *set)
{
	sp_call calls[SP_CALLS_MAX];
	size_t n = sp_sysset_sorted(set, calls);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(sp_call_name(calls[i])));
	return list;
}

/* Of the high-risk groups of `systemd-analyze security`, those of which a call stays allowed. */
static json_t *exposed(const struct sp_groups *groups, const struct sp_sysset *allowed)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < sp_risk_n_groups; i++) {
		const struct sp_group *g = sp_groups_find(groups, sp_risk_groups[i].name);

		if (g && sp_sysset_intersects(&g->set, allowed))
			json_array_append_new(list, json_string(g->name));
	}
	return list;
}

/* Of the ten points of `systemd-analyze security`. */
static double exposure_of(const struct sp_groups *groups, enum sp_style style,
			  const struct sp_sysset *allowed)
{
	struct sp_score_row rows[SP_SCORE_ROWS];
	const struct sp_sysset none = {};

	sp_score(groups, allowed, &none, rows);
	return sp_score_cost(rows, style != SP_STYLE_DENY);
}

static int print_json(json_t *root)
{
	int r = root ? json_dumpf(root, stdout, JSON_INDENT(1)) : -1;

	json_decref(root);
	return r < 0 || puts("") < 0 ? -EIO : 0;
}

static int print(const struct sp_groups *groups, const struct wish *wish,
		 const struct sp_text *text, const struct sp_cover_proof *proof)
{
	struct sp_sysset effect, allowed, high;
	json_t *root;

	sp_text_effect(groups, wish->terms.style, text, &effect);
	native_of(&effect, wish->terms.style != SP_STYLE_DENY, &allowed);
	sp_risk_high(groups, &high);
	sp_sysset_intersect(&high, &allowed);
	root = json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:i, s:I, s:I, s:b, s:I, s:i, s:o, s:i, s:o, s:f}",
		"systemd", sp_groups_label(groups), "style", sp_style_name(wish->terms.style),
		"allow", words_of(&text->allow), "deny", words_of(&text->deny), "again",
		words_of(&text->again), "words",
		(int)(text->allow.n + text->deny.n + text->again.n), "cost",
		(json_int_t)proof->cost, "bound", (json_int_t)proof->bound, "proven",
		proof->cost == proof->bound, "nodes", (json_int_t)proof->nodes, "allowed",
		(int)sp_sysset_count(&allowed), "calls", names_of(&allowed), "high",
		(int)sp_sysset_count(&high), "exposed", exposed(groups, &allowed), "exposure",
		exposure_of(groups, wish->terms.style, &allowed));
	return print_json(root);
}

static void keep_known(struct sp_sysset *set)
{
	struct sp_sysset all = *set;

	sp_sysset_foreach (c, &all)
		if (!sp_call_is_known((sp_call)c))
			sp_sysset_remove(set, (sp_call)c);
}

static int print_problem(const struct sp_groups *groups, const struct sp_sysset *seen,
			 const struct sp_sysset *headroom)
{
	struct sp_sysset needed = *seen, calls;
	json_t *of_groups = json_object(), *tiers = json_object();
	struct sp_risks risks;
	int r = sp_cover_add_systemd_calls(&needed);

	if (r < 0)
		return r;
	keep_known(&needed);
	sp_risk_assess(groups, &needed, false, &risks);
	sp_sysset_unite(&needed, headroom);
	keep_known(&needed);
	calls = needed;
	for (size_t i = 0; i < sp_groups_count(groups); i++) {
		struct sp_sysset members = sp_groups_at(groups, i)->set;

		keep_known(&members);
		sp_sysset_unite(&calls, &members);
		json_object_set_new(of_groups, sp_groups_at(groups, i)->name, names_of(&members));
	}
	sp_sysset_foreach (c, &calls)
		json_object_set_new(tiers, sp_call_name((sp_call)c),
				    json_string(sp_risk_table[risks.tier[c]].name));
	return print_json(json_pack("{s:o, s:o, s:o}", "groups", of_groups, "tiers", tiers,
				    "needed", names_of(&needed)));
}

static int run(const struct wish *wish)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	_cleanup_(sp_text_done) struct sp_text text = {};
	const sp_abi native = sp_abi_native();
	struct sp_cover_terms terms = wish->terms;
	struct sp_headroom headroom = {};
	struct sp_cover_proof proof = {};
	struct sp_sysset needed;
	int r = sp_groups_new_release(wish->release, &groups);

	if (r < 0)
		return fail("no such release", wish->release);
	r = read_needed(&needed);
	if (r == 0 && wish->headroom)
		r = sp_family_headroom(groups, &needed, &native, 1, &headroom);
	if (r == 0 && wish->problem)
		return print_problem(groups, &needed, &headroom.calls);
	terms.headroom = &headroom.calls;
	if (r == 0)
		r = sp_cover(groups, &terms, &needed, &text, &proof);
	return r < 0 ? r : print(groups, wish, &text, &proof);
}

int main(int argc, char *argv[])
{
	struct wish wish = { .release = sp_groups_newest() };

	for (int i = 0; i < _SP_RISK_MAX; i++)
		wish.prices[i] = sp_risk_table[i].price;
	return read_options(argc, argv, &wish) == 0 && run(&wish) == 0 ? 0 : 1;
}
