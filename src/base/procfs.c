/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "sysprofile/fsutil.h"
#include "sysprofile/util.h"

/* "/proc/2147483647/status" and then some. */
enum { PROC_PATH_SIZE = 64, STATUS_MAX = 64 * 1024 };

bool sp_proc_is_ours(void)
{
	static pid_t asked_by, answer; /* a forked child may be in another namespace */
	char target[32];
	ssize_t n;

	if (asked_by != getpid()) {
		asked_by = getpid();
		n = readlink("/proc/self", target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = 0;
		answer = (pid_t)strtol(target, NULL, 10);
	}
	return answer == asked_by;
}

int sp_proc_exe(pid_t tid, char *buffer, size_t size)
{
	char path[PROC_PATH_SIZE];
	ssize_t n;

	if (!sp_proc_is_ours())
		return -ENXIO;

	snprintf(path, sizeof(path), "/proc/%d/exe", tid);
	n = readlink(path, buffer, size - 1);
	if (n < 0)
		return -errno;
	buffer[n] = 0;
	return 0;
}

int sp_proc_comm(pid_t tid, char *buffer, size_t size)
{
	char path[PROC_PATH_SIZE];
	_cleanup_(sp_closep) int fd = -1;
	ssize_t n;

	if (!sp_proc_is_ours())
		return -ENXIO;
	snprintf(path, sizeof(path), "/proc/%d/comm", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, buffer, size - 1);
	if (n < 0)
		return -errno;
	if (n > 0 && buffer[n - 1] == '\n')
		n--;
	buffer[n] = 0;
	return 0;
}

int sp_proc_status(const char *proc, pid_t tid, const char *field, long *ret)
{
	_cleanup_(sp_freep) char *path = NULL, *text = NULL;
	size_t len;
	int r;

	if (sp_streq(proc, "/proc") && !sp_proc_is_ours())
		return -ENXIO;
	if (tid ? asprintf(&path, "%s/%d/status", proc, tid) < 0
		: asprintf(&path, "%s/self/status", proc) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = sp_read_file(path, STATUS_MAX, &text, &len);
	if (r < 0)
		return r;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *value;

		line += *line == '\n';
		value = sp_startswith(line, field);
		if (value && *value == ':') {
			*ret = strtol(value + 1, NULL, 10);
			return 0;
		}
	}
	return -ENOENT;
}

int sp_proc_exe_privileges(pid_t tid, bool *ret_setid, bool *ret_filecaps)
{
	char path[PROC_PATH_SIZE];
	struct stat st;

	if (!sp_proc_is_ours())
		return -ENXIO;
	/* The link leads to the file itself, also when its name is gone or in another namespace. */
	snprintf(path, sizeof(path), "/proc/%d/exe", tid);
	if (stat(path, &st) < 0)
		return -errno;
	*ret_setid = (st.st_mode & S_ISUID) ||
		     /* Without the execute bit S_ISGID once meant mandatory locking: inode(7). */
		     (st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
	*ret_filecaps = getxattr(path, "security.capability", NULL, 0) > 0;
	return 0;
}
