/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>

#include "sysprofile/fsutil.h"
#include "sysprofile/util.h"

struct sp_output {
	const char *path;	     /* borrowed; NULL for stdout */
	struct sp_atomic_file *file; /* owned; NULL when fd is written to */
	int fd;			     /* owned unless it is stdout */
};

/* A missing reader must be an error now (ENXIO), not a hang (fifo(7)). */
static int open_special(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int flags;

	if (fd < 0)
		return -errno;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	return fd;
}

int sp_output_check_stdout(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);
	int fd_flags = fcntl(STDOUT_FILENO, F_GETFD);

	/* main() puts a close-on-exec stand-in where stdout was closed. */
	if (flags < 0 || fd_flags < 0 || (fd_flags & FD_CLOEXEC) || (flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	return STDOUT_FILENO;
}

int sp_output_open(const char *path, struct sp_output **ret)
{
	_cleanup_(sp_output_freep) struct sp_output *output = calloc(1, sizeof(*output));
	int r = 0;

	if (!output)
		return -ENOMEM;
	output->path = path;
	output->fd = STDOUT_FILENO;
	if (!path)
		r = sp_output_check_stdout();
	else if (sp_is_plain_target(path))
		r = sp_atomic_file_open(path, 0644, &output->file);
	else
		r = output->fd = open_special(path);
	if (r < 0)
		return r;
	*ret = SP_TAKE(output);
	return 0;
}

struct sp_output *sp_output_free(struct sp_output *output)
{
	if (!output)
		return NULL;
	(void)sp_atomic_file_abandon(output->file);
	if (output->fd > STDERR_FILENO)
		(void)close(output->fd);
	free(output);
	return NULL;
}

/* A signal that interrupts it is a user who has waited long enough for a reader: -EINTR. */
static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		/* The command shares stdout with us, and may have made it non-blocking. */
		if (n < 0 && errno == EAGAIN) {
			if (poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1) < 0)
				return -errno;
			continue;
		}
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A mount point cannot be replaced by rename(2) (EBUSY), but its file can be written. */
static int write_in_place(const char *path, const char *text, size_t len)
{
	_cleanup_(sp_closep) int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : write_all(fd, text, len);
}

int sp_output_write(struct sp_output *output, const char *text, size_t len)
{
	int r;

	if (!output->file)
		return write_all(output->fd, text, len);
	/* A short write shows up as the stream's error, which the commit reports. */
	(void)fwrite(text, 1, len, sp_atomic_file_stream(output->file));
	r = sp_atomic_file_commit(SP_TAKE(output->file));
	return r == -EBUSY ? write_in_place(output->path, text, len) : r;
}

static int rescue_into(const char *directory, const char *text, size_t len, char **ret_path)
{
	_cleanup_(sp_freep) char *path = NULL;
	_cleanup_(sp_closep) int fd = -1;
	int r;

	if (asprintf(&path, "%s/sysprofile-XXXXXX", directory) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write_all(fd, text, len);
	if (r < 0)
		(void)unlink(path);
	else
		*ret_path = SP_TAKE(path);
	return r;
}

int sp_output_rescue(const char *text, size_t len, char **ret_path)
{
	const char *directory = getenv("TMPDIR");
	int r = -ENOENT;

	if (directory && *directory)
		r = rescue_into(directory, text, len, ret_path);
	return r < 0 ? rescue_into("/tmp", text, len, ret_path) : r;
}
