/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Cases that say what systemd makes of a text, shared by the tests of the filter model: the
 * vectors, taken from systemd 252 itself, and cases that need other releases. The expected sets
 * are written as plain set algebra over groups and are worked out without the filter.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "sysprofile/filter.h"
#include "sysprofile/util.h"

#include "../../src/analysis/filter-private.h"

#define CASE_FILES  3
#define CASE_PROBES 6

struct filter_probe {
	const char *abi;  /* "native", "x86", "x32", "arm" */
	const char *call; /* a name, or a number in decimal */
	enum sp_action action;
	int err; /* SP_ACTION_ERRNO only */
};

struct filter_case {
	const char *name;
	const char *release; /* NULL: 252.39 */
	const char *listing; /* instead of the built-in table: major release and listing */
	const char *file;    /* name of the first file; NULL: a.service */
	const char *text[CASE_FILES];
	int result;	  /* of the last sp_filter_parse() */
	const char *map;  /* all of systemd's map: "@default +read -@mount"; NULL: not looked at */
	const char *errs; /* "write=1 open=kill": the map's own errnos, all of them */
	size_t count; /* of the map, as systemd with libseccomp 2.5.4 has it; 0: not looked at */
	bool allow_list;
	bool inactive; /* nothing is loaded */
	struct filter_probe probes[CASE_PROBES];
};

#define SERVICE	      "[Service]\n"
#define FILTER(words) "SystemCallFilter=" words "\n"
#define KILL_P	      SP_ACTION_KILL_PROCESS

/* What systemd 252.39 was seen to do. */
static const struct filter_case filter_vectors[] = {
	{ "1", .text = { SERVICE FILTER("read") }, .map = "@default +read", .count = 62,
	  .allow_list = true },
	{ "2", .text = { SERVICE FILTER("@io-event") FILTER("~poll") },
	  .map = "@default +@io-event -poll", .allow_list = true },
	{ "3", .text = { SERVICE FILTER("~@default") FILTER("read") }, .map = "@default",
	  .count = 61 },
	{ "4", .text = { SERVICE FILTER("~ptrace") FILTER("ptrace") }, .map = "", .inactive = true,
	  .probes = { { "native", "ptrace", SP_ACTION_ALLOW } } },
	{ "5", .text = { SERVICE FILTER("~") FILTER("read") }, .map = "", .inactive = true },
	{ "6", .text = { SERVICE FILTER("@system-service") FILTER("~@resources") },
	  .map = "@default +@system-service -ioprio_set -mbind -migrate_pages -move_pages -nice "
		 "-sched_setaffinity -sched_setattr -sched_setparam -sched_setscheduler "
		 "-set_mempolicy -set_mempolicy_home_node -setpriority -setrlimit",
	  .count = 361, .allow_list = true,
	  .probes = { { "native", "prlimit64", SP_ACTION_ALLOW },
		      { "native", "sched_getaffinity", SP_ACTION_ALLOW },
		      { "native", "setrlimit", KILL_P } } },
	{ "7",
	  .text = { SERVICE FILTER("@system-service")
			    FILTER("~@privileged") "SystemCallErrorNumber=EPERM\n" },
	  .map = "@default +@system-service -@privileged", .count = 356, .allow_list = true,
	  .probes = { { "native", "chown", SP_ACTION_ERRNO, EPERM },
		      { "native", "setgid", SP_ACTION_ALLOW },
		      { "native", "setresgid", SP_ACTION_ALLOW },
		      { "native", "capget", SP_ACTION_ALLOW },
		      { "native", "setuid", SP_ACTION_ERRNO, EPERM },
		      { "native", "fchownat", SP_ACTION_ERRNO, EPERM } } },
	{ "8",
	  .text = { SERVICE FILTER("@system-service") FILTER("~@privileged @resources")
			    FILTER("chown") },
	  .map = "@default +@system-service -@privileged -@resources +chown", .count = 344,
	  .allow_list = true },
	{ "9", .text = { SERVICE FILTER("@basic-io") FILTER("") FILTER("~@mount") },
	  .map = "@mount", .count = 12 },
	{ "10", .text = { SERVICE FILTER("@basic-io ~write") }, .map = "@default +@basic-io",
	  .count = 78, .allow_list = true, .probes = { { "native", "write", SP_ACTION_ALLOW } } },
	{ "11", .text = { SERVICE FILTER("~@mount") FILTER("@basic-io") }, .map = "@mount",
	  .count = 12, .probes = { { "native", "ptrace", SP_ACTION_ALLOW } } },
	{ "12", .text = { SERVICE FILTER("@basic-io") FILTER("~write:EPERM") },
	  .map = "@default +@basic-io", .errs = "write=1", .count = 78, .allow_list = true,
	  .probes = { { "native", "write", SP_ACTION_ERRNO, EPERM } } },
	{ "13", .text = { SERVICE FILTER("read:EPERM") }, .map = "@default", .count = 61,
	  .allow_list = true, .probes = { { "native", "read", KILL_P } } },
	{ "14", .text = { SERVICE FILTER("@nosuchgroup") }, .map = "@default", .count = 61,
	  .allow_list = true },
	{ "14 @sandbox", .text = { SERVICE FILTER("@sandbox") }, .map = "@default", .count = 61,
	  .allow_list = true },
	{ "15", .text = { SERVICE FILTER("~@nosuchgroup") }, .map = "", .inactive = true },
	{ "16", .text = { SERVICE FILTER("socketcall vm86 read") },
	  .map = "@default +socketcall +vm86 +read", .count = 64, .allow_list = true,
	  .probes = { { "x86", "socketcall", SP_ACTION_ALLOW },
		      { "x86", "vm86", SP_ACTION_ALLOW },
		      { "x86", "write", KILL_P } } },
	{ "17", .text = { SERVICE FILTER("@basic-io") FILTER("~@file-system") },
	  .map = "@default +@basic-io -close", .count = 77, .allow_list = true,
	  .probes = { { "native", "mmap", SP_ACTION_ALLOW } } },
	{ "18", .text = { SERVICE FILTER("@basic-io") FILTER("~@default") }, .map = "@basic-io",
	  .count = 17, .allow_list = true, .probes = { { "native", "execve", KILL_P } } },
	{ "19", .text = { SERVICE FILTER("@timer @process") FILTER("~@timer") },
	  .map = "@default +@process -times", .count = 82, .allow_list = true },
	{ "20",
	  .text = { SERVICE FILTER(
		  "~@obsolete:ENOSYS @mount:kill") "SystemCallErrorNumber=EPERM\n" },
	  .map = "@obsolete +@mount", .errs = "@obsolete=38 @mount=kill", .count = 39,
	  .probes = { { "native", "mount", KILL_P },
		      { "native", "uselib", SP_ACTION_ERRNO, ENOSYS },
		      { "native", "read", SP_ACTION_ALLOW } } },
	{ "21", .text = { SERVICE FILTER("~write:EPERM write:EACCES") FILTER("~write") },
	  .map = "write", .probes = { { "native", "write", KILL_P } } },
	{ "21 before", .text = { SERVICE FILTER("~write:EPERM write:EACCES") }, .map = "write",
	  .errs = "write=13", .probes = { { "native", "write", SP_ACTION_ERRNO, EACCES } } },
	{ "22", .text = { SERVICE FILTER("@basic-io") FILTER("~write:EPERM") FILTER("write") },
	  .map = "@default +@basic-io", .allow_list = true,
	  .probes = { { "native", "write", SP_ACTION_ALLOW } } },
	{ "23", .text = { SERVICE FILTER("@known") FILTER("~@privileged") },
	  .map = "@default +@known -@privileged", .allow_list = true },
	{ "24 quotes", .text = { SERVICE FILTER("\"read\" 'write' READ Write") }, .map = "@default",
	  .count = 61, .allow_list = true },
	{ "24 commas", .text = { SERVICE FILTER("read,write") }, .map = "@default", .count = 61,
	  .allow_list = true },
	{ "24 numbers", .text = { SERVICE FILTER("0 1 read") }, .map = "@default +read",
	  .count = 62, .allow_list = true },
	{ "25",
	  .text = { SERVICE FILTER("@system-service") FILTER("~@process") FILTER("clone clone3") },
	  .map = "@default +@system-service -@process +clone +clone3", .count = 354,
	  .allow_list = true, .probes = { { "native", "execveat", KILL_P } } },
	{ "26",
	  .text = { SERVICE FILTER("@system-service") FILTER("~@resources"),
		    SERVICE FILTER("@basic-io") },
	  .map = "@default +@system-service -@resources +@basic-io", .count = 361,
	  .allow_list = true },
	{ "27", .text = { SERVICE FILTER("~@mount"), SERVICE FILTER("@basic-io") }, .map = "@mount",
	  .count = 12 },
	{ "27 with a reset",
	  .text = { SERVICE FILTER("~@mount"), SERVICE FILTER("") FILTER("@basic-io") },
	  .map = "@default +@basic-io", .count = 78, .allow_list = true },
	{ "28", .text = { SERVICE, SERVICE FILTER("~@mount"), SERVICE FILTER("mount") },
	  .map = "@mount -mount", .count = 11 },
	{ "29", .text = { SERVICE FILTER("~write:1 read:0 open:4095 close:4096") },
	  .map = "write +read +open", .errs = "write=1 read=0 open=4095", .count = 3,
	  .probes = { { "native", "write", SP_ACTION_ERRNO, 1 },
		      { "native", "read", SP_ACTION_ERRNO, 0 },
		      { "native", "open", SP_ACTION_ERRNO, 4095 },
		      { "native", "close", SP_ACTION_ALLOW } } },
	{ "30", .text = { SERVICE FILTER("~@mount") FILTER("@known") }, .map = "",
	  .inactive = true },
};

#define LISTING(name)                                                                              \
	"@default\n    # what a program needs\n    execve\n    " name                              \
	"\n\n@mount\n    # m\n    mount\n"

/* What the vectors do not reach, above all other releases. */
static const struct filter_case filter_extra_cases[] = {
	{ "@default does not come back",
	  .text = { SERVICE FILTER("read") FILTER("~@default") FILTER("write") },
	  .map = "read +write", .allow_list = true },
	{ "v236 to v247: an errno in an allow-list removes", .release = "247",
	  .text = { SERVICE FILTER("@basic-io") FILTER("~write:EPERM") },
	  .map = "@default +@basic-io -write", .allow_list = true,
	  .probes = { { "native", "write", KILL_P } } },
	{ "v236 to v247: the errno of an allowed call is not used", .release = "245",
	  .text = { SERVICE FILTER("mount:EPERM") }, .map = "@default +mount", .errs = "mount=1",
	  .allow_list = true, .probes = { { "native", "mount", SP_ACTION_ALLOW } } },
	{ "v247: but kill is", .release = "247", .text = { SERVICE FILTER("mount:kill") },
	  .map = "@default +mount", .errs = "mount=kill", .allow_list = true,
	  .probes = { { "native", "mount", KILL_P } } },
	{ "v235: no errno in words", .release = "235",
	  .text = { SERVICE FILTER("~mount:EPERM read") }, .map = "read",
	  .probes = { { "native", "mount", SP_ACTION_ALLOW } } },
	{ "v246: no kill in words", .release = "246",
	  .text = { SERVICE FILTER("~mount:kill read:EPERM") }, .map = "read", .errs = "read=1" },
	{ "v246: no kill in SystemCallErrorNumber=", .release = "246",
	  .text = { SERVICE FILTER(
		  "~read") "SystemCallErrorNumber=EACCES\nSystemCallErrorNumber=kill\n" },
	  .map = "read", .probes = { { "native", "read", SP_ACTION_ERRNO, EACCES } } },
	{ "v247: kill in SystemCallErrorNumber=", .release = "247",
	  .text = { SERVICE FILTER(
		  "~read") "SystemCallErrorNumber=EACCES\nSystemCallErrorNumber=kill\n" },
	  .map = "read", .probes = { { "native", "read", KILL_P } } },
	{ "an empty SystemCallErrorNumber= means kill",
	  .text = { SERVICE FILTER(
		  "~read") "SystemCallErrorNumber=EACCES\nSystemCallErrorNumber=\n" },
	  .map = "read", .probes = { { "native", "read", KILL_P } } },
	{ "0 is no error number",
	  .text = { SERVICE FILTER(
		  "~read") "SystemCallErrorNumber=EACCES\nSystemCallErrorNumber=0\n" },
	  .map = "read", .probes = { { "native", "read", SP_ACTION_ERRNO, EACCES } } },
	{ "nor is nonsense",
	  .text = { SERVICE FILTER(
		  "~read") "SystemCallErrorNumber=EACCES\n"
			   "SystemCallErrorNumber=EWHAT\nSystemCallErrorNumber=4096\n"
			   "SystemCallErrorNumber=-1\n" },
	  .map = "read", .probes = { { "native", "read", SP_ACTION_ERRNO, EACCES } } },
	{ "numbers from v236 on", .release = "236",
	  .text = { SERVICE FILTER("~read") "SystemCallErrorNumber=0x10\n" }, .map = "read",
	  .probes = { { "native", "read", SP_ACTION_ERRNO, 16 } } },
	{ "names only before", .release = "235",
	  .text = { SERVICE FILTER(
		  "~read") "SystemCallErrorNumber=EPERM\nSystemCallErrorNumber=16\n" },
	  .map = "read", .probes = { { "native", "read", SP_ACTION_ERRNO, EPERM } } },
	{ "v242 kills the thread", .release = "242", .text = { SERVICE FILTER("~read") },
	  .map = "read", .probes = { { "native", "read", SP_ACTION_KILL_THREAD } } },
	{ "v243 kills the process", .release = "243", .text = { SERVICE FILTER("~read") },
	  .map = "read", .probes = { { "native", "read", KILL_P } } },
	{ "rhel8 kills the thread", .release = "rhel8", .text = { SERVICE FILTER("~read") },
	  .map = "read", .probes = { { "native", "read", SP_ACTION_KILL_THREAD } } },
	{ "v237 to v241: @default must be known", .listing = "239\n" LISTING("no_such_call"),
	  .text = { SERVICE FILTER("mount") }, .result = -EBADMSG, .allow_list = true },
	{ "v236: it need not be", .listing = "236\n" LISTING("no_such_call"),
	  .text = { SERVICE FILTER("mount no_such_call") }, .map = "execve +mount",
	  .allow_list = true },
	{ "v242: it need not be", .listing = "242\n" LISTING("no_such_call"),
	  .text = { SERVICE FILTER("mount no_such_call") }, .map = "execve +mount",
	  .allow_list = true },
	{ "v239: it does not matter to a deny-list", .listing = "239\n" LISTING("no_such_call"),
	  .text = { SERVICE FILTER("~@default") }, .map = "execve" },
	{ "v236 to v239: a second errno", .release = "239",
	  .text = { SERVICE FILTER("~read:EPERM read:EACCES") }, .result = -EBADMSG, .map = "read",
	  .errs = "read=1" },
	{ "v236 to v239: the same errno again", .release = "239",
	  .text = { SERVICE FILTER("~read:EPERM read:EPERM") }, .map = "read", .errs = "read=1" },
	{ "v240: a second errno", .release = "240",
	  .text = { SERVICE FILTER("~read:EPERM read:EACCES") }, .map = "read", .errs = "read=13" },
	{ "v231 takes quoted words", .release = "231",
	  .text = { SERVICE FILTER("\"read\" 'mount' re\\ad \"write\"x fork") },
	  .map = "@default +read +mount", .allow_list = true },
	{ "v232 does not", .release = "232", .text = { SERVICE FILTER("~\"read\" 'mount' mount") },
	  .map = "mount" },
	{ "a backslash hides in a word", .text = { SERVICE FILTER("~re\\ad moun\\t:EPERM") },
	  .map = "read +mount", .errs = "mount=1" },
	{ "a backslash at the end ends the words", .text = { SERVICE FILTER("~read mount \\ ") },
	  .map = "read +mount" },
	{ "v257 answers ENOSYS to what is newer", .release = "257",
	  .text = { SERVICE FILTER("@system-service") }, .allow_list = true,
	  .probes = { { "native", "read", SP_ACTION_ALLOW },
		      { "native", "mount", KILL_P },
		      { "native", "1000", SP_ACTION_ERRNO, ENOSYS },
		      { "x86", "mount", KILL_P },
		      { "x86", "vm86", SP_ACTION_ERRNO, ENOSYS },
		      { "x86", "1000", SP_ACTION_ERRNO, ENOSYS } } },
	{ "v257 but not of a deny-list", .release = "257", .text = { SERVICE FILTER("~mount") },
	  .map = "mount",
	  .probes = { { "native", "1000", SP_ACTION_ALLOW }, { "native", "mount", KILL_P } } },
	{ "v254 refuses what is newer", .release = "254", .text = { SERVICE FILTER("read") },
	  .map = "@default +read", .allow_list = true,
	  .probes = { { "native", "1000", KILL_P }, { "x86", "vm86", KILL_P } } },
	{ "v257 allows write", .release = "257", .text = { SERVICE FILTER("read") },
	  .map = "@default +read +write", .allow_list = true,
	  .probes = { { "native", "write", SP_ACTION_ALLOW },
		      { "x86", "write", SP_ACTION_ALLOW } } },
	{ "v257 cannot deny write", .release = "257", .text = { SERVICE FILTER("~write") },
	  .map = "", .inactive = true, .probes = { { "native", "write", SP_ACTION_ALLOW } } },
	{ "v257 takes write back", .release = "257",
	  .text = { SERVICE FILTER("@basic-io") FILTER("~write") }, .map = "@default +@basic-io",
	  .allow_list = true },
	{ "v256 before its second point release", .release = "256",
	  .text = { SERVICE FILTER("~write") }, .map = "write",
	  .probes = { { "native", "write", KILL_P } } },
	{ "v256.17 as v257", .release = "256.17", .text = { SERVICE FILTER("~write") }, .map = "",
	  .inactive = true },
	{ "the same word on every ABI",
	  .text = { SERVICE FILTER("~read openat") "SystemCallErrorNumber=EPERM\n" },
	  .map = "read +openat",
	  .probes = { { "native", "read", SP_ACTION_ERRNO, EPERM },
		      { "x86", "read", SP_ACTION_ERRNO, EPERM },
		      { "x32", "openat", SP_ACTION_ERRNO, EPERM },
		      { "x86", "write", SP_ACTION_ALLOW },
		      { "arm", "3", SP_ACTION_ALLOW } } },
	{ "v232 knows the local ABIs only", .release = "232", .text = { SERVICE FILTER("~read") },
	  .map = "read",
	  .probes = { { "arm", "4", SP_ACTION_KILL_THREAD },
		      { "x86", "write", SP_ACTION_ALLOW } } },
	{ "native", .text = { SERVICE "SystemCallArchitectures=native\n" }, .map = "",
	  .inactive = true,
	  .probes = { { "native", "read", SP_ACTION_ALLOW },
		      { "x86", "read", SP_ACTION_KILL_THREAD },
		      { "x32", "read", SP_ACTION_KILL_THREAD },
		      { "arm", "3", SP_ACTION_KILL_THREAD } } },
	{ "x86 does not block the native ABI", .text = { SERVICE "SystemCallArchitectures=x86\n" },
	  .map = "", .inactive = true,
	  .probes = { { "native", "read", SP_ACTION_ALLOW },
		      { "x86", "read", SP_ACTION_ALLOW },
		      { "x32", "read", SP_ACTION_KILL_THREAD } } },
	{ "architectures add up",
	  .text = { SERVICE "SystemCallArchitectures=native bogus\n"
			    "SystemCallArchitectures=\"x86\"\n" },
	  .map = "", .inactive = true,
	  .probes = { { "x86", "read", SP_ACTION_ALLOW },
		      { "x32", "read", SP_ACTION_KILL_THREAD } } },
	{ "two lines of architectures",
	  .text = { SERVICE "SystemCallArchitectures=x86\n"
			    "SystemCallArchitectures=x32\n" },
	  .map = "", .inactive = true,
	  .probes = { { "x86", "read", SP_ACTION_ALLOW }, { "x32", "read", SP_ACTION_ALLOW } } },
	{ "architectures reset",
	  .text = { SERVICE "SystemCallArchitectures=native\nSystemCallArchitectures=\n" },
	  .map = "", .inactive = true, .probes = { { "x86", "read", SP_ACTION_ALLOW } } },
	{ "the more severe filter wins",
	  .text = { SERVICE FILTER(
		  "~read write") "SystemCallArchitectures=native\n"
				 "SystemCallErrorNumber=EPERM\nSystemCallLog=~execve\n" },
	  .map = "read +write",
	  .probes = { { "x86", "read", SP_ACTION_KILL_THREAD },
		      { "native", "read", SP_ACTION_ERRNO, EPERM },
		      { "native", "mount", SP_ACTION_LOG },
		      { "native", "execve", SP_ACTION_ALLOW },
		      { "native", "1000", SP_ACTION_LOG } } },
	{ "SystemCallLog= does not begin with @default",
	  .text = { SERVICE "SystemCallLog=@mount read:EPERM\n" }, .map = "", .inactive = true,
	  .probes = { { "native", "mount", SP_ACTION_LOG },
		      { "native", "execve", SP_ACTION_ALLOW },
		      { "native", "read", SP_ACTION_ALLOW },
		      { "x86", "mount", SP_ACTION_LOG },
		      { "arm", "21", SP_ACTION_ALLOW } } },
	{ "SystemCallLog=~ alone logs nothing", .text = { SERVICE "SystemCallLog=~\n" }, .map = "",
	  .inactive = true, .probes = { { "native", "mount", SP_ACTION_ALLOW } } },
	{ "v246 has no SystemCallLog=", .release = "246",
	  .text = { SERVICE "SystemCallLog=mount\n" }, .map = "", .inactive = true,
	  .probes = { { "native", "mount", SP_ACTION_ALLOW } } },
	{ "other sections mean nothing",
	  .text = { "[Unit]\n" FILTER("~read") "[Socket]\n" FILTER("~write") }, .map = "",
	  .inactive = true },
	{ "a socket has its own section", .file = "/etc/systemd/system/a.socket.d/90-x.conf",
	  .text = { "[Unit]\n" FILTER("~read") "[Socket]\n" FILTER("~write") }, .map = "write" },
	{ "for all services", .file = "/etc/systemd/system/service.d/x.conf",
	  .text = { "[Socket]\n" FILTER("~read") "[Service]\n" FILTER("~write") }, .map = "write" },
	{ "a file that tells no type", .file = "<stdin>",
	  .text = { "[Unit]\n" FILTER("~fork") "[Mount]\n" FILTER("~read") "[Swap]\n" FILTER(
		  "~write") },
	  .map = "read +write" },
	{ "specifiers are not expanded", .text = { SERVICE FILTER("~%i re%%ad read") },
	  .map = "read" },
	{ "names unknown to libseccomp", .listing = "252\n" LISTING("no_such_call"),
	  .text = { SERVICE FILTER("no_such_call mount") }, .map = "execve +mount",
	  .allow_list = true },
	/* Both sides of the releases in which a rule begins or ends. */
	{ "v237: @default must be known", .listing = "237\n" LISTING("no_such_call"),
	  .text = { SERVICE FILTER("mount") }, .result = -EBADMSG, .allow_list = true },
	{ "v241: @default must be known", .listing = "241\n" LISTING("no_such_call"),
	  .text = { SERVICE FILTER("mount") }, .result = -EBADMSG, .allow_list = true },
	{ "v236 has errnos in words, but one for each call", .release = "236",
	  .text = { SERVICE FILTER("~read:EPERM write:5"), SERVICE FILTER("~write:6") },
	  .result = -EBADMSG, .map = "read +write", .errs = "read=1 write=5" },
	{ "v247 takes an errno on a plain line", .release = "247",
	  .text = { SERVICE FILTER("mount:EPERM") }, .map = "@default +mount", .errs = "mount=1",
	  .allow_list = true, .probes = { { "native", "mount", SP_ACTION_ALLOW } } },
	{ "v248 does not", .release = "248", .text = { SERVICE FILTER("mount:EPERM") },
	  .map = "@default", .allow_list = true },
	{ "v248 refuses with an errno in an allow-list", .release = "248",
	  .text = { SERVICE FILTER("mount") FILTER("~mount:EPERM") }, .map = "@default +mount",
	  .errs = "mount=1", .allow_list = true,
	  .probes = { { "native", "mount", SP_ACTION_ERRNO, EPERM } } },
	{ "v232 takes backslashes out", .release = "232", .text = { SERVICE FILTER("~re\\ad") },
	  .map = "read" },
	{ "v233 has a filter for each ABI", .release = "233", .text = { SERVICE FILTER("~read") },
	  .map = "read", .probes = { { "arm", "4", SP_ACTION_ALLOW } } },
	{ "v247 has SystemCallLog=", .release = "247", .text = { SERVICE "SystemCallLog=mount\n" },
	  .map = "", .inactive = true, .probes = { { "native", "mount", SP_ACTION_LOG } } },
	{ "v255 answers ENOSYS", .release = "255", .text = { SERVICE FILTER("read") },
	  .map = "@default +read", .allow_list = true,
	  .probes = { { "native", "1000", SP_ACTION_ERRNO, ENOSYS },
		      { "x86", "vm86", SP_ACTION_ERRNO, ENOSYS },
		      { "native", "mount", KILL_P } } },
	{ "v256.1 does not add write", .release = "256.1", .text = { SERVICE FILTER("~write") },
	  .map = "write" },
	{ "v256.2 does", .release = "256.2", .text = { SERVICE FILTER("~write") }, .map = "",
	  .inactive = true },
	{ "v255 answers ENOSYS to what is obsolete", .release = "255",
	  .text = { SERVICE FILTER("read") }, .allow_list = true,
	  .probes = { { "native", "uselib", SP_ACTION_ERRNO, ENOSYS },
		      { "x32", "getpmsg", SP_ACTION_ERRNO, ENOSYS } } },
	{ "v254 refuses what is obsolete", .release = "254", .text = { SERVICE FILTER("read") },
	  .allow_list = true, .probes = { { "native", "uselib", KILL_P } } },
	{ "v248 makes no filter for an ABI that is left out", .release = "248",
	  .text = { SERVICE FILTER("~@mount") "SystemCallArchitectures=x86-64 x32\n" },
	  .probes = { { "x86", "mount", SP_ACTION_KILL_THREAD },
		      { "x32", "mount", KILL_P },
		      { "native", "mount", KILL_P } } },
	{ "v247 does", .release = "247",
	  .text = { SERVICE FILTER("~@mount") "SystemCallArchitectures=native x32\n" },
	  .probes = { { "x86", "mount", KILL_P }, { "x86", "read", SP_ACTION_KILL_THREAD } } },
	{ "v248 looks at the machine's own ABIs only", .release = "248",
	  .text = { SERVICE "SystemCallArchitectures=arm\n" }, .inactive = true,
	  .probes = { { "arm", "4", SP_ACTION_KILL_THREAD },
		      { "x86", "read", SP_ACTION_KILL_THREAD },
		      { "native", "read", SP_ACTION_ALLOW } } },
	{ "v248 installs nothing where none of them is left out", .release = "248",
	  .text = { SERVICE "SystemCallArchitectures=x86 x32\n" }, .inactive = true,
	  .probes = { { "arm", "4", SP_ACTION_ALLOW }, { "x86", "read", SP_ACTION_ALLOW } } },
	{ "v247 looks at all ABIs", .release = "247",
	  .text = { SERVICE "SystemCallArchitectures=arm\n" }, .inactive = true,
	  .probes = { { "arm", "4", SP_ACTION_ALLOW },
		      { "x86", "read", SP_ACTION_KILL_THREAD },
		      { "arm64", "4", SP_ACTION_KILL_THREAD } } },
	{ "v248.7 forgets the native filter", .release = "248.7",
	  .text = { SERVICE FILTER("~mount") "SystemCallArchitectures=native\n" },
	  .probes = { { "native", "mount", SP_ACTION_ALLOW },
		      { "x86", "mount", SP_ACTION_KILL_THREAD } } },
	{ "v249.4 forgets the log of native calls", .release = "249.4", .inactive = true,
	  .text = { SERVICE "SystemCallLog=mount\nSystemCallArchitectures=native x86\n" },
	  .probes = { { "native", "mount", SP_ACTION_ALLOW }, { "x86", "mount", SP_ACTION_LOG } } },
	{ "v249.4 keeps it where the ABI is named", .release = "249.4",
	  .text = { SERVICE FILTER("~mount") "SystemCallArchitectures=native x86-64\n" },
	  .probes = { { "native", "mount", KILL_P } } },
	{ "v249.4 keeps it where the names are forgotten", .release = "249.4",
	  .text = { SERVICE FILTER("~mount") "SystemCallArchitectures=native\n"
					     "SystemCallArchitectures=\n" },
	  .probes = { { "native", "mount", KILL_P } } },
	{ "v248.8 does not forget it", .release = "248.8",
	  .text = { SERVICE FILTER("~mount") "SystemCallArchitectures=native\n" },
	  .probes = { { "native", "mount", KILL_P } } },
	{ "v249.5 does not forget it", .release = "249.5",
	  .text = { SERVICE FILTER("~mount") "SystemCallArchitectures=native\n" },
	  .probes = { { "native", "mount", KILL_P } } },
	{ "v249.17 of a distribution", .release = "sles15sp4",
	  .text = { SERVICE FILTER("~mount") "SystemCallArchitectures=native\n" },
	  .probes = { { "native", "mount", KILL_P } } },
	{ "every name of an errno", .text = { SERVICE FILTER("~read:ENOTSUP write:EWOULDBLOCK") },
	  .map = "read +write", .errs = "read=95 write=11" },
};

static inline int new_case_groups(const struct filter_case *c, struct sp_groups **ret)
{
	struct sp_groups_error error;
	const char *listing;

	if (!c->listing)
		return sp_groups_new_release(c->release ? c->release : "252.39", ret);
	listing = strchr(c->listing, '\n') + 1;
	return sp_groups_parse_listing(listing, strlen(listing), (unsigned)atoi(c->listing),
				       "listing", ret, &error);
}

/* The calls behind a name or @group, those left out that libseccomp does not know. */
static inline struct sp_sysset case_set(const struct sp_groups *groups, const char *name)
{
	const struct sp_group *group = sp_groups_find(groups, name);
	struct sp_sysset all = {}, set = {};
	sp_call call;

	if (group)
		all = group->set;
	else if (sp_call_intern(name, strlen(name), &call) == 0)
		sp_sysset_add(&all, call);
	sp_sysset_foreach (i, &all)
		if (sp_call_is_known((sp_call)i))
			sp_sysset_add(&set, (sp_call)i);
	return set;
}

/* "@default +read -@mount", from left to right. */
static inline struct sp_sysset case_algebra(const struct sp_groups *groups, const char *text)
{
	struct sp_sysset result = {}, set;
	char copy[1024], *save = NULL;

	strncpy(copy, text, sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		set = case_set(groups, w + (*w == '+' || *w == '-'));
		if (*w == '-')
			sp_sysset_subtract(&result, &set);
		else
			sp_sysset_unite(&result, &set);
	}
	return result;
}

/* What "write=1 @mount=kill" says of a call. */
static inline int case_errno(const struct sp_groups *groups, const char *text, sp_call call)
{
	char copy[256], *save = NULL;
	int err = SP_FILTER_NO_ERRNO;

	strncpy(copy, text ? text : "", sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		char *value = strchr(w, '=');
		struct sp_sysset set;

		*value++ = '\0';
		set = case_set(groups, w);
		if (sp_sysset_contains(&set, call))
			err = sp_streq(value, "kill") ? SP_FILTER_KILL : atoi(value);
	}
	return err;
}

/* Whether the counts of the cases can be expected, which hold for one libseccomp on one ABI. */
static inline bool case_counts_hold(void)
{
	return sp_streq(sp_libseccomp_version(), "2.5.4") &&
	       sp_abi_native() == sp_abi_from_name("x86-64");
}

static inline bool case_map_holds(const struct filter_case *c, const struct sp_groups *groups,
				  const struct sp_filter *filter)
{
	struct sp_sysset expected, map = {}, passing = {}, listed;
	int err;

	if (!c->map)
		return true;
	expected = case_algebra(groups, c->map);
	for (unsigned i = 0; i < SP_CALLS_MAX; i++) {
		if (sp_filter_listed_errno(filter, (sp_call)i, &err) < 0)
			continue;
		sp_sysset_add(&map, (sp_call)i);
		if (err != case_errno(groups, c->errs, (sp_call)i))
			return false;
		if (err == SP_FILTER_NO_ERRNO || !c->allow_list)
			sp_sysset_add(&passing, (sp_call)i);
	}
	sp_filter_listed(filter, &listed);
	if (!sp_sysset_equal(&map, &expected) || !sp_sysset_is_subset(&passing, &listed))
		return false;
	return c->count == 0 || !case_counts_hold() || sp_sysset_count(&map) == c->count;
}

static inline bool case_probe_holds(const struct filter_probe *probe,
				    const struct sp_filter *filter)
{
	sp_abi abi = sp_abi_from_name(probe->abi);
	struct sp_verdict verdict;
	uint32_t nr = (uint32_t)atoi(probe->call);
	sp_call call;

	if (sp_call_lookup(probe->call, strlen(probe->call), &call) == 0 &&
	    sp_call_number(call, abi, &nr) < 0)
		return false;
	sp_filter_verdict(filter, abi, nr, &verdict);
	return verdict.action == probe->action &&
	       (probe->action != SP_ACTION_ERRNO || verdict.err == probe->err);
}

static inline int case_read(const struct filter_case *c, struct sp_filter *filter)
{
	const char *file = c->file ? c->file : "a.service";
	int r = 0;

	for (size_t i = 0; i < CASE_FILES && c->text[i]; i++) {
		r = sp_filter_parse(filter, file, c->text[i], strlen(c->text[i]), NULL, NULL);
		file = "a.service.d/90-x.conf";
	}
	return r;
}

/* NULL when the model without rule (all rules: _SP_RULE_MAX) does as the case says; else what not.
 */
static inline const char *case_broken(const struct filter_case *c, enum sp_filter_rule without)
{
	_cleanup_(sp_groups_freep) struct sp_groups *groups = NULL;
	_cleanup_(sp_filter_freep) struct sp_filter *filter = NULL;

	if (new_case_groups(c, &groups) < 0 || sp_filter_new(groups, &filter) < 0)
		return "the table of groups";
	if (without != _SP_RULE_MAX)
		sp_filter_disable_rule(filter, without);
	if (case_read(c, filter) != c->result)
		return "the result of parsing";
	if (sp_filter_is_allow_list(filter) != c->allow_list)
		return "the mode";
	if (c->result == 0 && sp_filter_is_active(filter) == c->inactive)
		return "whether anything is loaded";
	if (!case_map_holds(c, groups, filter))
		return "the map";
	for (size_t i = 0; i < CASE_PROBES && c->probes[i].abi; i++)
		if (!case_probe_holds(&c->probes[i], filter))
			return c->probes[i].call;
	return NULL;
}
