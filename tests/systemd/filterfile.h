/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How read-filters hands the programs of a task to compare-filters: for each, oldest first, a
 * number of instructions as uint32_t and the instructions. */

#define FILTERS_MAX 32
