/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Children made with CLONE_UNTRACED would escape (clone(2)). The flag is taken out of the call
 * at its entry and put back, into the registers or the memory of parent and child, before either
 * of them goes on: they see what they wrote. Done on x86-64 and its two other ABIs.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct sp_untraced;

int sp_untraced_new(struct sp_untraced **ret);
struct sp_untraced *sp_untraced_free(struct sp_untraced *untraced);

/* tid is stopped at the entry of a call. Cheap for a call that makes no task. 0 or -ENOMEM. */
int sp_untraced_entry(struct sp_untraced *untraced, pid_t tid, uint32_t arch, uint64_t nr,
		      uint64_t arg0);

/* Whether anything has to be put back: only then need the next two be called. */
bool sp_untraced_is_pending(const struct sp_untraced *untraced);

/* tid is stopped at the exit of a call. failed: no child came of it. */
void sp_untraced_exit(struct sp_untraced *untraced, pid_t tid, bool failed);

/* child is in its very first stop. */
void sp_untraced_birth(struct sp_untraced *untraced, pid_t child);

/* tid is gone. */
void sp_untraced_forget(struct sp_untraced *untraced, pid_t tid);
