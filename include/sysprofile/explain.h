/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the filter of a unit does and why: the answer to each call, what each word of the text
 * adds and removes, what other directives refuse, and what it wins in `systemd-analyze security`.
 */

#include <stdbool.h>
#include <stdio.h>

#include "sysprofile/commands.h"
#include "sysprofile/cover.h"
#include "sysprofile/directives.h"
#include "sysprofile/filter.h"
#include "sysprofile/profile.h"
#include "sysprofile/score.h"
#include "sysprofile/unittext.h"

/* A word of SystemCallFilter= or SystemCallLog=. */
struct sp_explain_word {
	const char *text; /* "@mount", "read:EPERM"; without the line's ~ */
	const char *file;
	unsigned line;
	bool inverted;		  /* the line begins with ~ */
	bool is_log;		  /* of SystemCallLog= */
	struct sp_sysset names;	  /* the calls that it stands for; none: systemd ignores it */
	struct sp_sysset allows;  /* those it lets pass that did not pass before */
	struct sp_sysset refuses; /* those it stops that passed before; of SystemCallLog=: logs */
	struct sp_sysset answers; /* those that get another answer than before */
	unsigned forgotten_at;	  /* line of an empty assignment after it; 0: none */
	const char *forgotten_by; /* its file */
	bool redundant;		  /* without it every call of every ABI gets the same answer */
};

struct sp_explain_call {
	struct sp_numbered_call id;
	struct sp_verdict filter; /* of the SystemCall*= lines alone */
	struct sp_verdict
		effective; /* with what the other directives refuse whatever the arguments */
};

/* The words with which the filter's SystemCallFilter= could be said. */
struct sp_explain_fewest {
	bool known;	     /* false: there are none, as without a call that @default has */
	size_t now;	     /* words that the filter has, those ignored included */
	size_t n;	     /* words of text */
	bool proven;	     /* no fewer would do */
	bool errnos_lost;    /* words have errnos of their own, which text has not */
	struct sp_text text; /* of an allow-list, or of a deny-list, as the filter is */
};

/* How much there is to read of a filter, and what it lets pass. */
struct sp_explain_size {
	size_t words;	 /* of SystemCallFilter= */
	size_t calls;	 /* native ones that are allowed */
	double exposure; /* as sp_score_cost() has it */
};

/* The filter beside the text of style groups for what a program needs. */
struct sp_explain_needs {
	struct sp_words refused; /* "read", "x86:read", "x86-64:467": needed, and not let pass */
	struct sp_explain_size now, then;
	struct sp_text text; /* empty if there is none: */
	char *none_for; /* the call that no allow-list can hold; owned; NULL: there is a text */
	const char *why_none;
};

struct sp_explain_message {
	char *file; /* owned, as is text */
	unsigned line;
	char *text;
};

struct sp_explanation {
	const struct sp_groups *groups; /* borrowed */
	sp_abi abi;
	struct sp_filter *filter; /* owned, as is all that follows */
	struct sp_directives *directives;
	struct sp_commands commands;

	bool refused; /* systemd does not load such a file at all: the last message tells why */
	struct sp_explain_message *messages; /* SystemCall*= lines first */
	size_t n_messages;

	struct sp_explain_call *calls; /* of the ABI, by number */
	size_t n_calls;
	struct sp_sysset all;	  /* the calls of the ABI */
	struct sp_sysset allowed; /* those that are effectively allowed, logged ones too */

	struct sp_explain_word *words; /* in the order of the text */
	size_t n_words;
	bool words_cut;	       /* there are more words than are kept */
	bool redundancy_known; /* false: too much text to try it without each word */

	struct sp_explain_fewest fewest;
	struct sp_explain_needs *needs; /* NULL: not asked for */

	struct sp_effect effects[SP_EFFECTS_MAX]; /* of other directives */
	size_t n_effects;
	struct sp_score_row rows[SP_SCORE_ROWS]; /* of native programs, whatever the ABI above */
};

/*
 * texts: a fragment and its drop-ins, in the order in which systemd reads them; they, and groups,
 * must outlive the explanation. 0 or -ENOMEM.
 */
int sp_explain_new(const struct sp_groups *groups, const struct sp_unit_texts *texts, sp_abi abi,
		   struct sp_explanation **ret);
struct sp_explanation *sp_explain_free(struct sp_explanation *explanation);
static inline void sp_explain_freep(struct sp_explanation **p)
{
	if (*p)
		(void)sp_explain_free(*p);
}

/*
 * Fills needs: what profile saw, each call on its own ABI, and what is assumed. 0, or negative
 * errno as of sp_result_make().
 */
int sp_explain_set_needs(struct sp_explanation *explanation, struct sp_profile *profile,
			 const struct sp_sysset *assumed);

/* Room for the longest word of sp_verdict_word(). */
#define SP_VERDICT_WORD_SIZE 32

/*
 * "allow", "log", "kill-process", "kill-thread", or "errno:EPERM", with a number where the errno
 * has no name. Returns buffer.
 */
const char *sp_verdict_word(const struct sp_verdict *verdict,
			    char buffer[static SP_VERDICT_WORD_SIZE]);

/* What happens to a call that the filter does not name; false when nothing is filtered. */
bool sp_explain_default(const struct sp_explanation *explanation, struct sp_verdict *ret);

/* What a refused call gets, unless its word says otherwise: SystemCallErrorNumber=. */
struct sp_verdict sp_explain_refusal(const struct sp_explanation *explanation);

/* A line "NAME ACTION" for every call that the ABI has, in the order of their numbers. */
void sp_explain_list(const struct sp_explanation *explanation, FILE *f);

/* Everything, as one JSON object (sysprofile(1)). unit: its name, or NULL. 0 or -ENOMEM. */
int sp_explain_json(const struct sp_explanation *explanation, const struct sp_unit_texts *texts,
		    const char *unit, FILE *f);

/* How two filters differ. */
struct sp_explain_difference {
	bool any; /* some call of some ABI, or some number, gets another answer */

	/* Of the ABI of the explanations: */
	struct sp_sysset only_a, only_b; /* calls that one allows and the other does not */
	struct sp_sysset answers;	 /* calls that get other answers, but are no such calls */

	size_t elsewhere; /* calls of other ABIs of the machine that get other answers */
	bool unnamed;	  /* so do numbers that have no name */

	/* Effects of other directives, for some arguments, that the other one has not; bits. */
	uint32_t effects_a, effects_b;
};

/* Both of the same ABI. */
void sp_explain_diff(const struct sp_explanation *a, const struct sp_explanation *b,
		     struct sp_explain_difference *ret);

/* As one JSON object (sysprofile(1)); the names are those of what was asked for. 0 or -ENOMEM. */
int sp_explain_diff_json(const struct sp_explanation *a, const char *name_a,
			 const struct sp_explanation *b, const char *name_b,
			 const struct sp_explain_difference *difference, FILE *f);

/*
 * The fewest groups that are whole in set, largest first, @known left out. Members that the ABI
 * lacks do not count. out has room for all groups. *rest is what is in none of them.
 */
size_t sp_explain_whole_groups(const struct sp_explanation *explanation,
			       const struct sp_sysset *set, const struct sp_group **out,
			       struct sp_sysset *rest);
