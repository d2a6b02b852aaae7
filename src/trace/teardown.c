/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/teardown.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "sysprofile/util.h"

/*
 * EXITKILL would do it when sysprofile ends, but only then. A SIGKILL needs no resume: it takes a
 * tracee out of any stop.
 */
void sp_teardown(struct sp_tracees *tracees)
{
	enum { TRIES = 500, PAUSE_NS = 10000000 };
	size_t n = sp_tracees_count(tracees);
	_cleanup_(sp_freep) pid_t *tids = calloc(n ? n : 1, sizeof(*tids));

	if (!tids || n == 0)
		return;
	(void)sp_tracees_list(tracees, tids, n);
	for (size_t i = 0; i < n; i++)
		(void)kill(tids[i], SIGKILL);
	for (int pauses = 0; pauses < TRIES && sp_tracees_count(tracees) > 0;) {
		int status;
		pid_t tid = wait4(-1, &status, __WALL | WNOHANG, NULL);

		if (tid < 0)
			return;
		if (tid == 0) {
			(void)nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
			pauses++;
		} else if (WIFSTOPPED(status)) {
			(void)kill(tid, SIGKILL);
		} else {
			(void)sp_tracees_remove(tracees, tid);
		}
	}
}
