/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The fields of an audit record. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The value of key as a string, quotes and hexadecimal undone; empty when it is missing. With
 * interpreted, a bare word is what it says, though it might be hexadecimal.
 */
void sp_audit_string(const char *text, const char *key, bool interpreted, char *ret, size_t size);

/*
 * Whether a field that is read stands twice in an interpreted record: what a program calls itself
 * is not quoted there, so that it may hold fields of its own, and nobody can tell which is which.
 */
bool sp_audit_is_ambiguous(const char *text);

/* false: it is missing, or no number of that base. */
bool sp_audit_number(const char *text, const char *key, int base, uint64_t *ret);

/* AUDIT_ARCH_* from "arch=c000003e" or "arch=x86_64". */
bool sp_audit_arch(const char *text, uint32_t *ret);
