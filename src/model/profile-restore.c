/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profile-private.h"
#include "sysprofile/util.h"

static int exe_index(struct sp_profile *p, const char *path, unsigned *ret)
{
	int r = sp_streq(path, "?") ? 0 : sp_profile_exes_get(&p->exes, path, ret);

	if (r == 0 && (sp_streq(path, "?") || *ret == SP_PROFILE_EXE_NONE))
		r = sp_profile_exes_get_unknown(&p->exes, ret);
	return r;
}

int sp_profile_restore_call(struct sp_profile *p, const struct sp_past_call *past)
{
	struct sp_profile_key key = { past->abi, past->nr };
	struct sp_profile_entry *call = sp_profile_find_entry(p, key);
	unsigned first, last;
	int r = exe_index(p, past->first_exe, &first);

	if (r == 0)
		r = exe_index(p, past->last_exe, &last);
	if (r < 0)
		return r;
	if (!call) {
		r = sp_profile_add_entry(p, key, &call);
		if (r < 0)
			return r;
		if (!call)
			return 0;
		call->pub.first = past->first;
		call->pub.first.exe = first;
		if (past->first.time_ns >= p->totals.last_new_ns)
			sp_profile_note_newest(p, call, past->first.time_ns);
	}
	call->pub.last = past->last;
	call->pub.last.exe = last;
	call->pub.lower_bound = call->pub.lower_bound || past->lower_bound;
	return 0;
}

int sp_profile_restore_count(struct sp_profile *p, sp_abi abi, uint32_t nr, const char *exe,
			     uint64_t count)
{
	struct sp_profile_entry *call =
		sp_profile_find_entry(p, (struct sp_profile_key){ abi, nr });
	unsigned index;
	int r = exe_index(p, exe, &index);

	if (r < 0)
		return r;
	p->totals.syscalls += count;
	if (!call) {
		p->unnamed_lost += count;
		return 0;
	}
	r = sp_profile_reserve_count(&call->pub, index);
	if (r < 0)
		return r;
	call->pub.exe_count[index] += count;
	call->pub.count += count;
	return 0;
}

void sp_profile_restore_tasks(struct sp_profile *p, uint64_t processes, uint64_t threads)
{
	p->totals.processes += processes;
	p->totals.threads += threads;
}
