/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a program needs: from a file of names such as --format=names writes, or from anything that
 * --input reads.
 */

#include "sysprofile/sysset.h"

/* SP_EXIT_OK; or another status, and the reason has been told. */
int sp_needs_read(const char *path, struct sp_sysset *ret);
