/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Exits with the status given. */

#include "tracee.h"

int main(int argc, char *argv[])
{
	SAY("leaving with %s\n", argc > 1 ? argv[1] : "0");
	return argc > 1 ? atoi(argv[1]) : 0;
}
