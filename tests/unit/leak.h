/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A criterion worker ends without LeakSanitizer's report, so tests of modules that own memory ask
 * for it in their body. Nothing in builds without it.
 */

#include <criterion/criterion.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SP_HAS_LSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SP_HAS_LSAN 1
#endif

#ifdef SP_HAS_LSAN
#include <sanitizer/lsan_interface.h>
#define sp_assert_no_leak() cr_assert_eq(__lsan_do_recoverable_leak_check(), 0, "memory leaked")
#else
#define sp_assert_no_leak() ((void)0)
#endif
