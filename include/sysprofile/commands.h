/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The command lines of a unit, and which of them run under its filter: all but those with "+"
 * (systemd.service(5), "Command lines"), and those of a service with PermissionsStartOnly=yes that
 * are not ExecStart=. Mounts and swaps have none of their own: systemd runs mount(8), umount(8),
 * swapon(8) and swapoff(8) for them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "sysprofile/unittext.h"

struct sp_command {
	const char *directive; /* "ExecStartPre"; static */
	char *text;	       /* owned: one command with its prefixes, as it was written */
	const char *file;      /* borrowed from the texts */
	unsigned line;
	bool filtered;
	bool privileged; /* "+": no other sandboxing either, and root, whatever User= says */
	bool no_setuid;	 /* "!": root, whatever User= says, and all else as without it */
};

/* All zero is empty. */
struct sp_commands {
	struct sp_command *v;
	size_t n;
	bool is_socket;	 /* there is a [Socket] that listens */
	bool start_only; /* PermissionsStartOnly=yes */
};

/*
 * Reads the commands in effect: an empty assignment takes back those of its directive. major is the
 * release of systemd. *ret is all zero before, and to be freed also after a failure. 0 or -ENOMEM;
 * what systemd would not read is left out.
 */
int sp_commands_read(const struct sp_unit_texts *texts, unsigned major, struct sp_commands *ret);

void sp_commands_done(struct sp_commands *commands);
