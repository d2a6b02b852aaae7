/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Children that are inside a call when they are killed: it never returns, and must be in the
 * profile nevertheless. One call a child, which nobody else makes.
 */

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tracee.h"

static void block(int how)
{
	struct sockaddr_un nobody = { .sun_family = AF_UNIX };
	struct epoll_event event;
	int fds[2], word = 0, fd;
	char c;

	switch (how) {
	case 0:
		(void)syscall(SYS_pause);
		break;
	case 1:
		(void)syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
		break;
	case 2:
		MUST(pipe(fds));
		(void)syscall(SYS_pread64, fds[0], &c, 1, 0);
		(void)syscall(SYS_readv, fds[0], &(struct {
				      void *p;
				      size_t n;
			      }){ &c, 1 },
			      1);
		break;
	case 3:
		(void)syscall(SYS_poll, NULL, 0, -1);
		break;
	case 4:
		(void)syscall(SYS_epoll_pwait, MUST(epoll_create1(0)), &event, 1, -1, NULL, 8);
		break;
	case 5:
		fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
		MUST(bind(fd, (struct sockaddr *)&nobody, sizeof(nobody.sun_family)));
		MUST(listen(fd, 1));
		(void)syscall(SYS_accept4, fd, NULL, NULL, 0);
		break;
	}
	_exit(97);
}

int main(void)
{
	for (int how = 0; how < 6; how++) {
		pid_t child = MUST(fork());

		if (child == 0)
			block(how);
		tracee_sleep_ms(50);
		MUST(kill(child, how % 2 ? SIGKILL : SIGTERM));
		tracee_say_status("child", tracee_wait(child, 0));
	}
	return 0;
}
