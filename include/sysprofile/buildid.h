/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* Enough for 64 bytes of id; linkers make 8 to 32. */
#define SP_BUILD_ID_SIZE 129

/*
 * The build id of an ELF file (NT_GNU_BUILD_ID of elf(5)) in hexadecimal. -ENOENT: it has none;
 * -ENOEXEC: it is no ELF file of this machine's byte order, or a damaged one.
 */
int sp_build_id(const char *path, char ret[static SP_BUILD_ID_SIZE]);
