/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the other files of a unit make of a result that becomes one of them: systemd reads all of
 * them, and each line can change what those before it said. Pure; decided by the model (filter.h).
 */

#include <stdbool.h>
#include <stddef.h>

#include "sysprofile/result.h"
#include "sysprofile/unittext.h"

enum sp_finding_kind {
	SP_FINDING_UNREADABLE, /* systemd refuses the file, and the unit with it */
	SP_FINDING_BREAKS,     /* calls that are needed are refused */
	SP_FINDING_WIDENS,     /* calls that the result refuses are allowed */
	SP_FINDING_ANSWERS,    /* calls that it refuses are refused otherwise */
	SP_FINDING_DIRECTIVE, /* another directive, before as after, refuses calls that were seen */
	_SP_FINDING_MAX,
};

/* What one line does. */
struct sp_finding {
	enum sp_finding_kind kind;
	char *file;    /* owned */
	unsigned line; /* 0: it is not known which one */
	char *text;    /* owned: what the line says, cut where it is long */
	struct sp_sysset calls;
	bool unnamed; /* so do numbers that have no name */
};

struct sp_findings {
	struct sp_finding *v; /* by kind, then in the order of the files */
	size_t n;
	bool more; /* other lines do such things, too */
};
void sp_findings_done(struct sp_findings *findings);

/* Whether there is any that makes the result another one: the first three kinds. */
bool sp_findings_matter(const struct sp_findings *findings);

/*
 * texts: all files of the unit in the order in which systemd reads them, that of the result as
 * entry own. *ret is all zero before. 0 or -ENOMEM.
 */
int sp_fragments_judge(const struct sp_result *result, const struct sp_unit_texts *texts,
		       size_t own, struct sp_findings *ret);
