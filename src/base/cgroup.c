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

/* The path of the hierarchy that lines with this middle are of; NULL: there is none. */
static char *path_of(const char *text, const char *hierarchy)
{
	for (const char *line = text; line;
	     line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		const char *colon = strchr(line, ':');
		const char *path = colon ? sp_startswith(colon, hierarchy) : NULL;

		if (path)
			return strndup(path, strcspn(path, "\n"));
	}
	return NULL;
}

/* What the manager has for the root, as a container that sees its host's groups does not begin at
 * "/". */
static const char *below_manager(const char *path, char *of_manager)
{
	char *end = strstr(of_manager, "/init.scope");
	const char *rest;

	if (!end || end[strlen("/init.scope")])
		return path;
	*end = 0;
	rest = sp_startswith(path, of_manager);
	return rest && *rest == '/' ? rest : path;
}

static int read_groups(const char *proc, pid_t pid, char **ret)
{
	enum { CGROUP_MAX = 1 << 16 };
	char file[64];
	size_t len;

	snprintf(file, sizeof(file), "%.40s/%d/cgroup", proc, (int)pid);
	return sp_read_file(file, CGROUP_MAX, ret, &len);
}

int sp_cgroup_unit(const char *proc, pid_t pid, bool user, char **ret)
{
	/* With version 1 and the hybrid one systemd keeps a hierarchy of its own; 2 has one. */
	static const char *const hierarchies[] = { ":name=systemd:", "::" };
	_cleanup_(sp_freep) char *text = NULL, *of_manager = NULL;
	int r = read_groups(proc, pid, &text);

	if (r < 0)
		return r;
	/* It may be hidden. */
	(void)read_groups(proc, 1, &of_manager);
	r = -ENOENT;
	for (size_t i = 0; i < SP_ARRAY_SIZE(hierarchies) && r == -ENOENT; i++) {
		_cleanup_(sp_freep) char *path = path_of(text, hierarchies[i]);
		_cleanup_(sp_freep) char *manager =
			of_manager ? path_of(of_manager, hierarchies[i]) : NULL;

		if (path)
			r = sp_cgroup_path_unit(manager ? below_manager(path, manager) : path, user,
						ret);
	}
	return r;
}
