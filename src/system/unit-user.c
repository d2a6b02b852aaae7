/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where a user's manager looks for units: lookup_paths_init() of systemd, systemd.unit(5). */

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sysprofile/units.h"

static int add(struct sp_words *words, const char *directory, const char *below)
{
	_cleanup_(sp_freep) char *path = NULL;

	/* Relative ones are not looked at (XDG Base Directory Specification). */
	if (!directory || *directory != '/')
		return 0;
	if (asprintf(&path, "%s%s", directory, below) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return sp_words_contains(words, path) ? 0 : sp_words_add(words, path);
}

/* The directories of a variable, or of its default, with colons between. */
static int add_list(struct sp_words *words, const char *variable, const char *otherwise)
{
	const char *list = getenv(variable);
	int r = 0;

	if (!list || !*list)
		list = otherwise;
	for (const char *p = list; *p && r == 0; p += *p == ':') {
		const size_t n = strcspn(p, ":");
		_cleanup_(sp_freep) char *one = strndup(p, n);

		r = one ? add(words, one, "/systemd/user") : -ENOMEM;
		p += n;
	}
	return r;
}

static const char *home(void)
{
	const char *path = getenv("HOME");
	const struct passwd *user;

	if (path && *path == '/')
		return path;
	user = getpwuid(getuid());
	return user && *user->pw_dir == '/' ? user->pw_dir : NULL;
}

/* The variable, or what it stands for below the home. The caller's. */
static int own_directory(const char *variable, const char *below, char **ret)
{
	const char *path = getenv(variable), *of = home();

	if (path && *path == '/') {
		*ret = strdup(path);
		return *ret ? 0 : -ENOMEM;
	}
	if (!of)
		return -ENOENT;
	return asprintf(ret, "%s%s", of, below) < 0 ? -ENOMEM : 0;
}

static int add_all(const char *config, const char *data, const char *runtime,
		   struct sp_words *words)
{
	int r = add(words, config, "/systemd/user.control");

	if (r == 0)
		r = add(words, runtime, "/systemd/user.control");
	if (r == 0)
		r = add(words, runtime, "/systemd/transient");
	if (r == 0)
		r = add(words, runtime, "/systemd/generator.early");
	if (r == 0)
		r = add(words, config, "/systemd/user");
	if (r == 0)
		r = add_list(words, "XDG_CONFIG_DIRS", "/etc/xdg");
	if (r == 0)
		r = add(words, "/etc", "/systemd/user");
	if (r == 0)
		r = add(words, runtime, "/systemd/user");
	if (r == 0)
		r = add(words, "/run", "/systemd/user");
	if (r == 0)
		r = add(words, runtime, "/systemd/generator");
	if (r == 0)
		r = add(words, data, "/systemd/user");
	if (r == 0)
		r = add_list(words, "XDG_DATA_DIRS", "/usr/local/share:/usr/share");
	if (r == 0)
		r = add(words, "/usr/local/lib", "/systemd/user");
	if (r == 0)
		r = add(words, "/usr/lib", "/systemd/user");
	return r < 0 ? r : add(words, runtime, "/systemd/generator.late");
}

int sp_unit_user_directories(struct sp_words *ret)
{
	_cleanup_(sp_freep) char *config = NULL, *data = NULL;
	_cleanup_(sp_words_done) struct sp_words words = {};
	int r = own_directory("XDG_CONFIG_HOME", "/.config", &config);

	if (r == 0)
		r = own_directory("XDG_DATA_HOME", "/.local/share", &data);
	if (r == 0)
		r = add_all(config, data, getenv("XDG_RUNTIME_DIR"), &words);
	if (r < 0)
		return r;
	*ret = words;
	words = (struct sp_words){};
	return 0;
}

int sp_unit_base(bool user, bool runtime, char **ret)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	_cleanup_(sp_freep) char *config = NULL;
	char *path;
	int r;

	if (!user) {
		path = strdup(runtime ? "/run/systemd/system" : "/etc/systemd/system");
	} else if (runtime) {
		if (!run || *run != '/')
			return -ENXIO;
		if (asprintf(&path, "%s/systemd/user", run) < 0)
			path = NULL;
	} else {
		r = own_directory("XDG_CONFIG_HOME", "/.config", &config);
		if (r < 0)
			return r;
		if (asprintf(&path, "%s/systemd/user", config) < 0)
			path = NULL;
	}
	if (!path)
		return -ENOMEM;
	*ret = path;
	return 0;
}
