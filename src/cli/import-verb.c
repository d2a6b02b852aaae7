/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "sysprofile/deliver.h"
#include "sysprofile/fsutil.h"
#include "sysprofile/imported.h"
#include "sysprofile/install.h"
#include "sysprofile/keep.h"
#include "sysprofile/log.h"
#include "sysprofile/output.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

/* What would fail at the end is found now; but what is killed meanwhile must not leave a file. */
static int try_output(const struct sp_options *o)
{
	_cleanup_(sp_output_freep) struct sp_output *output = NULL;
	int r = 0;

	/* A pipe would take the end of this for the end of the result. */
	if (!o->output || sp_is_plain_target(o->output))
		r = sp_deliver_open(o, &output);
	return r;
}

static int import(const struct sp_options *o, const struct sp_groups *groups)
{
	_cleanup_(sp_imported_done) struct sp_imported imported = {};
	_cleanup_(sp_recording_done) struct sp_recording rec = {};
	_cleanup_(sp_output_freep) struct sp_output *output = NULL;
	_cleanup_(sp_keeper_freep) struct sp_keeper *keeper = NULL;
	int kept, r = sp_recording_init(&rec);

	if (r < 0) {
		sp_error("cannot start: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	if (sp_keeper_new(o, groups, &keeper) < 0 || sp_imported_read(o, &rec, &imported) < 0)
		return SP_EXIT_FAILED;
	rec.imported = &imported;
	if (sp_deliver_open(o, &output) < 0)
		return SP_EXIT_FAILED;
	kept = sp_keeper_finish(keeper, &rec);
	r = sp_deliver(&rec, groups, o, keeper, output);
	if (kept == SP_EXIT_OK)
		sp_keeper_say(keeper, &rec);
	return kept != SP_EXIT_OK ? kept : r;
}

int sp_verb_import(const struct sp_options *given)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	_cleanup_(sp_install_freep) struct sp_install *install = NULL;
	struct sp_options o = *given;
	int r;

	if (sp_choose_groups(&o, &groups) < 0 || sp_prepare_policy(&o, groups, &o.policy) < 0)
		return SP_EXIT_FAILED;
	r = sp_install_new(&o, groups, &install);
	if (r != SP_EXIT_OK)
		return r;
	o.install = install;
	if (try_output(&o) < 0)
		return SP_EXIT_FAILED;
	return import(&o, groups);
}
