/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "sysprofile/log.h"
#include "sysprofile/startup.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

/* "read,write @file-system": words between commas or blanks. */
static int parse_assumed(const char *list, const struct sp_groups *groups, struct sp_sysset *ret)
{
	static const char separators[] = ", \t\n";

	for (const char *p = list + strspn(list, separators); *p; p += strspn(p, separators)) {
		size_t len = strcspn(p, separators);
		_cleanup_(sp_freep) char *word = strndup(p, len);
		const struct sp_group *group;
		sp_call call;

		if (!word)
			return -ENOMEM;
		group = *word == '@' ? sp_groups_find(groups, word) : NULL;
		if (group) {
			sp_sysset_unite(ret, &group->set);
		} else if (sp_call_intern(word, len, &call) == 0 && sp_call_is_known(call)) {
			sp_sysset_add(ret, call);
		} else {
			sp_error("--assume: %s is neither a system call that libseccomp %s knows "
				 "nor "
				 "a group of systemd %s; `sysprofile groups` lists those",
				 word, sp_libseccomp_version(), sp_groups_label(groups));
			return -EINVAL;
		}
		p += len;
	}
	return 0;
}

int sp_prepare_policy(const struct sp_options *o, const struct sp_groups *groups,
		      struct sp_policy *policy)
{
	if (o->policy.refusal == SP_REFUSAL_LOG && sp_groups_major(groups) < 247) {
		sp_error("--action=log needs SystemCallLog=, which systemd %s does not have (v247 "
			 "and later do); use --action=EPERM or kill",
			 sp_groups_label(groups));
		return -EOPNOTSUPP;
	}
	if (o->policy.with_startup) {
		int r = sp_startup_measure(&policy->startup);

		if (r < 0)
			return r;
	}
	return o->assume ? parse_assumed(o->assume, groups, &policy->assumed) : 0;
}
