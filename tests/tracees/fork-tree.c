/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A tree of 255 processes; each tells its parent how many it has below it. */

#include "tracee.h"

static int grow(int depth)
{
	int count = 1;

	if (depth == 0) {
		/* A call that nothing else here makes, only in the deepest leaves. */
		(void)getpgid(0);
		return 1;
	}
	for (int i = 0; i < 2; i++) {
		pid_t child;
		int fds[2], below = 0;

		MUST(pipe(fds));
		child = MUST(fork());
		if (child == 0) {
			below = grow(depth - 1);
			(void)!write(fds[1], &below, sizeof(below));
			_exit(0);
		}
		MUST(read(fds[0], &below, sizeof(below)));
		(void)tracee_wait(child, 0);
		(void)close(fds[0]);
		(void)close(fds[1]);
		count += below;
	}
	return count;
}

int main(void)
{
	SAY("processes: %d\n", grow(7));
	return 0;
}
