/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sysprofile/fsutil.h"
#include "sysprofile/util.h"

static bool ends_with(const char *word, size_t n, const char *suffix)
{
	const size_t len = strlen(suffix);

	return n > len && memcmp(word + n - len, suffix, len) == 0;
}

/* The component behind all slices; what follows it is in *ret_rest. */
static size_t skip_slices(const char *path, const char **ret_name)
{
	size_t n;

	do {
		path += strspn(path, "/");
		n = strcspn(path, "/");
		*ret_name = path;
		path += n;
	} while (ends_with(*ret_name, n, ".slice"));
	return n;
}

static bool is_unit(const char *name, size_t n)
{
	static const char *const types[] = { ".service", ".scope", ".socket", ".mount", ".swap" };

	for (size_t i = 0; i < SP_ARRAY_SIZE(types); i++)
		if (ends_with(name, n, types[i]))
			return true;
	return false;
}

int sp_cgroup_path_unit(const char *path, bool user, char **ret)
{
	const char *name;
	size_t n = skip_slices(path, &name);

	if (user) {
		if (!sp_startswith(name, "user@") || !ends_with(name, n, ".service"))
			return -ENOENT;
		n = skip_slices(name + n, &name);
	}
	/* What a controller would take for its own file gets a "_" in front. */
	if (n > 0 && *name == '_') {
		name++;
		n--;
	}
	if (!is_unit(name, n))
		return -ENOENT;
	*ret = strndup(name, n);
	return *ret ? 0 : -ENOMEM;
}

/* Version 1 and the hybrid one have the hierarchy that systemd keeps as a controller's of its own.
 */
static const char *path_of(const char *text)
{
	const char *line = text, *unified = NULL;

	while (line) {
		const char *colon = strchr(line, ':');

		if (colon && sp_startswith(colon, ":name=systemd:"))
			return colon + strlen(":name=systemd:");
		if (sp_startswith(line, "0::"))
			unified = line + strlen("0::");
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return unified;
}

int sp_cgroup_unit(const char *proc, pid_t pid, bool user, char **ret)
{
	enum { CGROUP_MAX = 1 << 16 };
	_cleanup_(sp_freep) char *text = NULL, *path = NULL;
	char file[64];
	const char *found;
	size_t len;
	int r;

	snprintf(file, sizeof(file), "%.40s/%d/cgroup", proc, (int)pid);
	r = sp_read_file(file, CGROUP_MAX, &text, &len);
	if (r < 0)
		return r;
	found = path_of(text);
	if (!found)
		return -ENOENT;
	path = strndup(found, strcspn(found, "\n"));
	return path ? sp_cgroup_path_unit(path, user, ret) : -ENOMEM;
}
