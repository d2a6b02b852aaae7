/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/profile-save.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "sysprofile/fsutil.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

#define PAUSE_NS (10 * 1000 * 1000)

static int lock(int fd, int64_t deadline_ns)
{
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (sp_monotonic_ns() >= deadline_ns)
			return -EAGAIN;
		(void)nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
	}
	return 0;
}

static bool is_still_there(int fd, const char *path)
{
	struct stat ours, now;

	return fstat(fd, &ours) == 0 && stat(path, &now) == 0 && ours.st_ino == now.st_ino &&
	       ours.st_dev == now.st_dev;
}

/*
 * The file, locked. It is replaced and not rewritten, so whoever waited for it may have the lock
 * of one that is gone. -ENOENT: there is none yet.
 */
static int open_locked(const char *path, int64_t deadline_ns)
{
	for (;;) {
		_cleanup_(sp_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		int r;

		if (fd < 0)
			return -errno;
		r = lock(fd, deadline_ns);
		if (r < 0)
			return r;
		if (is_still_there(fd, path))
			return SP_TAKE_FD(fd);
	}
}

static int join_file(int fd, const char *path, struct sp_history *all,
		     struct sp_profile_error *error)
{
	_cleanup_(sp_history_freep) struct sp_history *old = NULL;
	struct stat st;
	int r;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
		return 0;
	r = sp_profile_read(path, &old, error);
	return r < 0 ? r : sp_history_join(all, old);
}

static int write_file(const char *path, struct sp_history *all, bool is_new)
{
	_cleanup_(sp_atomic_file_abandonp) struct sp_atomic_file *file = NULL;
	int r = sp_atomic_file_open(path, 0644, &file);

	if (r == 0)
		r = sp_profile_write(all, sp_atomic_file_stream(file));
	if (r < 0)
		return r;
	return is_new ? sp_atomic_file_commit_new(SP_TAKE(file))
		      : sp_atomic_file_commit(SP_TAKE(file));
}

static int save_once(const char *path, struct sp_history *all, int64_t deadline_ns,
		     struct sp_profile_error *error)
{
	_cleanup_(sp_closep) int fd = open_locked(path, deadline_ns);
	int r = fd < 0 ? fd : join_file(fd, path, all, error);

	/* There is nothing to lock yet; who is first wins, and the others find a file then. */
	if (r == -ENOENT)
		return write_file(path, all, true);
	return r < 0 ? r : write_file(path, all, false);
}

int sp_profile_save(const char *path, const struct sp_history *history, int64_t patience_ns,
		    struct sp_profile_error *error)
{
	const int64_t deadline_ns = sp_monotonic_ns() + patience_ns;
	_cleanup_(sp_history_freep) struct sp_history *all = NULL;
	int r = sp_history_new(&all);

	*error = (struct sp_profile_error){};
	if (r == 0)
		r = sp_history_join(all, history);
	if (r < 0)
		return r;
	do
		r = save_once(path, all, deadline_ns, error);
	while (r == -EEXIST && sp_monotonic_ns() < deadline_ns);
	return r;
}
