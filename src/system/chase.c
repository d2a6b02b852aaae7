/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sysprofile/util.h"

#include "units-private.h"

/* As the kernel: path_resolution(7). */
enum { LINKS_MAX = 40 };

char *sp_join_root(const char *root, const char *path)
{
	size_t n = strlen(root);
	char *joined;

	while (n > 0 && root[n - 1] == '/')
		n--;
	return asprintf(&joined, "%.*s%s", (int)n, root, path) < 0 ? NULL : joined;
}

/* 1: *ret is where the link leads. 0: path is something else. */
static int read_link(const char *root, const char *path, char **ret)
{
	_cleanup_(sp_freep) char *full = sp_join_root(root, path);
	char target[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (!full)
		return -ENOMEM;
	if (lstat(full, &st) < 0)
		return -errno;
	if (!S_ISLNK(st.st_mode))
		return 0;
	n = readlink(full, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	*ret = strndup(target, (size_t)n);
	return *ret ? 1 : -ENOMEM;
}

static void cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = 0;
}

/* What is resolved and what is not yet. */
struct walk {
	char *done; /* owned: "" or "/a/b" */
	char *todo; /* owned */
	unsigned links;
	bool parents; /* only they are resolved, and none need exist */
};

static int follow(struct walk *walk, const char *target, const char *rest)
{
	char *todo;

	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	if (asprintf(&todo, "%s/%s", target, rest) < 0)
		return -ENOMEM;
	free(walk->todo);
	walk->todo = todo;
	if (*target == '/')
		*walk->done = 0;
	return 0;
}

static bool has_dotdot(const char *path)
{
	size_t n;

	for (; *path; path += n) {
		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 2 && strncmp(path, "..", n) == 0)
			return true;
	}
	return false;
}

static bool is_last(const struct walk *walk, const char *rest)
{
	return walk->parents && rest[strspn(rest, "/")] == 0;
}

static int take_component(struct walk *walk, const char *root)
{
	_cleanup_(sp_freep) char *next = NULL, *target = NULL;
	const char *name = walk->todo + strspn(walk->todo, "/");
	size_t n = strcspn(name, "/");
	char *rest;
	int r;

	if (n == 2 && strncmp(name, "..", n) == 0)
		cut_last(walk->done);
	else if (n != 0 && !(n == 1 && *name == '.')) {
		if (asprintf(&next, "%s/%.*s", walk->done, (int)n, name) < 0) {
			next = NULL;
			return -ENOMEM;
		}
		r = is_last(walk, name + n) ? 0 : read_link(root, next, &target);
		/* What a path that does not exist leads to is not known once it goes up again. */
		if (r == -ENOENT && walk->parents && !has_dotdot(name + n))
			r = 0;
		if (r < 0)
			return r;
		if (r > 0)
			return follow(walk, target, name + n);
		free(walk->done);
		walk->done = SP_TAKE(next);
	}
	rest = strdup(name + n);
	if (!rest)
		return -ENOMEM;
	free(walk->todo);
	walk->todo = rest;
	return 0;
}

static int walk_all(struct walk *walk, const char *root, const char *path, char **ret)
{
	int r;

	walk->done = strdup("");
	walk->todo = strdup(path);
	r = walk->done && walk->todo ? 0 : -ENOMEM;
	while (r == 0 && *walk->todo)
		r = take_component(walk, root);
	free(walk->todo);
	if (r < 0) {
		free(walk->done);
		return r;
	}
	*ret = walk->done;
	return 0;
}

int sp_chase(const char *root, const char *path, char **ret)
{
	struct walk walk = {};

	return walk_all(&walk, root, path, ret);
}

int sp_chase_parents(const char *root, const char *path, char **ret)
{
	struct walk walk = { .parents = true };

	return walk_all(&walk, root, path, ret);
}
