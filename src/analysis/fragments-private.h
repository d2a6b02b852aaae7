/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sysprofile/fragments.h"

#include "filter-private.h"

/* An assignment of SystemCallFilter= or one of its kin. */
struct step {
	size_t text;   /* which of the files */
	unsigned line; /* from 1 */
	size_t begin;  /* of its line in the text */
	size_t end;    /* up to where the text has to be read for it and no other */
};

/* In the order in which systemd reads them. */
struct steps {
	struct step *v; /* owned */
	size_t n, size;
};

/* 0 or -ENOMEM; *ret is the caller's to free. */
int sp_fragments_steps(const struct sp_unit_texts *texts, unsigned major, struct steps *ret);

/* The model when all up to step has been read; NULL: when nothing has. 0 or -ENOMEM. */
int sp_fragments_after(const struct sp_groups *groups, const struct sp_unit_texts *texts,
		       const struct step *step, struct sp_filter **ret);

/* A call of one ABI, or any number of it that has no name. */
struct point {
	sp_abi abi;
	sp_call call;
	bool named, needed;
	bool told;		 /* some finding has it */
	struct sp_verdict alone; /* when there is no file but ours */
};

struct judging {
	const struct sp_result *result;
	const struct sp_unit_texts *texts;
	size_t own;	    /* which of the texts is the result's */
	struct steps steps; /* owned, as is all that follows */
	struct sp_filter *alone, *all;
	struct point *points;
	size_t n_points;
	struct sp_findings findings;
};

struct sp_verdict sp_fragments_ask(const struct sp_filter *filter, const struct point *point);

/* All that ours has an answer for. alone has been read. 0 or -ENOMEM. */
int sp_fragments_points(struct judging *judging);
