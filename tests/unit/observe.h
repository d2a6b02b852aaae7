/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Events for the tests, without a tracer. */

#include <linux/audit.h>

#include "sets.h"
#include "sysprofile/profile.h"

static inline int observe_task(struct sp_profile *profile, enum sp_event_kind kind, pid_t tid)
{
	return sp_profile_observe(profile, &(struct sp_event){ .kind = kind, .tid = tid });
}

static inline int observe_number(struct sp_profile *profile, pid_t tid, uint32_t arch, uint64_t nr,
				 int64_t time_ns)
{
	return sp_profile_observe(profile, &(struct sp_event){ .kind = SP_EVENT_SYSCALL,
							       .tid = tid,
							       .arch = arch,
							       .nr = nr,
							       .time_ns = time_ns });
}

/* A call of this machine's own ABI; its token is also its AUDIT_ARCH_*. */
static inline int observe_call(struct sp_profile *profile, pid_t tid, const char *name,
			       int64_t time_ns)
{
	uint32_t nr;

	cr_assert_eq(sp_call_number(call_named(name), sp_abi_native(), &nr), 0, "%s", name);
	return observe_number(profile, tid, sp_abi_native(), nr, time_ns);
}
