/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Waits that must not learn of what only a tracer sees. A signal that is ignored does not wake a
 * task, but a traced one is woken to report it (ptrace(2)), and an interrupt wakes it as well. Most
 * calls then go on by themselves; a few give up with EINTR though no handler ran (signal(7),
 * "Interruption of system calls and library functions by stop signals"), and these are begun again
 * here. Only where they wait without a time limit: begun again, a limit would count from zero, and
 * signals that come often enough would put it off for ever. Done on x86-64.
 */

#include <sys/types.h>

/*
 * tid is in a signal-delivery-stop for sig, or with 0 in the stop that PTRACE_INTERRUPT asked for,
 * and was in no group-stop since its call began: that ends these calls untraced, too. A handler
 * that runs for sig still ends the call with EINTR.
 */
void sp_restart_call(pid_t tid, int sig);

/* The same for a call that was interrupted as it began: of its time limit nothing was used up. */
void sp_restart_begun_call(pid_t tid);
