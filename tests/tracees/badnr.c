/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Numbers that no system call has. The last two are what libseccomp calls socket and arch_prctl on
 * machines that lack them (its pseudo numbers): nobody may take them for those.
 */

#include "tracee.h"

int main(void)
{
	static const long numbers[] = { 600,	    1023, 16384, 65535, 65536, 70000,
					0x20000000, -1,	  -2,	 -101,	-10001 };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		long result = syscall(numbers[i], 0, 0, 0);

		SAY("%ld: %s\n", numbers[i], tracee_result(result));
	}
	return 0;
}
