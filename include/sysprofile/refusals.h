/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a filter would refuse, or did refuse, of a run: which call, how often, by whom, and which
 * word of the text is to blame. It grows with what is refused and with the tasks alive, never with
 * the length of the run.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sysprofile/directives.h"
#include "sysprofile/event.h"
#include "sysprofile/filter.h"
#include "sysprofile/profile.h"

/* Who made a call. */
enum sp_role {
	SP_ROLE_MAIN,	/* the command's own process */
	SP_ROLE_WORKER, /* another process that runs the same program */
	SP_ROLE_HELPER, /* a process that runs another program */
	_SP_ROLE_MAX,
};

/* "main", "worker", "helper". */
const char *sp_role_name(enum sp_role role);

/* One call of one program in one role. */
struct sp_refused_call {
	sp_abi abi;
	uint32_t nr;
	bool named;
	/*
	 * When named. Of socketcall(2) and ipc(2) the call behind, where the filter has no rule for
	 * the entrance: to allow that name lets it pass. nr is the entrance's then.
	 */
	sp_call call;
	struct sp_verdict verdict;
	enum sp_role role;
	const char *exe;
	uint64_t count;
	size_t processes; /* that made it */
	int64_t first_ns; /* of the first time, as are the next two */
	pid_t first_pid;  /* the process, not the thread */
	char first_comm[SP_COMM_SIZE];
	uint64_t answered; /* times that the kernel was seen to answer as the filter says */
};

/* The kernel did something else than the filter says: a defect of sysprofile, or of the kernel. */
struct sp_difference {
	sp_abi abi;
	uint32_t nr;
	bool named;
	sp_call call;
	struct sp_verdict verdict;
	pid_t tid;
	enum {
		SP_DIFFERENCE_ANSWER, /* it answered: answer */
		SP_DIFFERENCE_LIVES,  /* the task went on after a call that kills */
		SP_DIFFERENCE_DIED,   /* SIGSYS after a call that does not kill */
	} kind;
	int64_t answer;
};

/* Questions about a task that is stopped just now. comm: at most SP_COMM_SIZE with its 0. */
struct sp_refusals_ask {
	const char *(*exe)(pid_t tid, void *userdata);
	pid_t (*process)(pid_t tid, void *userdata);
	void (*comm)(pid_t tid, char *comm, void *userdata);
	void *userdata;
};

struct sp_refusals;

/*
 * filter and directives are borrowed; directives may be NULL: of them counts what is refused
 * whatever the arguments are. root: the process of the command.
 */
int sp_refusals_new(const struct sp_filter *filter, const struct sp_directives *directives,
		    pid_t root, const struct sp_refusals_ask *ask, struct sp_refusals **ret);
struct sp_refusals *sp_refusals_free(struct sp_refusals *refusals);
static inline void sp_refusals_freep(struct sp_refusals **p)
{
	if (*p)
		(void)sp_refusals_free(*p);
}

/*
 * Takes one event in. Where the source reports answers, each is held against what the filter
 * says; own_filters: whether the tasks have filters of their own by now, whose answers nobody can
 * tell from those of this one, so that no difference counts any more. 0 or -ENOMEM.
 */
int sp_refusals_observe(struct sp_refusals *refusals, const struct sp_event *event,
			bool own_filters);

/* Sorted by ABI (native first), call, role and program. What is only logged stands among them. */
size_t sp_refusals_count(const struct sp_refusals *refusals);
const struct sp_refused_call *sp_refusals_at(struct sp_refusals *refusals, size_t i);

/* Whether anything was refused, as opposed to allowed or logged. */
bool sp_refusals_any(const struct sp_refusals *refusals);

/* Different ones beyond the first 4096, which are counted and not kept. */
uint64_t sp_refusals_lost(const struct sp_refusals *refusals);

/* The first 16 differences; *ret_n is how many there were in all. */
const struct sp_difference *sp_refusals_differences(const struct sp_refusals *refusals,
						    size_t *ret_n);
#define SP_DIFFERENCES_KEPT 16

/*
 * What becomes of a call: sp_directives_verdict(), but that an answer which makes a libc take
 * another way is none.
 */
void sp_refusals_verdict(const struct sp_filter *filter, const struct sp_directives *directives,
			 sp_abi abi, uint32_t nr, const uint64_t *first, struct sp_verdict *ret);

/* Whether it is a refusal, as opposed to a call that is allowed or logged. */
bool sp_verdict_refuses(const struct sp_verdict *verdict);
