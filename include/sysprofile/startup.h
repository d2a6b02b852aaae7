/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a program does before its own code runs: loader, libc, and the way out. */

#include "sysprofile/sysset.h"

/*
 * Runs a dynamically linked program that does nothing, traced, and adds what it called. What is
 * found is this host's: its libc, its loader, its kernel. 0; or negative errno, said on stderr.
 */
int sp_startup_measure(struct sp_sysset *ret);
