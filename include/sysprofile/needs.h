/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a program needs: from a file of names such as --format=names writes, or from anything that
 * --input reads.
 */

#include "sysprofile/profile.h"
#include "sysprofile/sysset.h"

/*
 * Adds to both: what was seen, each call on its own ABI (a name alone is one of this machine's),
 * and what earlier runs assumed. SP_EXIT_OK; or another status, and the reason has been told.
 */
int sp_needs_read(const char *path, struct sp_profile *profile, struct sp_sysset *assumed);
