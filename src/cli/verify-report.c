/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verify-private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "sysprofile/deliver.h"
#include "sysprofile/explain.h"
#include "sysprofile/log.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

int sp_verify_say_differences(const struct sp_refusals *refusals)
{
	size_t n;
	const struct sp_difference *all = sp_refusals_differences(refusals, &n);

	for (size_t i = 0; i < n && i < SP_DIFFERENCES_KEPT; i++) {
		const struct sp_difference *d = &all[i];
		char word[SP_VERDICT_WORD_SIZE], number[16], got[64];

		snprintf(number, sizeof(number), "%u", d->nr);
		switch (d->kind) {
		case SP_DIFFERENCE_ANSWER:
			snprintf(got, sizeof(got), "answered %" PRId64, d->answer);
			break;
		case SP_DIFFERENCE_LIVES:
			snprintf(got, sizeof(got), "let the task live");
			break;
		case SP_DIFFERENCE_DIED:
			snprintf(got, sizeof(got), "killed the task");
			break;
		}
		sp_error("defect: %s (number %u) by pid %d: the filter says %s, the kernel %s",
			 d->named ? sp_call_name(d->call) : number, d->nr, d->tid,
			 sp_verdict_word(&d->verdict, word), got);
	}
	if (n)
		sp_error("%zu time%s the kernel did not do what the model of the filter says; this "
			 "report cannot be trusted, please report the file and the command",
			 n, n == 1 ? "" : "s");
	return n ? SP_EXIT_FAILED : SP_EXIT_OK;
}

static size_t count_refused(struct sp_refusals *refusals)
{
	const struct sp_refused_call *last = NULL;
	size_t n = 0;

	for (size_t i = 0; i < sp_refusals_count(refusals); i++) {
		const struct sp_refused_call *refusal = sp_refusals_at(refusals, i);

		if (!sp_verdict_refuses(&refusal->verdict) ||
		    (last && last->abi == refusal->abi && last->nr == refusal->nr))
			continue;
		n++;
		last = refusal;
	}
	return n;
}

void sp_verify_say_outcome(const struct sp_recording *rec, const struct sp_verification *report)
{
	uint64_t lost = sp_refusals_lost(report->refusals);
	size_t n = count_refused(report->refusals), calls = sp_profile_n_calls(rec->profile);

	if (n == 0)
		sp_info("none of the %zu calls seen %s refused", calls,
			report->enforced ? "was" : "would be");
	else
		sp_info("%zu of the %zu calls seen %s refused", n, calls,
			report->enforced ? n == 1 ? "was" : "were" : "would be");
	if (lost)
		sp_warning("%" PRIu64 " more refusals were counted and not kept", lost);
	if (n && !report->enforced)
		sp_info("nothing was really refused: how the command takes a refusal, and what it "
			"does then, shows with --enforce");
	sp_info("what the run did not exercise is not verified: reload, log rotation, failures "
		"and shutdown have to happen while it runs");
}

static bool is_in_profile(struct sp_profile *profile, sp_abi abi, sp_call call)
{
	for (size_t i = 0; i < sp_profile_n_calls(profile); i++) {
		const struct sp_profile_call *seen = sp_profile_call_at(profile, i);

		if (seen->named && seen->abi == abi && seen->call == call)
			return true;
	}
	return false;
}

/* last: the directive that was printed last; calls of one follow each other. */
static void print_effect(struct sp_profile *profile, sp_abi abi, const struct sp_effect *effect,
			 const char **last, FILE *f)
{
	sp_sysset_foreach (call, &effect->calls) {
		if (!is_in_profile(profile, abi, (sp_call)call))
			continue;
		if (*last != effect->directive)
			fprintf(f, "%s%s= of", *last ? ", " : "", effect->directive);
		*last = effect->directive;
		fprintf(f, " %s%s%s", abi == sp_abi_native() ? "" : sp_abi_name(abi),
			abi == sp_abi_native() ? "" : ":", sp_call_name((sp_call)call));
	}
}

void sp_verify_say_arguments(struct sp_profile *profile, const struct sp_directives *directives,
			     const struct sp_filter *filter)
{
	_cleanup_(sp_freep) char *text = NULL;
	const char *last = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	for (const sp_abi *abi = sp_abi_local(); f && *abi; abi++) {
		struct sp_effect effects[SP_EFFECTS_MAX];
		size_t n = sp_directives_effects(directives, filter, *abi, effects);

		for (size_t i = 0; i < n; i++)
			if (effects[i].condition)
				print_effect(profile, *abi, &effects[i], &last, f);
	}
	if (f && fclose(f) == 0 && len > 0)
		sp_info("what other directives refuse for some arguments only is not verified: %s",
			text);
}

int sp_verify_deliver(const struct sp_options *o, sp_verify_print print, const void *report,
		      struct sp_output *output)
{
	_cleanup_(sp_freep) char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int r = f ? print(report, o->view == SP_VIEW_JSON, f) : -ENOMEM;

	if (f && fclose(f) != 0)
		r = -ENOMEM;
	if (r < 0) {
		sp_error("cannot make the report: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	return sp_deliver_text(output, o->output, text, len);
}

static int print_verification(const void *report, bool json, FILE *f)
{
	if (json)
		return sp_verification_print_json(report, f);
	sp_verification_print(report, f);
	return 0;
}

int sp_verify_write(const struct sp_options *o, const struct sp_verification *report,
		    struct sp_output *output)
{
	return sp_verify_deliver(o, print_verification, report, output);
}
