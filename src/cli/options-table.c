/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options-private.h"

#include "sysprofile/util.h"

enum {
	RECORD = 1u << SP_VERB_RECORD,
	GROUPS = 1u << SP_VERB_GROUPS,
	LOOKING = 1u << SP_VERB_EXPLAIN | 1u << SP_VERB_DIFF,
	VERIFY = 1u << SP_VERB_VERIFY,
	IMPORT = 1u << SP_VERB_IMPORT,
	ATTACH = 1u << SP_VERB_ATTACH,
	RUNNING = RECORD | VERIFY,
	FOLLOWING = RUNNING | ATTACH,
	MERGE = 1u << SP_VERB_MERGE,
	WHY = 1u << SP_VERB_WHY,
	SHOW = 1u << SP_VERB_SHOW,
	RESULT = RECORD | IMPORT | ATTACH,
	FILTERS = FOLLOWING | GROUPS | LOOKING | IMPORT,
	ALL = FILTERS | MERGE | WHY | SHOW,
};

const struct sp_option sp_option_table[] = {
	[OPTION_RUN_AS] = { 0, "run-as", "USER", "run the command as USER, with its groups",
			    RUNNING },
	[OPTION_DURATION] = { 'd', "duration", "TIME", "end the run after TIME (90, 5min, 1h 30s)",
			      FOLLOWING },
	[OPTION_QUIET_FOR] = { 0, "quiet-for", "TIME", "end the run when no new call came for TIME",
			       RECORD | ATTACH },
	[OPTION_STOP_TIMEOUT] = { 0, "stop-timeout", "TIME",
				  "kill what has not stopped TIME after it was asked to;\n"
				  "default 90s",
				  RUNNING },
	[OPTION_OUTPUT] = { 'o', "output", "FILE", "write the result there, not on stdout",
			    FOLLOWING | MERGE | IMPORT },
	[OPTION_FORMAT] = { 'f', "format", "FORMAT",
			    "drop-in (default), names (one observed call a line),\n"
			    "oci (Docker and Podman), or json (the profile); of the\n"
			    "verbs: text (default), json, list (explain: a call a\n"
			    "line)",
			    FOLLOWING | LOOKING | SHOW | IMPORT },
	[OPTION_STYLE] = { 's', "style", "STYLE",
			   "groups (default): fewest words for least risk;\n"
			   "exact: nothing but what was seen;\n"
			   "deny: refuse the groups that were never touched",
			   RESULT },
	[OPTION_PRICE] = { 0, "price", "N",
			   "what a word costs beside the risk of what it keeps out;\n"
			   "less than 40 (default): more words, and less allowed",
			   RESULT },
	[OPTION_EXPLICIT_DENY] = { 0, "explicit-deny", NULL,
				   "refuse the high-risk groups that were never touched by\n"
				   "name, also where no word allows them",
				   RESULT },
	[OPTION_ACTION] = { 0, "action", "ACTION",
			    "what a refused call gets: an errno name (default\n"
			    "EPERM), kill, or log (allow, but log)",
			    RESULT },
	[OPTION_SYSTEMD] = { 0, "systemd", "VERSION",
			     "the release to write for: 252, 252.39, rhel8;\n"
			     "default: this host's",
			     FILTERS | SHOW },
	[OPTION_ASSUME] = { 0, "assume", "LIST",
			    "let these calls and @groups pass unwatched at full\n"
			    "speed, and allow them",
			    RESULT },
	[OPTION_HEADROOM] = { 0, "headroom", "KIND",
			      "none (default of exact) or family (of the others):\n"
			      "allow what upgrades may call instead, told apart;\n"
			      "startup: also what programs call at their start here",
			      RESULT },
	[OPTION_PROFILE] = { 'P', "profile", "FILE",
			     "add to what FILE knows of earlier runs, and let that\n"
			     "pass at full speed; it need not exist",
			     RESULT },
	[OPTION_WARM_UP] = { 0, "warm-up", "TIME",
			     "with --profile: run the command for TIME to learn, stop\n"
			     "it, and run it again at full speed",
			     RECORD },
	[OPTION_NO_SECCOMP] = { 0, "no-seccomp", NULL,
				"stop each call twice with ptrace alone (slower)", RUNNING },
	[OPTION_QUIET] = { 'q', "quiet", NULL, "errors only: no summary, no warnings", ALL },
	[OPTION_VERBOSE] = { 'v', "verbose", NULL,
			     "also list each call: who made it first, how often", ALL },
	[OPTION_NO_PROGRESS] = { 0, "no-progress", NULL, "no status line on the terminal",
				 FOLLOWING },
	[OPTION_COLOR] = { 0, "color", "WHEN", "auto (default), always, or never", ALL },
	[OPTION_HELP] = { 'h', "help", NULL, "show this and exit", ALL },
	[OPTION_VERSION] = { 0, "version", NULL, "show versions and exit", ALL },
	[OPTION_ROOT] = { 0, "root", "DIR", "look for units, and for the release, below DIR",
			  LOOKING | VERIFY | RESULT },
	[OPTION_ABI] = { 0, "abi", "ABI",
			 "the calls of this ABI (x86-64, x86, x32, ...);\n"
			 "default: the machine's own",
			 LOOKING },
	[OPTION_ENFORCE] = { 0, "enforce", NULL, "really load the filter before COMMAND", VERIFY },
	[OPTION_NEEDS] = { 0, "needs", "FILE",
			   "explain: also, what would be written for the calls in\n"
			   "FILE: names, as -f names writes them, or whatever\n"
			   "--input reads; may be given repeatedly",
			   1u << SP_VERB_EXPLAIN },
	[OPTION_INPUT] = { 'i', "input", "FILE",
			   "read a saved profile or a log instead of a run; - is\n"
			   "stdin; may be given repeatedly",
			   IMPORT | VERIFY },
	[OPTION_COMM] = { 0, "comm", "NAME", "only calls of tasks called NAME", IMPORT },
	[OPTION_EXE] = { 0, "exe", "PATH", "only calls of the program PATH", IMPORT },
	[OPTION_PID] = { 'p', "pid", "PID",
			 "follow the running process PID (or several: 1,2), its\n"
			 "threads and descendants; with -i: only calls of PID",
			 ATTACH | IMPORT },
	[OPTION_FORCE] = { 0, "force", NULL,
			   "write an allow-list although no start was seen; with\n"
			   "--drop-in: overwrite, and whatever other files say",
			   RESULT },
	[OPTION_DROP_IN] = { 0, "drop-in", "UNIT",
			     "write the drop-in beside UNIT, below\n"
			     "/etc/systemd/system; with -p UNIT may be left out",
			     RESULT, true },
	[OPTION_RUNTIME] = { 0, "runtime", NULL, "with --drop-in: below /run, until the next boot",
			     RESULT },
	[OPTION_USER] = { 0, "user", NULL, "with --drop-in: UNIT is one of the user's manager",
			  RESULT },
	[OPTION_DRY_RUN] = { 0, "dry-run", NULL,
			     "with --drop-in: show what would change, as a diff", RESULT },
};
const size_t sp_option_count = SP_ARRAY_SIZE(sp_option_table);
_Static_assert(SP_ARRAY_SIZE(sp_option_table) == _OPTION_MAX, "a row for each option");
