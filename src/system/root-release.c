/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which systemd a root holds, told by the names of its files, since nothing in it may be run. */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sysprofile/fsutil.h"
#include "sysprofile/groups.h"

#include "units-private.h"

enum { OS_RELEASE_MAX = 1 << 16 };

static void close_directory(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

static int open_directory(const char *root, const char *path, DIR **ret)
{
	_cleanup_(sp_freep) char *chased = NULL, *full = NULL;
	int r = sp_chase(root, path, &chased);

	if (r < 0)
		return r;
	full = sp_join_root(root, chased);
	*ret = full ? opendir(full) : NULL;
	return !full ? -ENOMEM : *ret ? 0 : -errno;
}

/* "252" or "257.7" of "libsystemd-shared-257.7-1.fc42.so"; false for other names. */
static bool version_of_library(const char *name, char *version, size_t size)
{
	const char *rest = sp_startswith(name, "libsystemd-shared-");
	size_t n;

	if (!rest || !isdigit((unsigned char)*rest))
		return false;
	n = strspn(rest, "0123456789");
	if (rest[n] == '.' && isdigit((unsigned char)rest[n + 1]))
		n += 1 + strspn(rest + n + 1, "0123456789");
	return (size_t)snprintf(version, size, "%.*s", (int)n, rest) < size;
}

static bool find_library(const char *root, const char *path, char *version, size_t size)
{
	_cleanup_(close_directory) DIR *d = NULL;
	const struct dirent *entry;

	if (open_directory(root, path, &d) < 0)
		return false;
	while ((entry = readdir(d)))
		if (version_of_library(entry->d_name, version, size))
			return true;
	return false;
}

/* Debian has it below /usr/lib/TRIPLET/systemd, others below /usr/lib or /usr/lib64. */
static bool find_version(const char *root, char *version, size_t size)
{
	static const char *const libraries[] = { "/usr/lib", "/usr/lib64", "/lib" };

	for (size_t i = 0; i < SP_ARRAY_SIZE(libraries); i++) {
		_cleanup_(close_directory) DIR *d = NULL;
		const struct dirent *entry;
		char path[512];

		snprintf(path, sizeof(path), "%s/systemd", libraries[i]);
		if (find_library(root, path, version, size))
			return true;
		if (open_directory(root, libraries[i], &d) < 0)
			continue;
		while ((entry = readdir(d))) {
			snprintf(path, sizeof(path), "%s/%s/systemd", libraries[i], entry->d_name);
			if (*entry->d_name != '.' && strstr(entry->d_name, "linux") &&
			    find_library(root, path, version, size))
				return true;
		}
	}
	return false;
}

/* The value of a line "KEY=value" or "KEY="value"" of os-release(5), "" without one. */
static void read_field(const char *text, const char *key, char *value, size_t size)
{
	const size_t n = strlen(key);

	*value = 0;
	for (const char *p = text; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
		if (strncmp(p, key, n) != 0 || p[n] != '=')
			continue;
		p += n + 1;
		p += *p == '"' || *p == '\'';
		snprintf(value, size, "%.*s", (int)strcspn(p, "\"'\n"), p);
	}
}

static int read_os_release(const char *root, char **ret)
{
	static const char *const paths[] = { "/etc/os-release", "/usr/lib/os-release" };
	size_t len;
	int r = -ENOENT;

	for (size_t i = 0; i < SP_ARRAY_SIZE(paths) && r < 0; i++) {
		_cleanup_(sp_freep) char *chased = NULL, *full = NULL;

		r = sp_chase(root, paths[i], &chased);
		if (r < 0)
			continue;
		full = sp_join_root(root, chased);
		r = full ? sp_read_file(full, OS_RELEASE_MAX, ret, &len) : -ENOMEM;
	}
	return r;
}

static bool is_variant(const char *name, unsigned major)
{
	struct sp_groups *groups = NULL;
	bool same;

	if (sp_groups_new_release(name, &groups) < 0)
		return false;
	same = sp_groups_major(groups) == major;
	(void)sp_groups_free(groups);
	return same;
}

/* The distribution's own variant of that major release, which the table may know. */
static bool find_variant(const char *root, unsigned major, char *name, size_t size)
{
	_cleanup_(sp_freep) char *text = NULL;
	char id[32], like[64], version[16];

	if (read_os_release(root, &text) < 0)
		return false;
	read_field(text, "ID", id, sizeof(id));
	read_field(text, "ID_LIKE", like, sizeof(like));
	read_field(text, "VERSION_ID", version, sizeof(version));
	/* The rebuilds of RHEL say so. */
	if (strstr(like, "rhel"))
		snprintf(id, sizeof(id), "rhel");
	version[strcspn(version, ".")] = 0;
	snprintf(name, size, "%s%s", id, version);
	return is_variant(name, major);
}

int sp_root_release(const char *root, char **ret)
{
	char version[32], variant[64], *release;

	if (!find_version(root, version, sizeof(version)))
		return -ENOENT;
	if (!strchr(version, '.') &&
	    find_variant(root, (unsigned)strtoul(version, NULL, 10), variant, sizeof(variant)))
		release = strdup(variant);
	else
		release = strdup(version);
	if (!release)
		return -ENOMEM;
	*ret = release;
	return 0;
}
