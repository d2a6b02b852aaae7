/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "sysprofile/log.h"
#include "sysprofile/util.h"

#include "install-private.h"

/* What `systemctl restart` is to be given: of a template, all its instances. */
static char *restart_word(const char *unit)
{
	const char *at = strstr(unit, "@.");
	char *word;

	if (!at)
		return strdup(unit);
	return asprintf(&word, "'%.*s@*%s'", (int)(at - unit), unit, at + 1) < 0 ? NULL : word;
}

void sp_install_say_next(const struct sp_install *install)
{
	const struct sp_options *o = install->o;
	const char *user = o->user ? "--user " : "";
	_cleanup_(sp_freep) char *word = restart_word(sp_install_unit(install));

	if (!install->written)
		return;
	sp_info("wrote %s", install->place.shown);
	if (o->root)
		sp_info("it counts from the next boot of what is below %s, or where that runs "
			"already:",
			o->root);
	else
		sp_info("for it to count:");
	sp_info("  systemctl %sdaemon-reload", user);
	sp_info("  systemctl %srestart %s", user, word ? word : sp_install_unit(install));
}
