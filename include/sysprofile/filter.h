/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A model of what systemd does with SystemCallFilter=, SystemCallErrorNumber=,
 * SystemCallArchitectures= and SystemCallLog= (systemd.exec(5)): text in, verdict per call out.
 *
 * Feed it the fragment and then each drop-in, in the order in which systemd reads them; then ask.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sysprofile/groups.h"

struct sp_filter;

/* What systemd would log, or what a reader of the text should know. */
struct sp_filter_message {
	const char *file; /* as given to sp_filter_parse(); borrowed */
	unsigned line;	  /* from 1; of a continued line the first */
	const char *text; /* one sentence without a dot; valid during the call only */
};
typedef void (*sp_filter_message_fn)(const struct sp_filter_message *message, void *userdata);

/* groups gives the release whose rules hold and is borrowed for the life of the filter. */
int sp_filter_new(const struct sp_groups *groups, struct sp_filter **ret);
struct sp_filter *sp_filter_free(struct sp_filter *filter);
static inline void sp_filter_freep(struct sp_filter **p)
{
	if (*p)
		(void)sp_filter_free(*p);
}

/*
 * Reads one unit file or drop-in as if appended to what came before. Any bytes are accepted, as
 * systemd accepts them: what it would ignore with a warning is ignored here and said through
 * message (which may be NULL). Returns 0, -ENOMEM, or the error with which systemd refuses to
 * load such a file at all (-EBADMSG: an over-long line or one without a meaning it accepts; said
 * through message too).
 */
int sp_filter_parse(struct sp_filter *filter, const char *file, const char *text, size_t len,
		    sp_filter_message_fn message, void *userdata);

enum sp_action {
	SP_ACTION_ALLOW,
	SP_ACTION_LOG,		/* allowed and logged */
	SP_ACTION_ERRNO,	/* refused; verdict.err says with which number, 0 = faked success */
	SP_ACTION_KILL_THREAD,	/* SIGSYS for the thread (up to v242; foreign architectures) */
	SP_ACTION_KILL_PROCESS, /* SIGSYS for the process (v243 and later) */
	_SP_ACTION_MAX,
};

/* What decided: the word and where it stands. */
struct sp_verdict {
	enum sp_action action;
	int err; /* SP_ACTION_ERRNO only */
	/* "@mount", "read", "SystemCallArchitectures"; NULL: none names it. Of the filter. */
	const char *word;
	const char *file; /* of the word; NULL for the implicit @default */
	unsigned line;	  /* of the word; 0 for the implicit @default */
};

/* What happens to a call of that ABI with that number (as the kernel reports it). */
void sp_filter_verdict(const struct sp_filter *filter, sp_abi abi, uint64_t nr,
		       struct sp_verdict *ret);

/*
 * As above for a call with that first argument, which tells the calls behind socketcall(2) and
 * ipc(2) apart (sp_call_behind()). sp_filter_verdict() is about those that lead nowhere.
 */
void sp_filter_verdict_with(const struct sp_filter *filter, sp_abi abi, uint64_t nr, uint64_t first,
			    struct sp_verdict *ret);

/*
 * Whether the call is allowed, or only logged; of socketcall(2) and ipc(2), with all that can be
 * behind them.
 */
bool sp_filter_passes(const struct sp_filter *filter, sp_abi abi, uint64_t nr);

/* Whether systemd would install any SystemCallFilter= program at all. */
bool sp_filter_is_active(const struct sp_filter *filter);

/* Whether SystemCallArchitectures= kills every call of that ABI. */
bool sp_filter_blocks_abi(const struct sp_filter *filter, sp_abi abi);

/* The SystemCallArchitectures= line that does so, the first of several: its file, or NULL. */
const char *sp_filter_architectures_at(const struct sp_filter *filter, unsigned *ret_line);

/*
 * v248 to v248.7 and v249 to v249.4 (systemd's pull request 20777 repairs it): once there is a
 * SystemCallArchitectures= that does not name the native ABI by its own name, as "native" does
 * not, no filter is loaded for native calls by any directive that comes later: LockPersonality=,
 * SystemCallLog= and SystemCallFilter=.
 */
bool sp_filter_lost_native(const struct sp_filter *filter);

/* Whether the release is one of these. */
bool sp_filter_wants_native_named(const struct sp_groups *groups);

/* Whether the first valid line made it an allow-list. */
bool sp_filter_is_allow_list(const struct sp_filter *filter);

/*
 * The names in systemd's map, as a set: the calls that an allow-list lets pass (errno entries are
 * left out), or those that a deny-list refuses. The unit tests compare this whole set.
 */
void sp_filter_listed(const struct sp_filter *filter, struct sp_sysset *ret);

/* The per-call errno of a listed name (SP_FILTER_NO_ERRNO without one); -ENOENT if not in the map.
 */
#define SP_FILTER_NO_ERRNO (-1)
#define SP_FILTER_KILL	   (-2)
int sp_filter_listed_errno(const struct sp_filter *filter, sp_call call, int *ret);
