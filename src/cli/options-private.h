/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The order of sp_option_table[], which options-table.c fills and options.c reads by. */

#include "sysprofile/options.h"

enum option_index {
	OPTION_RUN_AS,
	OPTION_DURATION,
	OPTION_STOP_TIMEOUT,
	OPTION_OUTPUT,
	OPTION_FORMAT,
	OPTION_STYLE,
	OPTION_ACTION,
	OPTION_SYSTEMD,
	OPTION_ASSUME,
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
	_OPTION_MAX,
};
