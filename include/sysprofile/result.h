/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The decision: from a profile to the words for one release, checked against the model of
 * systemd's rules before anyone sees it. Emitters only read it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sysprofile/cover.h"
#include "sysprofile/family.h"
#include "sysprofile/groups.h"
#include "sysprofile/history.h"
#include "sysprofile/profile.h"

/* What systemd shall do with a call that is not allowed. */
enum sp_refusal {
	SP_REFUSAL_ERRNO, /* SystemCallErrorNumber=NAME */
	SP_REFUSAL_KILL,  /* SIGSYS */
	SP_REFUSAL_LOG,	  /* SystemCallLog= and no SystemCallFilter=; v247 and later */
	_SP_REFUSAL_MAX,
};

/* What a text allows beyond what was seen, so that an upgrade does not break it. */
enum sp_headroom_kind {
	SP_HEADROOM_NONE,
	SP_HEADROOM_FAMILY, /* what families add (family.h) */
	_SP_HEADROOM_MAX,
};

struct sp_policy {
	enum sp_style style;
	enum sp_refusal refusal;
	int err;	     /* SP_REFUSAL_ERRNO only, 1 to 4095 */
	unsigned word_price; /* 1 to SP_WORD_PRICE_MAX; 0: the default */
	bool explicit_deny;  /* see struct sp_cover_terms */
	enum sp_headroom_kind headroom;
	/* Whether what programs call at their start was asked for, and what that is here. */
	bool with_startup;
	struct sp_sysset startup;
	/* Let pass unwatched at the user's word: allowed in the text, never counted as seen. */
	struct sp_sysset assumed;
};

/* Facts about the run for the comments; every string is borrowed and may be NULL (left out). */
struct sp_run_facts {
	const char *command; /* as the user typed it */
	const char *unit;    /* for which it is written, where that is known */
	/* From where, when this was no run of our own: "httpd.strace (strace log)". */
	const char *imported;
	bool start_imported; /* what was imported begins with the start of the program */
	bool start_missing;  /* no run has seen it: the program ran already */
	const char *kernel;  /* "6.1.0-18-amd64" */
	const char *libc;    /* "glibc 2.36" */
	int64_t duration_ns;
	struct sp_history *history; /* what the profile file holds; for sp_emit_json() alone */
	const char *const *notes;   /* warnings, a sentence each, NULL at the end; may be NULL */
};

struct sp_result {
	struct sp_profile *profile;	/* borrowed */
	const struct sp_groups *groups; /* borrowed */
	struct sp_policy policy;
	struct sp_run_facts facts;
	/* names seen and assumed, and what systemd itself calls: execve, write, with 256 sendto */
	struct sp_sysset needed;
	struct sp_headroom headroom; /* what is allowed beside; none of it is needed */
	struct sp_text text;	     /* owned */
	struct sp_cover_proof proof;
};

/*
 * Finds the words. -EOPNOTSUPP: the policy asks for what the release lacks (SP_REFUSAL_LOG before
 * v247; @groups before v231 do not exist in the table). -ENOMEM. *ret must be all zero;
 * sp_result_done() frees what it owns.
 */
int sp_result_make(struct sp_profile *profile, const struct sp_groups *groups,
		   const struct sp_policy *policy, const struct sp_run_facts *facts,
		   struct sp_result *ret);
void sp_result_done(struct sp_result *result);

/* "none", "family". */
const char *sp_headroom_name(enum sp_headroom_kind kind);
/* -EINVAL when none is called so. */
int sp_headroom_from_name(const char *name);

/*
 * What headroom adds to the result for a reader: without what systemd's @default allows in any
 * case.
 */
void sp_result_headroom(const struct sp_result *result, struct sp_sysset *ret);

/* A call that was seen and that the text would not let pass. */
struct sp_refused {
	const struct sp_profile_call *call; /* borrowed; NULL: seen by nobody */
	const char *why;		    /* a few words, static */
};

/*
 * Emits the drop-in into memory, reads it back with the model (filter.h) and asks it about every
 * call of the profile on its own ABI, and about execve and write, what was assumed and headroom on
 * every ABI that was seen. Returns the number of calls that it would not let pass, the first max of
 * them in refused; or negative errno. 0 is the only answer after which a text may be written. With
 * SP_REFUSAL_LOG the question is whether anything but allow or log would happen.
 */
int sp_result_check(const struct sp_result *result, struct sp_refused *refused, size_t max);

/*
 * Whether the next start of the program may fail under the text because nobody has seen one, nor
 * was anything allowed for it: it refuses what it does not name.
 */
bool sp_result_lacks_start(const struct sp_result *result);
