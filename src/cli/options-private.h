/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What options.c, which knows the form of a command line, has in common with options-table.c, which
 * names the options, and options-values.c, which knows what each of them takes.
 */

#include "sysprofile/options.h"

/* The order of sp_option_table[]. */
enum option_index {
	OPTION_RUN_AS,
	OPTION_DURATION,
	OPTION_QUIET_FOR,
	OPTION_STOP_TIMEOUT,
	OPTION_OUTPUT,
	OPTION_FORMAT,
	OPTION_STYLE,
	OPTION_PRICE,
	OPTION_EXPLICIT_DENY,
	OPTION_ACTION,
	OPTION_SYSTEMD,
	OPTION_ASSUME,
	OPTION_HEADROOM,
	OPTION_PROFILE,
	OPTION_WARM_UP,
	OPTION_NO_SECCOMP,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_NO_PROGRESS,
	OPTION_COLOR,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_ROOT,
	OPTION_ABI,
	OPTION_ENFORCE,
	OPTION_NEEDS,
	OPTION_INPUT,
	OPTION_COMM,
	OPTION_EXE,
	OPTION_PID,
	OPTION_FORCE,
	OPTION_DROP_IN,
	OPTION_RUNTIME,
	OPTION_USER,
	OPTION_DRY_RUN,
	_OPTION_MAX,
};

/* What the command line said before all of it could be understood. */
struct sp_parsing {
	struct sp_options *o;
	char *message;
	const char *format;  /* --format=, which has other values for each verb */
	uint64_t given;	     /* a bit for each option */
	bool chose_families; /* --headroom= said whether they are wanted */
};

/* Takes one option in. 0, or -EINVAL with a message. */
int sp_options_take(enum option_index option, const char *value, struct sp_parsing *parsing);

/* What --drop-in and the options that belong to it mean together. 0, or -EINVAL with a message. */
int sp_options_check_drop_in(const struct sp_parsing *parsing);

/* Writes the message, SP_OPTIONS_MESSAGE_SIZE bytes at most; returns -EINVAL. */
int __attribute__((format(printf, 2, 3)))
sp_options_complain(char *message, const char *format, ...);
