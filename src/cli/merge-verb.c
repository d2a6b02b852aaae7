/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>

#include "sysprofile/deliver.h"
#include "sysprofile/log.h"
#include "sysprofile/output.h"
#include "sysprofile/profile-json.h"
#include "sysprofile/profiles.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

enum {
	/* A call is worth a word when at most this share of the hosts made it. */
	FEW_OF = 10,
	SHOWN = 20,
};

struct rare {
	const struct sp_history_call *call;
	size_t hosts, place; /* among the calls of the profile */
	const char *one;     /* of the hosts */
};

static int compare_rare(const void *va, const void *vb)
{
	const struct rare *a = va, *b = vb;

	/* Equal ones in the order of the profile, which qsort(3) need not keep. */
	if (a->hosts != b->hosts)
		return a->hosts < b->hosts ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

static void say_rare(const struct rare *v, size_t n, const struct sp_hosts *hosts, bool all)
{
	for (size_t i = 0; i < n && (all || i < SHOWN); i++) {
		char label[SP_CALL_LABEL_SIZE];

		sp_info("  %s: on %zu of %zu hosts, one is %s", sp_profiles_label(v[i].call, label),
			v[i].hosts, hosts->n, v[i].one);
	}
	if (!all && n > SHOWN)
		sp_info("  and %zu more; -v shows them", n - SHOWN);
}

/* A host that alone makes a call does something that the others do not, or has been broken into. */
static int list_rare(struct sp_history *all, const struct sp_hosts *hosts, bool verbose)
{
	const size_t n = sp_history_n_calls(all);
	const size_t few = hosts->n / FEW_OF > 1 ? hosts->n / FEW_OF : 1;
	_cleanup_(sp_freep) struct rare *v = calloc(n + 1, sizeof(*v));
	_cleanup_(sp_freep) bool *marks = calloc(hosts->n + 1, sizeof(*marks));
	size_t found = 0;

	if (!v || !marks)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct rare rare = { .call = sp_history_call_at(all, i), .place = i };

		rare.hosts = sp_hosts_of_call(hosts, rare.call, marks, &rare.one);
		if (rare.hosts > 0 && rare.hosts <= few)
			v[found++] = rare;
	}
	if (found == 0)
		return 0;
	qsort(v, found, sizeof(*v), compare_rare);
	sp_info("calls seen on few hosts:");
	say_rare(v, found, hosts, verbose);
	return 0;
}

static int summarize(struct sp_history *all, const struct sp_options *o)
{
	_cleanup_(sp_hosts_done) struct sp_hosts hosts = {};
	int r = sp_hosts_list(all, &hosts);

	if (r < 0)
		return r;
	sp_info("%zu run%s on %zu host%s, %zu system call%s", sp_history_n_runs(all),
		sp_history_n_runs(all) == 1 ? "" : "s", hosts.n, hosts.n == 1 ? "" : "s",
		sp_history_n_calls(all), sp_history_n_calls(all) == 1 ? "" : "s");
	return hosts.n > 1 ? list_rare(all, &hosts, o->verbose) : 0;
}

static int print(struct sp_history *all, const struct sp_options *o, struct sp_output *output)
{
	_cleanup_(sp_freep) char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int r = f ? sp_profile_write(all, f) : -ENOMEM;

	if (f && fclose(f) != 0)
		r = -ENOMEM;
	if (r < 0) {
		sp_error("cannot make the profile: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	return sp_deliver_text(output, o->output, text, len);
}

int sp_verb_merge(const struct sp_options *o)
{
	_cleanup_(sp_history_freep) struct sp_history *all = NULL;
	_cleanup_(sp_output_freep) struct sp_output *output = NULL;
	int r = sp_output_open(o->output, &output);

	if (r < 0) {
		sp_deliver_explain_output(o->output, r);
		return SP_EXIT_FAILED;
	}
	r = sp_profiles_read("merge", "merge [-o FILE] PROFILE...", o->arguments, &all);
	if (r != SP_EXIT_OK)
		return r;
	r = print(all, o, output);
	if (r == SP_EXIT_OK && summarize(all, o) < 0) {
		sp_error("cannot tell the hosts apart: %s", strerror(ENOMEM));
		return SP_EXIT_FAILED;
	}
	return r;
}
