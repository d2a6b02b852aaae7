/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/startup.h"

#include <errno.h>

#include "sysprofile/diagnose.h"
#include "sysprofile/launch.h"
#include "sysprofile/log.h"
#include "sysprofile/util.h"

static char path[] = "/bin/true";

static int record(struct sp_tracer *tracer, struct sp_sysset *calls)
{
	struct sp_event event;
	int r;

	while ((r = sp_tracer_next(tracer, &event)) != 0) {
		sp_call call;

		if (r == -EINTR)
			continue;
		if (r < 0)
			return r;
		if (event.kind == SP_EVENT_SYSCALL &&
		    sp_call_from_number(sp_abi_of_call(event.arch, event.nr), (uint32_t)event.nr,
					&call) == 0)
			sp_sysset_add(calls, call);
	}
	return 0;
}

int sp_startup_measure(struct sp_sysset *ret)
{
	_cleanup_(sp_tracer_freep) struct sp_tracer *tracer = NULL;
	char *const argv[] = { path, NULL };
	const struct sp_launch_request request = { .argv = argv, .no_seccomp = true };
	struct sp_launch_error error;
	struct sp_sysset calls = {};
	struct sp_trace_facts facts;
	char reason[512];
	pid_t root;
	int r;

	if (sp_launch(&request, &tracer, &root, &error) < 0) {
		sp_diagnose_gather("/proc", &facts);
		sp_error("--headroom=startup: cannot run %s to see its start: %s", path,
			 error.step == SP_LAUNCH_SEIZE
				 ? sp_diagnose_seize(&facts, error.error, reason, sizeof(reason))
				 : strerror(error.error));
		return -ECANCELED;
	}
	r = record(tracer, &calls);
	if (r < 0) {
		sp_error("--headroom=startup: cannot see the start of %s: %s", path, strerror(-r));
		return r;
	}
	sp_sysset_unite(ret, &calls);
	return 0;
}
