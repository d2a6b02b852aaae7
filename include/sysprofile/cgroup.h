/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which unit a process belongs to, by its control group: systemd names them after the units. */

#include <stdbool.h>
#include <sys/types.h>

/*
 * The unit of a path ("/system.slice/a.service/sub"): the first component that is no slice, its
 * escapes taken off. user: of a user's manager, which is below the user's "user@1000.service". The
 * caller's. 0; -ENOENT: there is none; -ENOMEM.
 */
int sp_cgroup_path_unit(const char *path, bool user, char **ret);

/*
 * The same of a process, by proc/PID/cgroup of any version; proc: "/proc". Where process 1 is below
 * the root, as in some containers, paths begin there. Also negative errno.
 */
int sp_cgroup_unit(const char *proc, pid_t pid, bool user, char **ret);
