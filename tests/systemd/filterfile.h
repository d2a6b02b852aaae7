/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How read-filters hands the programs of a task over: for each, oldest first, a number of
 * instructions as uint32_t and the instructions.
 */

#include "bpf.h"

#define FILTERS_MAX 64

/*
 * Reads at most FILTERS_MAX programs. No file means none: the process never came to have one. Ends
 * the test program where the file is broken.
 */
size_t filterfile_read(const char *path, struct bpf_program *programs);
