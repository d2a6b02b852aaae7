/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The values of directives, which directives.c reads and the other files draw conclusions from. */

#include <stdbool.h>

#include "sysprofile/directives.h"
#include "sysprofile/util.h"

enum sp_directive {
	SP_DIRECTIVE_HOSTNAME,
	SP_DIRECTIVE_ADDRESS_FAMILIES,
	SP_DIRECTIVE_WRITE_EXECUTE,
	SP_DIRECTIVE_REALTIME,
	SP_DIRECTIVE_SUID_SGID,
	SP_DIRECTIVE_NAMESPACES,
	SP_DIRECTIVE_TUNABLES,
	SP_DIRECTIVE_MODULES,
	SP_DIRECTIVE_LOGS,
	SP_DIRECTIVE_CLOCK,
	SP_DIRECTIVE_DEVICES,
	SP_DIRECTIVE_PERSONALITY,
	SP_DIRECTIVE_NO_NEW_PRIVILEGES,
	SP_DIRECTIVE_DYNAMIC_USER,
	SP_DIRECTIVE_USER,
	_SP_DIRECTIVE_MAX,
};

/*
 * Namespaces as RestrictNamespaces= names them, a bit each. That of time has a name from v252 on,
 * and counts among all of them from v258 on.
 */
#define SP_NAMESPACES_ALL 0x7fu
#define SP_NAMESPACE_TIME 0x80u

struct sp_setting {
	bool on;
	char *value;	  /* owned; as in effect, for people; NULL: never said */
	const char *file; /* borrowed from the directives */
	unsigned line;
};

struct sp_directives_file {
	struct sp_directives_file *next;
	char name[];
};

struct sp_directives {
	const struct sp_groups *groups;
	unsigned version; /* SP_FILTER_VERSION() */
	struct sp_setting settings[_SP_DIRECTIVE_MAX];
	unsigned namespaces;	  /* that may be made; meaningful when the setting is on */
	bool families_begun;	  /* there is a list, be it an empty one */
	bool families_allow;	  /* the list says which are allowed, else which are not */
	struct sp_words families; /* of RestrictAddressFamilies= */
	struct sp_directives_file *files;
};

/* The name of the directive; static. */
const char *sp_directive_name(enum sp_directive directive);

/*
 * The number of the address family of that name, of n bytes, as systemd takes it: in any case, and
 * without AF_UNSPEC. -EINVAL when there is none.
 */
int sp_directive_family(const char *word, size_t n);

/* All namespaces of the release: when these may be made, no filter is installed. */
unsigned sp_directive_namespaces(const struct sp_groups *groups);

/* Whether it is on; by DynamicUser= too where that implies it. */
bool sp_directive_is_on(const struct sp_directives *directives, enum sp_directive directive);
