/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An explanation for people. */

#include "sysprofile/explain.h"
#include "sysprofile/page.h"
#include "sysprofile/source.h"

/* verbose: long lists of calls whole. */
void sp_explain_text(const struct sp_explanation *explanation, const struct sp_source *source,
		     bool verbose, struct sp_page *page);

/* " 3 calls" of a set, or their names when they are few enough or verbose is set. */
void sp_explain_text_set(struct sp_page *page, enum sp_paint paint, const struct sp_sysset *set,
			 size_t few, bool verbose);
