/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Adding to a profile file that others may be adding to as well. */

#include "sysprofile/profile-json.h"

/*
 * Joins the file with history and puts the result in its place: whoever reads it finds the old or
 * the new one, and of two who do this at once neither loses what the other wrote. An empty file
 * counts as none. The lock is an flock(2) on the file itself, which stays nowhere.
 * patience_ns: how long to wait for others.
 * 0; -EAGAIN: others did not finish; -EBADMSG, -EPROTO: what is there is no profile, or a newer
 * one, and *error tells; other negative errno. The file is as it was then.
 */
int sp_profile_save(const char *path, const struct sp_history *history, int64_t patience_ns,
		    struct sp_profile_error *error);
