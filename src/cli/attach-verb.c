/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "sysprofile/deliver.h"
#include "sysprofile/emit.h"
#include "sysprofile/install.h"
#include "sysprofile/log.h"
#include "sysprofile/output.h"
#include "sysprofile/run.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

static void tick(const struct sp_recording *rec, void *userdata)
{
	sp_keeper_tick(userdata, rec);
}

/* Whether all is in vain that can be known before the run: sp_result_lacks_start(). */
static bool lacks_start(const struct sp_options *o, const struct sp_keeper *keeper)
{
	return !(o->format == SP_FORMAT_NAMES || o->format == SP_FORMAT_JSON || o->force ||
		 o->policy.with_startup || o->policy.style == SP_STYLE_DENY ||
		 o->policy.refusal == SP_REFUSAL_LOG || sp_keeper_knows_start(keeper));
}

static int record(const struct sp_options *o, const struct sp_groups *groups,
		  struct sp_keeper *keeper, struct sp_output *output)
{
	_cleanup_(sp_recording_done) struct sp_recording rec = {};
	const struct sp_observer observer = { NULL, keeper, tick };
	int r, kept;

	if (sp_run_attached(o, lacks_start(o, keeper), &observer, &rec) < 0)
		return SP_EXIT_FAILED;
	if (rec.error)
		sp_error("tracing broke off (%s); the result holds what was seen until then",
			 strerror(-rec.error));
	kept = sp_keeper_finish(keeper, &rec);
	r = sp_deliver(&rec, groups, o, keeper, output);
	if (kept == SP_EXIT_OK)
		sp_keeper_say(keeper, &rec);
	return r == SP_EXIT_OK && kept == SP_EXIT_OK && !rec.error ? SP_EXIT_OK : SP_EXIT_FAILED;
}

int sp_verb_attach(const struct sp_options *given)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	_cleanup_(sp_output_freep) struct sp_output *output = NULL;
	_cleanup_(sp_keeper_freep) struct sp_keeper *keeper = NULL;
	_cleanup_(sp_install_freep) struct sp_install *install = NULL;
	struct sp_options o = *given;
	int r;

	if (sp_choose_groups(&o, &groups) < 0 || sp_prepare_policy(&o, groups, &o.policy) < 0)
		return SP_EXIT_FAILED;
	r = sp_install_new(&o, groups, &install);
	if (r != SP_EXIT_OK)
		return r;
	o.install = install;
	if (sp_deliver_open(&o, &output) < 0)
		return SP_EXIT_FAILED;
	if (sp_keeper_new(&o, groups, &keeper) < 0)
		return SP_EXIT_FAILED;
	return record(&o, groups, keeper, output);
}
