/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* no_new_privs and changes of user: exec_child() of systemd. */

#include "directives-private.h"

#include <string.h>

/* Native calls of names, between blanks, that the filter does not let pass, written to f. */
static size_t print_refused(const struct sp_filter *filter, const char *names, FILE *f)
{
	size_t refused = 0;

	while (*names) {
		const size_t n = strcspn(names, " ");
		struct sp_verdict verdict;
		sp_call call;
		uint32_t nr;

		if (sp_call_lookup(names, n, &call) == 0 &&
		    sp_call_number(call, sp_abi_native(), &nr) == 0) {
			sp_filter_verdict(filter, sp_abi_native(), nr, &verdict);
			if (verdict.action >= SP_ACTION_ERRNO) {
				if (f)
					fprintf(f, "%s%s", refused ? " " : "", sp_call_name(call));
				refused++;
			}
		}
		names += n;
		names += strspn(names, " ");
	}
	return refused;
}

static bool is_root(const struct sp_directives *directives)
{
	const struct sp_setting *user = &directives->settings[SP_DIRECTIVE_USER];

	if (directives->settings[SP_DIRECTIVE_DYNAMIC_USER].on)
		return false;
	return !user->on || sp_streq(user->value, "root") || sp_streq(user->value, "0");
}

static const char *who(const struct sp_directives *directives)
{
	const struct sp_setting *user = &directives->settings[SP_DIRECTIVE_USER];

	return user->on ? user->value : "(dynamic)";
}

/* What of the directives makes systemd load a filter for the calls of every program. */
static bool has_any_filter(const struct sp_directives *directives, const struct sp_filter *filter)
{
	struct sp_effect effects[SP_EFFECTS_MAX];

	return sp_filter_is_active(filter) ||
	       sp_directives_effects(directives, filter, sp_abi_native(), effects) > 0;
}

/*
 * To load a filter, a program needs CAP_SYS_ADMIN or no_new_privs. From v255 on systemd keeps the
 * capability until then, if it can drop it afterwards with what the filter allows.
 */
static void print_implied(const struct sp_directives *directives, const struct sp_filter *filter,
			  FILE *f)
{
	const char *gain = "setuid programs and file capabilities (sudo, sendmail) gain nothing";
	const char *needed = "capget capset prctl";

	if (sp_groups_major(directives->groups) < 255) {
		fprintf(f,
			"User=%s with a filter implies NoNewPrivileges=yes on this release: %s\n",
			who(directives), gain);
	} else if (sp_filter_is_active(filter) && print_refused(filter, needed, NULL) > 0) {
		fprintf(f, "User=%s with a filter that refuses ", who(directives));
		print_refused(filter, needed, f);
		fprintf(f, " implies NoNewPrivileges=yes: %s\n", gain);
	} else {
		fprintf(f,
			"User=%s: NoNewPrivileges=yes is not implied on this release, since the "
			"filter allows %s; before v255 it was\n",
			who(directives), needed);
	}
}

static void print_root(const struct sp_directives *directives, const struct sp_filter *filter,
		       FILE *f)
{
	const char *changing = "setgroups setgid setregid setresgid setuid setreuid setresuid";

	if (!sp_directive_is_on(directives, SP_DIRECTIVE_NO_NEW_PRIVILEGES))
		fputs("The programs start as root: a filter implies NoNewPrivileges=yes only where "
		      "CapabilityBoundingSet= takes CAP_SYS_ADMIN away\n",
		      f);
	if (print_refused(filter, changing, NULL) == 0)
		return;
	fputs("A program that starts as root and changes to another user will fail: refused are ",
	      f);
	print_refused(filter, changing, f);
	putc('\n', f);
}

void sp_directives_privileges(const struct sp_directives *directives,
			      const struct sp_filter *filter, FILE *f)
{
	if (!has_any_filter(directives, filter))
		return;
	if (sp_directive_is_on(directives, SP_DIRECTIVE_NO_NEW_PRIVILEGES))
		fprintf(f,
			"%s=yes: setuid programs and file capabilities (sudo, sendmail) gain "
			"nothing\n",
			directives->settings[SP_DIRECTIVE_NO_NEW_PRIVILEGES].on
				? sp_directive_name(SP_DIRECTIVE_NO_NEW_PRIVILEGES)
				: sp_directive_name(SP_DIRECTIVE_DYNAMIC_USER));
	if (is_root(directives))
		print_root(directives, filter, f);
	else if (!sp_directive_is_on(directives, SP_DIRECTIVE_NO_NEW_PRIVILEGES))
		print_implied(directives, filter, f);
}
