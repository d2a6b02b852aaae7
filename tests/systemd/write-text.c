/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * write-text RELEASE STYLE HEADROOM [FORMAT]: what sysprofile would write, for that release of
 * systemd, of a run that made the calls whose names stand on standard input, one a line, "#" before
 * remarks. Status 1 and the reason where it would write nothing.
 */

#include <stdio.h>
#include <string.h>

#include "sysprofile/emit.h"

static int fail(const char *what, const char *which)
{
	fprintf(stderr, "%s: %s\n", what, which);
	return 1;
}

static int observe(struct sp_profile *profile, const char *name)
{
	struct sp_event event = { .kind = SP_EVENT_SYSCALL, .tid = 1, .arch = sp_abi_native() };
	sp_call call;
	uint32_t nr;

	if (sp_call_intern(name, strlen(name), &call) < 0 ||
	    sp_call_number(call, sp_abi_native(), &nr) < 0)
		return fail("no call of this machine", name);
	event.nr = nr;
	return sp_profile_observe(profile, &event) < 0;
}

static int read_names(struct sp_profile *profile)
{
	char line[128];

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (*line && *line != '#' && observe(profile, line))
			return 1;
	}
	return 0;
}

static int write_text(struct sp_profile *profile, const struct sp_groups *groups,
		      const struct sp_policy *policy, enum sp_format format)
{
	_cleanup_(sp_result_done) struct sp_result result = {};
	struct sp_refused refused = {};

	if (sp_result_make(profile, groups, policy, &(struct sp_run_facts){}, &result) < 0)
		return fail("cannot make a result for", sp_groups_label(groups));
	if (sp_result_check(&result, &refused, 1) != 0)
		return fail("nothing written", refused.why ? refused.why : "no check");
	return sp_emit(format, &result, stdout) < 0;
}

int main(int argc, char *argv[])
{
	_cleanup_(sp_profile_freep) struct sp_profile *profile = NULL;
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	struct sp_policy policy = { .refusal = SP_REFUSAL_ERRNO, .err = 1 };
	int style, headroom, format = SP_FORMAT_DROPIN;

	if (argc < 4 || argc > 5)
		return fail("usage", "write-text RELEASE STYLE HEADROOM [FORMAT]");
	style = sp_style_from_name(argv[2]);
	headroom = sp_headroom_from_name(argv[3]);
	if (argc == 5)
		format = sp_format_from_name(argv[4]);
	if (style < 0 || headroom < 0 || format < 0 ||
	    sp_groups_new_release(argv[1], &groups) < 0 || sp_profile_new(&profile) < 0)
		return fail("not a release, style, headroom and format", argv[1]);
	policy.style = (enum sp_style)style;
	policy.headroom = (enum sp_headroom_kind)headroom;
	if (read_names(profile))
		return 1;
	return write_text(profile, groups, &policy, (enum sp_format)format);
}
