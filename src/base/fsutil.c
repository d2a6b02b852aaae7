/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/fsutil.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sysprofile/util.h"

struct sp_atomic_file {
	char *path;	 /* owned; where it goes, links resolved */
	char *temporary; /* owned; beside it */
	FILE *stream;	 /* owned */
};

int sp_read_file(const char *path, size_t max, char **ret, size_t *ret_len)
{
	_cleanup_(sp_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	_cleanup_(sp_freep) char *buffer = NULL;
	size_t size = 0, len = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n;

		if (len + 1 >= size) {
			char *grown;

			size = size ? size * 2 : 4096;
			grown = realloc(buffer, size);
			if (!grown)
				return -ENOMEM;
			buffer = grown;
		}
		n = read(fd, buffer + len, size - len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
	}
	buffer[len] = 0;
	*ret = SP_TAKE(buffer);
	*ret_len = len;
	return 0;
}

struct sp_atomic_file *sp_atomic_file_abandon(struct sp_atomic_file *file)
{
	if (!file)
		return NULL;
	if (file->stream)
		(void)fclose(file->stream);
	if (file->temporary)
		(void)unlink(file->temporary);
	free(file->temporary);
	free(file->path);
	free(file);
	return NULL;
}

/* Where the link at path leads, as a path of its own. */
static int follow_link(const char *path, char **ret)
{
	char target[PATH_MAX], *joined;
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *slash = strrchr(path, '/');

	if (n < 0)
		return -errno;
	target[n] = 0;
	if (*target == '/' || !slash)
		joined = strdup(target);
	else if (asprintf(&joined, "%.*s/%s", (int)(slash - path), path, target) < 0)
		joined = NULL;
	if (!joined)
		return -ENOMEM;
	*ret = joined;
	return 0;
}

/*
 * A link is followed: the file that it names is replaced, or made, and the link stays.
 * realpath(3) would refuse a link to what is not there yet.
 */
static int resolve_target(const char *path, char **ret)
{
	enum { LINKS_MAX = 40 }; /* as the kernel: path_resolution(7) */
	_cleanup_(sp_freep) char *resolved = strdup(path);
	struct stat st;

	for (int i = 0; resolved && lstat(resolved, &st) == 0 && S_ISLNK(st.st_mode); i++) {
		char *next;
		int r = i < LINKS_MAX ? follow_link(resolved, &next) : -ELOOP;

		if (r < 0)
			return r;
		free(resolved);
		resolved = next;
	}
	if (!resolved)
		return -ENOMEM;
	*ret = SP_TAKE(resolved);
	return 0;
}

/* mkostemp(3) makes 0600 files; the one asked for follows the umask as open(2) would. */
static int make_temporary(struct sp_atomic_file *file, mode_t mode, const struct stat *old)
{
	_cleanup_(sp_freep) char *copy = strdup(file->path);
	mode_t mask;
	int fd;

	if (!copy || asprintf(&file->temporary, "%s/.sysprofile-XXXXXX", dirname(copy)) < 0) {
		file->temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(file->temporary, O_CLOEXEC);
	if (fd < 0) {
		int r = -errno;

		free(SP_TAKE(file->temporary));
		return r;
	}
	/* Who owned the old file owns the new one, where that can be had. */
	if (old && fchown(fd, old->st_uid, old->st_gid) < 0 && errno != EPERM) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	mask = umask(0);
	(void)umask(mask);
	file->stream = fdopen(fd, "w");
	if (!file->stream) {
		(void)close(fd);
		return -ENOMEM;
	}
	if (fchmod(fd, old ? old->st_mode & 07777 : mode & ~mask) < 0)
		return -errno;
	return 0;
}

int sp_atomic_file_open(const char *path, mode_t mode, struct sp_atomic_file **ret)
{
	_cleanup_(sp_atomic_file_abandonp) struct sp_atomic_file *file = calloc(1, sizeof(*file));
	struct stat st, *old = NULL;
	int r;

	if (!file)
		return -ENOMEM;
	r = resolve_target(path, &file->path);
	if (r < 0)
		return r;
	if (stat(file->path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return -EISDIR;
		if (!S_ISREG(st.st_mode))
			return -EINVAL;
		/* rename(2) would get past the permissions of the file; who set them meant them. */
		if (access(file->path, W_OK) < 0)
			return -errno;
		old = &st;
	}
	r = make_temporary(file, mode, old);
	if (r < 0)
		return r;
	*ret = SP_TAKE(file);
	return 0;
}

FILE *sp_atomic_file_stream(struct sp_atomic_file *file)
{
	return file->stream;
}

static int finish(struct sp_atomic_file *file)
{
	/* A stream that failed once may flush without an error: ask for both. */
	if (ferror(file->stream) || fflush(file->stream) != 0)
		return errno > 0 ? -errno : -EIO;
	return fsync(fileno(file->stream)) < 0 ? -errno : 0;
}

int sp_atomic_file_commit(struct sp_atomic_file *file)
{
	int r = finish(file);

	if (r == 0 && rename(file->temporary, file->path) < 0)
		r = -errno;
	if (r == 0)
		free(SP_TAKE(file->temporary));
	(void)sp_atomic_file_abandon(file);
	return r;
}

int sp_atomic_file_commit_new(struct sp_atomic_file *file)
{
	int r = finish(file);

	if (r == 0 &&
	    renameat2(AT_FDCWD, file->temporary, AT_FDCWD, file->path, RENAME_NOREPLACE) < 0)
		r = -errno;
	/* Network file systems cannot do that, but have links. */
	if (r == -EINVAL || r == -ENOSYS)
		r = link(file->temporary, file->path) < 0 ? -errno : 0;
	else if (r == 0)
		free(SP_TAKE(file->temporary));
	(void)sp_atomic_file_abandon(file);
	return r;
}

bool sp_is_plain_target(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? errno == ENOENT : S_ISREG(st.st_mode);
}
