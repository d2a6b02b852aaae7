/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Words for the user, on stderr, each message one line that begins with "sysprofile: ", warnings
 * with "sysprofile: warning: ". Only the
 * command line floor calls these: each failure is said once, by who knows what was asked for.
 */

#include <stdbool.h>

enum sp_log_level {
	SP_LOG_ERROR,	/* always */
	SP_LOG_WARNING, /* unless -q */
	SP_LOG_INFO,	/* unless -q */
	SP_LOG_DEBUG,	/* with -v */
	_SP_LOG_MAX,
};

/* Messages above this level are dropped. Default: SP_LOG_INFO. */
void sp_log_set_max_level(enum sp_log_level level);
enum sp_log_level sp_log_max_level(void);

/* Whether levels are shown by colour on stderr. */
void sp_log_set_color(bool color);

/*
 * Called before each message, to clear a status line from the terminal; NULL for none.
 */
void sp_log_set_before(void (*before)(void));

/* Control bytes in the message are escaped, so that no file name can disturb the terminal. */
void sp_log(enum sp_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define sp_error(...)	sp_log(SP_LOG_ERROR, __VA_ARGS__)
#define sp_warning(...) sp_log(SP_LOG_WARNING, __VA_ARGS__)
#define sp_info(...)	sp_log(SP_LOG_INFO, __VA_ARGS__)
#define sp_debug(...)	sp_log(SP_LOG_DEBUG, __VA_ARGS__)
