/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sysprofile/util.h"

#include "units-private.h"

/* systemd.unit(5), "Description". */
enum { NAME_MAX_LEN = 255 };
#define VALID_CHARACTERS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@"

static const char *suffix_type(const char *word)
{
	static const char *const types[] = {
		"automount", "device", "mount", "path",	  "scope", "service",
		"slice",     "socket", "swap",	"target", "timer",
	};
	const char *dot = strrchr(word, '.');

	for (size_t i = 0; dot && i < SP_ARRAY_SIZE(types); i++)
		if (sp_streq(dot + 1, types[i]))
			return types[i];
	return NULL;
}

bool sp_unit_has_suffix(const char *word)
{
	return suffix_type(word);
}

const char *sp_unit_name_type(const char *name)
{
	const size_t n = strlen(name);

	if (n > NAME_MAX_LEN || strspn(name, VALID_CHARACTERS) != n || *name == '@' || *name == '.')
		return NULL;
	return suffix_type(name);
}

/* Where the instance stands: *ret_at the "@", *ret_dot the dot behind it. */
static bool find_instance(const char *name, const char **ret_at, const char **ret_dot)
{
	*ret_at = strchr(name, '@');
	*ret_dot = strrchr(name, '.');
	return *ret_at && *ret_dot && *ret_at < *ret_dot;
}

static int build(char **ret, const char *prefix, size_t n, const char *middle, size_t n_middle,
		 const char *suffix)
{
	char *name;

	if (asprintf(&name, "%.*s%.*s%s", (int)n, prefix, (int)n_middle, middle, suffix) < 0)
		return -ENOMEM;
	*ret = name;
	return 0;
}

int sp_unit_name_template(const char *name, char **ret)
{
	const char *at, *dot;

	if (!find_instance(name, &at, &dot) || at + 1 == dot)
		return -EINVAL;
	return build(ret, name, (size_t)(at - name) + 1, "", 0, dot);
}

int sp_unit_name_instantiate(const char *template, const char *instance, char **ret)
{
	const char *at, *dot, *from, *from_dot;

	if (!find_instance(template, &at, &dot) || at + 1 != dot ||
	    !find_instance(instance, &from, &from_dot) || from + 1 == from_dot)
		return -EINVAL;
	return build(ret, template, (size_t)(at - template) + 1, from + 1,
		     (size_t)(from_dot - from) - 1, dot);
}

int sp_unit_name_prefix(const char *name, char **ret)
{
	const char *at = strchr(name, '@'), *dot = strrchr(name, '.');
	const char *rest = at && at < dot ? at : dot;
	size_t n = (size_t)(rest - name);
	const char *dash;

	/* One dash at the end is that of a prefix already, and is left out of the search. */
	if (n > 0 && name[n - 1] == '-')
		n--;
	dash = memrchr(name, '-', n);
	if (!dash || dash == name)
		return -ENOENT;
	/* "foo-bar@.service" belongs to "foo-.service", where an instance goes on with its "@". */
	if (at && at + 1 == dot)
		rest = dot;
	return build(ret, name, (size_t)(dash - name) + 1, "", 0, rest);
}
