/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The system call that a task was in when it was stopped in the middle of its life. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * tid is stopped. True: it is in a call, or has just come out of one; *ret_arch and *ret_nr as
 * sp_event has them. A call that waits and was interrupted before may be known as
 * restart_syscall(2) only. False at the entry of a call, which is reported by itself. Done on
 * x86-64; elsewhere only a stop at the exit of a call tells, and the answer is always false.
 */
bool sp_call_under_way(pid_t tid, uint32_t *ret_arch, uint64_t *ret_nr);
