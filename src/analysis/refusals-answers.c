/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the kernel did with a call, against what the filter says. */

#include <sys/wait.h>

#include "refusals-private.h"
#include "sysprofile/util.h"

static void add_difference(struct sp_differences *differences, const struct sp_refusal_task *task,
			   struct sp_difference found)
{
	const struct sp_refused_call *refusal = &task->pending->pub;

	if (differences->n < SP_DIFFERENCES_KEPT) {
		found.abi = refusal->abi;
		found.nr = refusal->nr;
		found.named = refusal->named;
		found.call = refusal->call;
		found.verdict = refusal->verdict;
		found.tid = task->by.id;
		differences->v[differences->n] = found;
	}
	differences->n++;
}

static bool kills(const struct sp_refused_call *refusal)
{
	return refusal->verdict.action >= SP_ACTION_KILL_THREAD;
}

void sp_refusal_answered(struct sp_refusal_task *task, int64_t answer, bool own_filters,
			 struct sp_differences *differences)
{
	struct sp_refused_call *refusal = &task->pending->pub;

	if (kills(refusal)) {
		/* The exit of a call that kills is reported before the death is. */
		task->doomed = true;
		return;
	}
	if (refusal->verdict.action == SP_ACTION_ERRNO) {
		if (answer == -refusal->verdict.err)
			refusal->answered++;
		else if (!own_filters)
			add_difference(differences, task,
				       (struct sp_difference){ .kind = SP_DIFFERENCE_ANSWER,
							       .answer = answer });
	}
	task->pending = NULL;
}

void sp_refusal_went_on(struct sp_refusal_task *task, bool own_filters,
			struct sp_differences *differences)
{
	/* Without an answer the source reports none, and nothing can be said. */
	if (task->pending && task->doomed && !own_filters)
		add_difference(differences, task,
			       (struct sp_difference){ .kind = SP_DIFFERENCE_LIVES });
	task->pending = NULL;
	task->doomed = false;
}

void sp_refusal_ended(struct sp_refusal_task *task, int status, bool killed, bool own_filters,
		      struct sp_differences *differences)
{
	bool by_filter = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;

	if (!task->pending)
		return;
	/* Any other end between a call and its answer is somebody else's doing. */
	if (by_filter && kills(&task->pending->pub))
		task->pending->pub.answered++;
	else if (by_filter && !killed && !own_filters)
		add_difference(differences, task,
			       (struct sp_difference){ .kind = SP_DIFFERENCE_DIED });
	task->pending = NULL;
}
