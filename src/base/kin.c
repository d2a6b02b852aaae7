/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/kin.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "sysprofile/fsutil.h"
#include "sysprofile/procfs.h"
#include "sysprofile/util.h"

enum { PATH_SIZE = 64, STAT_MAX = 4096 };

static void close_directory(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

/* Fields 3, 4, 9 and 22 of proc_pid_stat(5). The second one may hold blanks and parentheses. */
static int parse_stat(const char *text, struct sp_kin *ret)
{
	/* include/linux/sched.h: PF_IO_WORKER and PF_KTHREAD; they have been there for ever. */
	const unsigned kernel_flags = 0x10 | 0x200000;
	const char *p = strrchr(text, ')');
	unsigned flags;

	if (!p || sscanf(p + 1,
			 " %c %d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
			 "%*d %" SCNu64,
			 &ret->state, &ret->parent, &flags, &ret->start) != 4)
		return -EIO;
	ret->is_kernel = flags & kernel_flags;
	return 0;
}

int sp_kin_of(pid_t pid, struct sp_kin *ret)
{
	_cleanup_(sp_freep) char *text = NULL;
	char path[PATH_SIZE];
	struct sp_kin kin = { .pid = pid };
	size_t len;
	int r;

	if (!sp_proc_is_ours())
		return -ENXIO;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	r = sp_read_file(path, STAT_MAX, &text, &len);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	r = parse_stat(text, &kin);
	if (r == 0)
		*ret = kin;
	return r;
}

/* The entries of a directory that are numbers. */
static int read_numbers(const char *path, pid_t **ret, size_t *ret_n)
{
	_cleanup_(close_directory) DIR *d = opendir(path);
	_cleanup_(sp_freep) pid_t *list = NULL;
	size_t n = 0, size = 0;
	struct dirent *entry;

	if (!d)
		return -errno;
	while (errno = 0, (entry = readdir(d)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (n == size) {
			pid_t *grown;

			size = size ? 2 * size : 64;
			grown = reallocarray(list, size, sizeof(*grown));
			if (!grown)
				return -ENOMEM;
			list = grown;
		}
		list[n++] = (pid_t)strtol(entry->d_name, NULL, 10);
	}
	if (errno)
		return -errno;
	*ret = SP_TAKE(list);
	*ret_n = n;
	return 0;
}

int sp_kin_threads(pid_t pid, pid_t **ret, size_t *ret_n)
{
	char path[PATH_SIZE];
	int r;

	if (!sp_proc_is_ours())
		return -ENXIO;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	r = read_numbers(path, ret, ret_n);
	return r == -ENOENT ? -ESRCH : r;
}

static int by_pid(const void *a, const void *b)
{
	const struct sp_kin *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

int sp_kin_read(struct sp_kin **ret, size_t *ret_n)
{
	_cleanup_(sp_freep) pid_t *pids = NULL;
	_cleanup_(sp_freep) struct sp_kin *kin = NULL;
	size_t n_pids = 0, n = 0;
	int r;

	if (!sp_proc_is_ours())
		return -ENXIO;
	r = read_numbers("/proc", &pids, &n_pids);
	if (r < 0)
		return r;
	kin = calloc(n_pids ? n_pids : 1, sizeof(*kin));
	if (!kin)
		return -ENOMEM;
	for (size_t i = 0; i < n_pids; i++)
		if (sp_kin_of(pids[i], &kin[n]) == 0)
			n++;
	qsort(kin, n, sizeof(*kin), by_pid);
	*ret = SP_TAKE(kin);
	*ret_n = n;
	return 0;
}

const struct sp_kin *sp_kin_find(const struct sp_kin *kin, size_t n, pid_t pid)
{
	return bsearch(&(struct sp_kin){ .pid = pid }, kin, n, sizeof(*kin), by_pid);
}
