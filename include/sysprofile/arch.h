/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * ABIs. A system call belongs to an ABI call by call, not process by process: a 64-bit program
 * may enter the kernel through int 0x80 (i386), and x32 is marked by bit 30 of the number.
 */

#include <stddef.h>
#include <stdint.h>

/* libseccomp's architecture token (SCMP_ARCH_*), which tells x32 from x86-64. 0 is no ABI. */
typedef uint32_t sp_abi;

/* The ABI of this machine's own 64-bit (or only) programs. */
sp_abi sp_abi_native(void);

/*
 * From what the kernel reports: audit_arch as in PTRACE_GET_SYSCALL_INFO or seccomp_data.arch
 * (AUDIT_ARCH_*), nr as the register held it. An architecture that this table does not know is
 * its own ABI with the token audit_arch, so that nothing is lost.
 */
sp_abi sp_abi_of_call(uint32_t audit_arch, uint64_t nr);

/*
 * systemd's name as SystemCallArchitectures= takes it (systemd.exec(5)): "x86-64", "x86", "x32",
 * "arm64". NULL for an unknown one.
 */
const char *sp_abi_name(sp_abi abi);

/* The reverse, also of "native". 0 when the name is not one. */
sp_abi sp_abi_from_name(const char *name);

/*
 * The ABIs that systemd builds a filter for on this machine, native first (seccomp-util.c keeps a
 * list per local architecture). Terminated by 0, static.
 */
const sp_abi *sp_abi_local(void);
