/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The directives of a unit beside SystemCallFilter= that refuse calls too, each by a seccomp
 * filter of its own (systemd.exec(5), "Sandboxing"), and what User= means for all of them.
 */

#include <stdbool.h>
#include <stdio.h>

#include "sysprofile/filter.h"

struct sp_directives;

/* groups gives the release whose rules hold and is borrowed for the life of the directives. */
int sp_directives_new(const struct sp_groups *groups, struct sp_directives **ret);
struct sp_directives *sp_directives_free(struct sp_directives *directives);
static inline void sp_directives_freep(struct sp_directives **p)
{
	if (*p)
		(void)sp_directives_free(*p);
}

/* As sp_filter_parse(), which complains about the file as a whole; here it is about values. */
int sp_directives_parse(struct sp_directives *directives, const char *file, const char *text,
			size_t len, sp_filter_message_fn message, void *userdata);

/* What one directive does to some calls. */
struct sp_effect {
	const char *directive; /* "RestrictNamespaces"; static */
	const char *value;     /* in effect; borrowed from the directives, as is file */
	const char *file;      /* of the line that gave it; of several the last */
	unsigned line;
	struct sp_sysset calls;
	int err;	       /* what they fail with */
	const char *condition; /* for which arguments, static; NULL: whatever the arguments are */
	/* Where the kernel can do it (PR_SET_MDWE, Linux 6.3), it is asked to, without a filter. */
	bool by_kernel;
};

/* The most that all directives together have. */
#define SP_EFFECTS_MAX 24

/*
 * In the order in which systemd installs the filters. Returns how many. filter is of the same
 * text, for what SystemCallArchitectures= does to filters after it, or NULL.
 */
size_t sp_directives_effects(const struct sp_directives *directives, const struct sp_filter *filter,
			     sp_abi abi, struct sp_effect out[static SP_EFFECTS_MAX]);

/*
 * What the kernel answers when the filter of SystemCallFilter= gives verdict: the most severe of
 * all answers, and of two error numbers that of the filter installed last, which is
 * SystemCallFilter= (seccomp(2)). Effects that depend on arguments are left out. Returns the
 * effect that changed the verdict, or NULL.
 */
const struct sp_effect *sp_effects_apply(const struct sp_effect *effects, size_t n, sp_call call,
					 struct sp_verdict *verdict);

/*
 * What the kernel answers to that call under all filters of a text, whatever its arguments are:
 * sp_filter_verdict(), with first sp_filter_verdict_with(), and sp_effects_apply(). directives may
 * be NULL.
 */
void sp_directives_verdict(const struct sp_directives *directives, const struct sp_filter *filter,
			   sp_abi abi, uint32_t nr, const uint64_t *first, struct sp_verdict *ret);

/*
 * Sentences on the privileges of the programs under that filter: whether setuid files still gain
 * any (no_new_privs), and why; and whether a service that starts as root can become another user.
 * One line each. Nothing is written where no filter is loaded.
 */
void sp_directives_privileges(const struct sp_directives *directives,
			      const struct sp_filter *filter, FILE *f);
