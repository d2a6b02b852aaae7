/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/status.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "sysprofile/log.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

struct sp_status {
	bool shown;
};

/* The log clears the line through this; there is one terminal. */
static struct sp_status *current;

static void clear_line(void)
{
	if (current && current->shown) {
		fputs("\r\033[K", stderr);
		(void)fflush(stderr);
		current->shown = false;
	}
}

int sp_status_new(struct sp_status **ret)
{
	*ret = NULL;
	if (!isatty(STDERR_FILENO))
		return 0;
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	current = *ret;
	sp_log_set_before(clear_line);
	return 0;
}

struct sp_status *sp_status_free(struct sp_status *status)
{
	if (!status)
		return NULL;
	clear_line();
	sp_log_set_before(NULL);
	current = NULL;
	free(status);
	return NULL;
}

/* A line that wraps could not be cleared by a carriage return. */
static size_t terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
		return size.ws_col - 1;
	return 79;
}

void sp_status_show(struct sp_status *status, const struct sp_profile *profile, int64_t now_ns)
{
	char elapsed[SP_TIMESPAN_SIZE], quiet[SP_TIMESPAN_SIZE], line[256];
	struct sp_profile_totals t;

	/* A job in the background must not write over the shell's line. */
	if (!status || tcgetpgrp(STDERR_FILENO) != getpgrp())
		return;
	sp_profile_totals(profile, &t);
	snprintf(line, sizeof(line),
		 "%s · %zu process%s, %zu further thread%s · %zu calls known, the last new one %s "
		 "ago",
		 sp_format_timespan(now_ns, elapsed, sizeof(elapsed)), t.live_processes,
		 t.live_processes == 1 ? "" : "es", t.live_threads, t.live_threads == 1 ? "" : "s",
		 sp_profile_n_calls(profile),
		 sp_format_timespan(now_ns - (t.last_new_ns > 0 ? t.last_new_ns : 0), quiet,
				    sizeof(quiet)));
	/* Two-byte dots make the line shorter than its bytes: cutting by bytes is on the safe side.
	 */
	fprintf(stderr, "\r%.*s\033[K", (int)terminal_width(), line);
	(void)fflush(stderr);
	status->shown = true;
}
