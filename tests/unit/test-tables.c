/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "imported.h"

#define HEAD                                                                                       \
	"% time     seconds  usecs/call     calls    errors syscall\n"                             \
	"------ ----------- ----------- --------- --------- ----------------\n"

Test(tables, of_strace)
{
	expect_import(HEAD " 45.00    0.000100          10        10         2 read\n"
			   "  0.00    0.000000           0         1           close\n"
			   "------ ----------- ----------- --------- --------- ----------------\n"
			   "100.00    0.000222                    11         2 total\n",
		      SP_IMPORT_SUMMARY, "0 read x10\n0 close\n");
	expect_import("syscall              calls    errors\n"
		      "---------------- --------- ---------\n"
		      "wait4                    4         2\n"
		      "clone                    1          \n"
		      "---------------- --------- ---------\n"
		      "total                  218        38\n",
		      SP_IMPORT_SUMMARY, "0 wait4 x4\n0 clone\n");
}

#ifdef __x86_64__
Test(tables, of_another_abi)
{
	expect_import(HEAD "  0.00    0.000000           0         1           sync\n"
			   "System call usage summary for 32 bit mode:\n" HEAD
			   "  0.00    0.000000           0         1         1 waitpid\n"
			   "  0.00    0.000000           0         3           getpid\n"
			   "System call usage summary for x32 mode:\n" HEAD
			   "  0.00    0.000000           0         3           getpid\n",
		      SP_IMPORT_SUMMARY,
		      "0 sync\n0 x86:waitpid\n0 x86:getpid x3\n0 x32:getpid x3\n");
}
#endif

/* -C: what was counted is in the log as well. */
Test(tables, behind_a_log_count_nothing)
{
	expect_import("12 sync() = 0\n" HEAD
		      "  0.00    0.000000           0         1           sync\n"
		      "------ ----------- ----------- --------- --------- ----------------\n"
		      "100.00    0.000222                    11         2 total\n",
		      SP_IMPORT_STRACE, "+12\n12 sync\n");
}

Test(tables, of_perf_trace)
{
	expect_import(
		" Summary of events:\n\n dd (4711), 2012 events, 99.5%\n\n"
		"   syscall            calls  errors  total       min       avg       max   "
		"stddev\n"
		"                                     (msec)    (msec)    (msec)    (msec)   (%)\n"
		"   --------------- --------  ------ -------- --------- --------- -----  ------\n"
		"   read                 500      0     0.511     0.001     0.001  0.02   4.23%\n"
		"   close                  1      1     0.009     0.009     0.009  0.01   0.00%\n"
		"\n\n a b (4712), 12 events, 0.5%\n\n"
		"   syscall            calls    total       min       avg       max      stddev\n"
		"                               (msec)    (msec)    (msec)    (msec)        (%)\n"
		"   --------------- -------- --------- --------- --------- ---------     ------\n"
		"   brk                    2     0.010     0.001     0.005     0.009      3.00%\n",
		SP_IMPORT_PERF, "4711 read x500\n4711 close\n4712 brk x2\n");
}

Test(tables, lines_of_perf_trace)
{
	expect_import("         ? (         ): ls/77  ... [continued]: execve()) = 0\n"
		      "     0.062 ( 0.012 ms): ls/77 brk()  = 0x55d8631d0000\n"
		      "     0.070 ( 0.012 ms): sync()  = 0\n"
		      "     0.300 ( 0.013 ms): a (b)/77 access(filename: 0x65e0d2a0, mode: R) = -1 "
		      "ENOENT\n"
		      "     0.400 (         ): ls/77 wait4(upid: -1)  ...\n"
		      "     0.700 ( 0.300 ms): ls/77  ... [continued]: wait4()) = 78\n",
		      SP_IMPORT_PERF, "77 execve\n77 brk\n0 sync\n77 access\n77 wait4\n");
}

Test(tables, maps_of_bpftrace)
{
	expect_import("Attaching 2 probes...\n\n"
		      "@[tracepoint:syscalls:sys_enter_read]: 12\n"
		      "@calls[nginx, sys_enter_openat]: 4\n"
		      "@[kprobe:__x64_sys_close]: 5\n"
		      "@[close]: 1\n"
		      "@n[1999]: 3\n",
		      SP_IMPORT_BPFTRACE,
		      "0 read x12\n0 openat x4\n0 close x5\n0 close\n0 1999 x3\n");
}

Test(tables, rows_that_are_none_are_left_out)
{
	static const char *const rows[] = {
		"  0.00    0.000000           0         x           sync",
		"  0.00    0.000000           0         0           sync",
		"  0.00    0.000000           0         1           frobnicate",
		"  0.00    0.000000           0         18446744073709551616           sync",
		"  0.00    0.000000           sync",
		"1 2 3 4 5 6 7 8 9",
		"@[sync]: none",
		"@[: 3",
		"     0.062 ( 0.012 ms): ls/-7 brk() = 0",
		"    events, ",
		" (1), 3 events, ",
		"@]x[: 3",
		"@[sync] 3",
		"@[12x]: 4",
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(rows); i++) {
		char log[400];
		struct imported imported;

		snprintf(log, sizeof(log), "%s%s\n%s\n", HEAD,
			 "  0.00    0.000000           0         1           close", rows[i]);
		imported = import_filtered(log, strlen(log), NULL);
		cr_expect_str_eq(imported.text, "0 close\n", "%s: %s", rows[i], imported.text);
		cr_expect_eq(imported.report.damaged, 1, "%s", rows[i]);
		imported_done(&imported);
	}
}
