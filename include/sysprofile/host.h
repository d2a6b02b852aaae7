/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What this host's systemd says of itself. The only place that runs another program.
 */

#include "sysprofile/groups.h"

/*
 * The groups of the installed systemd, from `systemd-analyze --version` and
 * `systemd-analyze syscall-filter`, which is right where the built-in table can only be near.
 * 0; -ENOENT: no systemd-analyze in PATH; -ETIMEDOUT: it did not answer in 10 s; -EBADMSG: it said
 * what cannot be understood; -EIO: it failed; -ENOMEM. It runs with LC_ALL=C, without a pager,
 * with stdin and stderr on /dev/null; no child is left behind in any case.
 */
int sp_host_groups(struct sp_groups **ret);
