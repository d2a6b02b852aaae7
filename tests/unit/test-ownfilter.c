/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/ownfilter.h"

#include <criterion/criterion.h>
#include <unistd.h>

#include "sysprofile/prefilter.h"
#include "sysprofile/syscalls.h"

/* Asked the long way round: each message, for the name of its number. */
Test(ownfilter, arguments_are_asked_for_with_the_calls_that_must_be_seen_and_no_others)
{
	static struct sp_ownfilter filters;
	size_t n = 0;

	sp_ownfilter_init(&filters, getpid(), true);
	for (unsigned long data = 0; data < SP_PREFILTER_ASK; data++) {
		uint32_t arch;
		uint64_t nr;
		sp_call call;
		bool must = sp_prefilter_decode(data, &arch, &nr) &&
			    sp_call_from_number(sp_abi_of_call(arch, nr), nr, &call) == 0 &&
			    sp_prefilter_must_see(sp_call_name(call));

		cr_expect_eq(sp_ownfilter_needs_arguments(&filters, data), must, "%#lx", data);
		n += must;
	}
	cr_expect_gt(n, 10);
}

Test(ownfilter, without_a_filter_of_ours_nobody_needs_to_be_asked)
{
	static struct sp_ownfilter filters;

	sp_ownfilter_init(&filters, getpid(), false);
	cr_expect(sp_ownfilter_is_plain(&filters, getpid()));
	cr_expect_not(sp_ownfilter_needs_arguments(&filters, 0));
}
