/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the text share. */

#include "sysprofile/explaintext.h"

/* How many names a list may have that is not asked for with -v. */
enum { FEW_GOOD = 12, FEW_BAD = 64 };

/* Columns. */
enum { MARGIN = 2, AFTER_GROUP = 20, AFTER_WORD = 28 };

/* Groups allowed or refused as a whole, what is missing of the others, and calls in no group. */
void sp_explain_text_groups(const struct sp_explanation *explanation, bool verbose,
			    struct sp_page *page);

/* Refused calls whose answer is another one than most get, and those that are logged. */
void sp_explain_text_answers(const struct sp_explanation *explanation, struct sp_page *page);

/* Which commands of the unit run under the filter, and which do not. */
void sp_explain_text_commands(const struct sp_explanation *explanation, struct sp_page *page);
/* The filter beside what would be written, if needs were given. */
void sp_explain_text_needs(const struct sp_explanation *explanation, struct sp_page *page);

/* What each word of the text does. */
void sp_explain_text_words(const struct sp_explanation *explanation, bool verbose,
			   struct sp_page *page);
