/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The end of tracees that nobody will serve any more. */

#include "sysprofile/tracee.h"

/*
 * Kills and reaps all of them, and what they bring forth meanwhile; each is removed as it goes.
 * What does not die within seconds (uninterruptible sleep) is left to PTRACE_O_EXITKILL.
 */
void sp_teardown(struct sp_tracees *tracees);
