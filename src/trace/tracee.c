/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/tracee.h"

#include <errno.h>

#include "sysprofile/hash.h"
#include "sysprofile/util.h"

struct tracee {
	struct sp_tracee pub;
	UT_hash_handle hh;
};

struct sp_tracees {
	struct tracee *by_tid; /* owned */
};

int sp_tracees_new(struct sp_tracees **ret)
{
	struct sp_tracees *tracees = calloc(1, sizeof(*tracees));

	if (!tracees)
		return -ENOMEM;
	*ret = tracees;
	return 0;
}

struct sp_tracees *sp_tracees_free(struct sp_tracees *tracees)
{
	struct tracee *t, *next;

	if (!tracees)
		return NULL;
	HASH_ITER (hh, tracees->by_tid, t, next) {
		HASH_DEL(tracees->by_tid, t);
		free(t);
	}
	free(tracees);
	return NULL;
}

static struct tracee *find(const struct sp_tracees *tracees, pid_t tid)
{
	struct tracee *t = NULL;

	HASH_FIND(hh, tracees->by_tid, &tid, sizeof(tid), t);
	return t;
}

struct sp_tracee *sp_tracees_find(const struct sp_tracees *tracees, pid_t tid)
{
	struct tracee *t = find(tracees, tid);

	return t ? &t->pub : NULL;
}

int sp_tracees_add(struct sp_tracees *tracees, pid_t tid, struct sp_tracee **ret)
{
	struct tracee *t = find(tracees, tid);

	if (!t) {
		t = calloc(1, sizeof(*t));
		if (!t)
			return -ENOMEM;
		t->pub.tid = tid;
		HASH_ADD(hh, tracees->by_tid, pub.tid, sizeof(t->pub.tid), t);
		if (!t->hh.tbl) {
			free(t);
			return -ENOMEM;
		}
	}
	*ret = &t->pub;
	return 0;
}

bool sp_tracees_remove(struct sp_tracees *tracees, pid_t tid)
{
	struct tracee *t = find(tracees, tid);

	if (!t)
		return false;
	HASH_DEL(tracees->by_tid, t);
	free(t);
	return true;
}

void sp_tracees_foreach(const struct sp_tracees *tracees, void (*fn)(pid_t tid, void *userdata),
			void *userdata)
{
	struct tracee *t, *next;

	HASH_ITER (hh, tracees->by_tid, t, next)
		fn(t->pub.tid, userdata);
}

size_t sp_tracees_count(const struct sp_tracees *tracees)
{
	return HASH_COUNT(tracees->by_tid);
}

size_t sp_tracees_list(const struct sp_tracees *tracees, pid_t *tids, size_t size)
{
	struct tracee *t, *next;
	size_t n = 0;

	HASH_ITER (hh, tracees->by_tid, t, next)
		if (n < size)
			tids[n++] = t->pub.tid;
	return sp_tracees_count(tracees);
}
