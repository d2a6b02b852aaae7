/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>

#include "sysprofile/completeness.h"
#include "sysprofile/deliver.h"
#include "sysprofile/imported.h"
#include "sysprofile/judgement.h"
#include "sysprofile/log.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

#include "verify-private.h"

static int print_judgement(const void *report, bool json, FILE *f)
{
	if (json)
		return sp_judgement_print_json(report, f);
	sp_judgement_print(report, f);
	return 0;
}

static void say_outcome(const struct sp_recording *rec, const struct sp_imported *imported,
			const struct sp_judgement *judgement)
{
	const size_t n = sp_judgement_refused(judgement);

	if (n == 0)
		sp_info("none of the %zu calls of %s would be refused", judgement->n_made,
			imported->sources);
	else
		sp_info("%zu of the %zu calls of %s would be refused", n, judgement->n_made,
			imported->sources);
	if (imported->only_refusals)
		sp_warning("%s", "audit records have only the calls that a filter refused or "
				 "logged; all others are not verified");
	if (imported->knows_exercised) {
		_cleanup_(sp_freep) char *checklist = sp_completeness_checklist(rec->exercised);

		sp_info("%s", checklist ? checklist : strerror(ENOMEM));
	}
	sp_info("what nobody recorded is not verified, nor how the program takes a refusal: that "
		"shows with -- COMMAND and --enforce");
}

int sp_verify_recorded(const struct sp_options *o, const struct sp_groups *groups,
		       const struct sp_filter *filter, const struct sp_directives *directives,
		       struct sp_output *output)
{
	_cleanup_(sp_imported_done) struct sp_imported imported = {};
	_cleanup_(sp_recording_done) struct sp_recording rec = {};
	_cleanup_(sp_judgement_done) struct sp_judgement judgement = {};
	int r = sp_recording_init(&rec);

	if (r == 0 && sp_imported_read(o, &rec, &imported) < 0)
		return SP_EXIT_FAILED;
	if (r == 0)
		r = sp_judgement_make(imported.history, filter, directives, &judgement);
	if (r < 0) {
		sp_error("cannot judge the calls: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	judgement.release = sp_groups_label(groups);
	judgement.major = sp_groups_major(groups);
	r = sp_verify_deliver(o, print_judgement, &judgement, output);
	say_outcome(&rec, &imported, &judgement);
	sp_verify_say_arguments(rec.profile, directives, filter);
	if (r != SP_EXIT_OK)
		return r;
	return sp_judgement_holds(&judgement) ? SP_EXIT_OK : SP_EXIT_NO;
}
