/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sysprofile/log.h"
#include "sysprofile/summary.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

#include "install-private.h"

static const char *objection(enum sp_dropin_owner owner)
{
	switch (owner) {
	case SP_DROPIN_CHANGED:
		return "somebody has changed it since sysprofile wrote it";
	case SP_DROPIN_FOREIGN:
		return "sysprofile did not write it";
	case SP_DROPIN_MASKED:
		return "it is a link to /dev/null, so that systemd reads nothing of that name";
	case SP_DROPIN_LINK:
		return "it is a symbolic link, which sysprofile did not make";
	case SP_DROPIN_ODD:
		return "it is not a regular file";
	case SP_DROPIN_NOBODY:
	case SP_DROPIN_OURS:
	case _SP_DROPIN_OWNER_MAX:
		break;
	}
	return NULL;
}

int sp_install_check_owner(const struct sp_install *install, struct sp_unit_text *ret_old)
{
	const char *path = install->place.shown, *why;
	enum sp_dropin_owner owner = SP_DROPIN_NOBODY;
	int r = sp_dropin_look(&install->place, &owner, ret_old);

	if (r < 0) {
		sp_error("cannot read %s: %s", path, strerror(-r));
		return SP_EXIT_FAILED;
	}
	why = objection(owner);
	if (!why)
		return SP_EXIT_OK;
	if (owner == SP_DROPIN_ODD) {
		sp_error("%s is left as it is: %s; remove it", path, why);
		return SP_EXIT_FAILED;
	}
	if (!install->o->force) {
		sp_error("%s is left as it is: %s; move it away, or use --force to replace it",
			 path, why);
		return SP_EXIT_FAILED;
	}
	return SP_EXIT_OK;
}

static void name_calls(const struct sp_finding *finding, char *buffer, size_t size)
{
	size_t at;

	sp_summary_name_some(&finding->calls, buffer, size);
	at = strlen(buffer);
	if (finding->unnamed && at < size)
		snprintf(buffer + at, size - at, "%sand numbers without a name", at ? ", " : "");
}

static const char *what_it_does(enum sp_finding_kind kind)
{
	switch (kind) {
	case SP_FINDING_BREAKS:
		return "refuses what is needed";
	case SP_FINDING_WIDENS:
		return "allows what the result refuses";
	case SP_FINDING_ANSWERS:
		return "gives refused calls another answer";
	case SP_FINDING_DIRECTIVE:
		return "refuses calls that were seen, with the drop-in as without it";
	case SP_FINDING_UNREADABLE:
	case _SP_FINDING_MAX:
		break;
	}
	return "";
}

static void say_finding(const struct sp_finding *finding, bool in_the_way)
{
	const enum sp_log_level level =
		in_the_way && finding->kind <= SP_FINDING_WIDENS ? SP_LOG_ERROR : SP_LOG_WARNING;
	char calls[256];

	name_calls(finding, calls, sizeof(calls));
	if (finding->kind == SP_FINDING_UNREADABLE)
		sp_log(level, "%s:%u: systemd refuses the file, and the unit with it: %s",
		       finding->file, finding->line, finding->text);
	else if (finding->line == 0)
		sp_log(level, "the other files of the unit together: that %s: %s",
		       what_it_does(finding->kind), calls);
	else
		sp_log(level, "%s:%u: %s %s: %s", finding->file, finding->line, finding->text,
		       what_it_does(finding->kind), calls);
}

static int judge(const struct sp_install *install, const struct sp_result *result,
		 const struct sp_unit_texts *texts, size_t own)
{
	_cleanup_(sp_findings_done) struct sp_findings findings = {};
	int r = sp_fragments_judge(result, texts, own, &findings);
	bool matter;

	if (r < 0) {
		sp_error("cannot look at the other files of %s: %s", sp_install_unit(install),
			 strerror(-r));
		return SP_EXIT_FAILED;
	}
	matter = sp_findings_matter(&findings);
	for (size_t i = 0; i < findings.n; i++)
		say_finding(&findings.v[i], matter && !install->o->force);
	if (findings.more)
		sp_warning("and more lines like these");
	if (!matter || install->o->force)
		return SP_EXIT_OK;
	sp_error("nothing written to %s: other files of %s make another filter of it; change "
		 "these lines, or use --force",
		 install->place.shown, sp_install_unit(install));
	return SP_EXIT_FAILED;
}

static bool has_file(const struct sp_unit_texts *texts, const char *file)
{
	for (size_t i = 0; i < texts->n; i++)
		if (sp_streq(texts->v[i].file, file))
			return true;
	return false;
}

/* Of files with one name systemd reads one; the others of ours may go, as they are worth no more.
 */
static int check_hidden(const struct sp_install *install, const struct sp_unit_texts *now)
{
	const struct sp_unit_texts *before = &install->unit.texts;

	for (size_t i = 0; i < before->n; i++) {
		const struct sp_unit_text *text = &before->v[i];

		if (has_file(now, text->file) ||
		    sp_dropin_owner_of(text->text, text->len) == SP_DROPIN_OURS)
			continue;
		if (install->o->force) {
			sp_warning("%s has the same name and is not read any more", text->file);
			continue;
		}
		sp_error("nothing written to %s: systemd would not read %s any more, which has "
			 "the same name; rename that, or use --force",
			 install->place.shown, text->file);
		return SP_EXIT_FAILED;
	}
	return SP_EXIT_OK;
}

static int say_not_read(const struct sp_install *install, const struct sp_unit_texts *texts)
{
	const char *other = "a link to /dev/null";

	for (size_t i = 0; i < texts->n; i++) {
		const char *slash = strrchr(texts->v[i].file, '/');

		if (slash && sp_streq(slash + 1, SP_DROPIN_FILE))
			other = texts->v[i].file;
	}
	if (install->o->force) {
		sp_warning("systemd does not read %s, but %s, which has the same name and goes "
			   "first",
			   install->place.shown, other);
		return SP_EXIT_OK;
	}
	sp_error("nothing written to %s: systemd would not read it, but %s, which has the same "
		 "name and goes first; remove that, or use --force",
		 install->place.shown, other);
	return SP_EXIT_FAILED;
}

int sp_install_check_others(const struct sp_install *install, const struct sp_result *result,
			    const struct sp_unit_text *text)
{
	_cleanup_(sp_unit_done) struct sp_unit unit = {};
	_cleanup_(sp_freep) char *path = NULL;
	struct sp_unit_query query = sp_install_query(install);
	size_t own = 0;
	int r;

	query.place = &install->place;
	query.text = text;
	r = sp_unit_query(&query, install->unit.name, &unit, &path);
	if (r < 0) {
		sp_error("cannot read %s of %s: %s", path ? path : "the files", install->unit.name,
			 strerror(-r));
		return SP_EXIT_FAILED;
	}
	while (own < unit.texts.n && !sp_streq(unit.texts.v[own].file, install->place.full))
		own++;
	if (own == unit.texts.n)
		return say_not_read(install, &unit.texts);
	r = check_hidden(install, &unit.texts);
	return r == SP_EXIT_OK ? judge(install, result, &unit.texts, own) : r;
}
