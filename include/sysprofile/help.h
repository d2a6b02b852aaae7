/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdio.h>

/* --help and --version. No line is wider than 80 columns. */
void sp_help_print(FILE *f);
void sp_help_print_version(FILE *f);
