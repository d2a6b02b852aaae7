/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "sysprofile/util.h"

static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* An entry of a directory lasts from when the directory is on the disk (fsync(2)). */
static int sync_directory(const char *path)
{
	_cleanup_(sp_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* Some file systems have nothing to sync there. */
	return fsync(fd) < 0 && errno != EINVAL && errno != EROFS ? -errno : 0;
}

static int make_directory(const char *path, const char *parent)
{
	int r;

	if (mkdir(path, 0755) < 0)
		return -errno;
	/* The umask took its part. */
	r = chmod(path, 0755) < 0 ? -errno : sync_directory(parent);
	if (r < 0)
		(void)rmdir(path);
	return r;
}

int sp_make_directories(const char *path, char **ret_made)
{
	_cleanup_(sp_freep) char *parent = parent_of(path), *made = NULL, *copy = NULL;
	int r;

	if (!parent)
		return -ENOMEM;
	if (is_directory(path)) {
		*ret_made = NULL;
		return 0;
	}
	if (!sp_streq(parent, path)) {
		r = sp_make_directories(parent, &made);
		if (r < 0)
			return r;
	}
	copy = strdup(path);
	r = copy ? make_directory(path, parent) : -ENOMEM;
	if (r == -EEXIST && is_directory(path))
		r = 0;
	else if (r == -EEXIST)
		r = -ENOTDIR;
	else if (r == 0 && !made)
		made = SP_TAKE(copy);
	if (r < 0) {
		sp_unmake_directories(parent, made);
		return r;
	}
	*ret_made = SP_TAKE(made);
	return 0;
}

void sp_unmake_directories(const char *path, const char *made)
{
	_cleanup_(sp_freep) char *parent = NULL;

	if (!made || !sp_startswith(path, made) || rmdir(path) < 0 || sp_streq(path, made))
		return;
	parent = parent_of(path);
	if (parent)
		sp_unmake_directories(parent, made);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int make_temporary(const char *directory, char **ret_path, int *ret_fd)
{
	_cleanup_(sp_freep) char *path = NULL;
	int fd;

	/* systemd passes over what does not end in ".conf". */
	if (asprintf(&path, "%s/.sysprofile-XXXXXX", directory) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_path = SP_TAKE(path);
	*ret_fd = fd;
	return 0;
}

static int fill(int fd, mode_t mode, const char *text, size_t len)
{
	int r = write_all(fd, text, len);

	if (r == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		r = -errno;
	return r;
}

int sp_replace_file(const char *path, mode_t mode, const char *text, size_t len)
{
	_cleanup_(sp_freep) char *directory = parent_of(path), *temporary = NULL;
	_cleanup_(sp_closep) int fd = -1;
	int r = directory ? make_temporary(directory, &temporary, &fd) : -ENOMEM;

	if (r < 0)
		return r;
	r = fill(fd, mode, text, len);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(temporary);
		return r;
	}
	return sync_directory(directory);
}

int sp_try_directory(const char *path)
{
	_cleanup_(sp_freep) char *temporary = NULL, *parent = NULL;
	_cleanup_(sp_closep) int fd = -1;
	struct stat st;
	int r;

	if (stat(path, &st) < 0 && errno == ENOENT) {
		parent = parent_of(path);
		if (!parent)
			return -ENOMEM;
		return sp_streq(parent, path) ? -ENOENT : sp_try_directory(parent);
	}
	r = make_temporary(path, &temporary, &fd);
	if (r == 0 && unlink(temporary) < 0)
		r = -errno;
	return r;
}
