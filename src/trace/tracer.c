/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/tracer.h"

#include <errno.h>
#include <stdlib.h>

struct sp_tracer {
	const struct sp_tracer_ops *ops;
	void *self; /* owned, through ops->free */
};

int sp_tracer_new(const struct sp_tracer_ops *ops, void *self, struct sp_tracer **ret)
{
	struct sp_tracer *tracer = calloc(1, sizeof(*tracer));

	if (!tracer) {
		ops->free(self);
		return -ENOMEM;
	}
	*tracer = (struct sp_tracer){ .ops = ops, .self = self };
	*ret = tracer;
	return 0;
}

int sp_tracer_next(struct sp_tracer *tracer, struct sp_event *ret)
{
	return tracer->ops->next(tracer->self, ret);
}

size_t sp_tracer_tracees(struct sp_tracer *tracer, pid_t *tids, size_t size)
{
	return tracer->ops->tracees(tracer->self, tids, size);
}

bool sp_tracer_waiting(struct sp_tracer *tracer, struct sp_waiter_stats *ret)
{
	if (!tracer->ops->waiting)
		return false;
	tracer->ops->waiting(tracer->self, ret);
	return true;
}

const char *sp_tracer_name(const struct sp_tracer *tracer)
{
	return tracer->ops->name;
}

bool sp_tracer_lets_pass(const struct sp_tracer *tracer)
{
	return tracer->ops->lets_pass;
}

struct sp_tracer *sp_tracer_free(struct sp_tracer *tracer)
{
	if (!tracer)
		return NULL;
	tracer->ops->free(tracer->self);
	free(tracer);
	return NULL;
}
