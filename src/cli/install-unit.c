/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sysprofile/cgroup.h"
#include "sysprofile/log.h"
#include "sysprofile/near.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

#include "install-private.h"

static int wrong_words(const struct sp_options *o)
{
	return o->verb == SP_VERB_RECORD ? SP_EXIT_FAILED : SP_EXIT_USAGE;
}

/* A filter for the user's whole manager is not what is meant. */
static int check_manager(const struct sp_options *o, pid_t pid, const char *unit)
{
	_cleanup_(sp_freep) char *of_user = NULL;

	if (o->user || sp_cgroup_unit("/proc", pid, true, &of_user) < 0)
		return SP_EXIT_OK;
	sp_error("process %d belongs to %s of the manager that %s is; use --user as that user, or "
		 "write --drop-in=UNIT",
		 (int)pid, of_user, unit);
	return SP_EXIT_FAILED;
}

/* The unit that all processes of --pid belong to. */
static int unit_of_pids(const struct sp_options *o, char **ret)
{
	_cleanup_(sp_freep) char *unit = NULL;

	for (size_t i = 0; i < o->pids.n; i++) {
		_cleanup_(sp_freep) char *next = NULL;
		const pid_t pid = (pid_t)strtol(o->pids.v[i], NULL, 10);

		if (sp_cgroup_unit("/proc", pid, o->user, &next) < 0) {
			sp_error("cannot tell which unit%s process %s belongs to; write "
				 "--drop-in=UNIT",
				 o->user ? " of a user" : "", o->pids.v[i]);
			return SP_EXIT_FAILED;
		}
		if (unit && !sp_streq(unit, next)) {
			sp_error("process %s belongs to %s, and another one to %s; write "
				 "--drop-in=UNIT",
				 o->pids.v[i], next, unit);
			return SP_EXIT_FAILED;
		}
		if (check_manager(o, pid, next) != SP_EXIT_OK)
			return SP_EXIT_FAILED;
		free(unit);
		unit = SP_TAKE(next);
	}
	sp_info("the drop-in is for %s, to which the process belongs", unit);
	*ret = SP_TAKE(unit);
	return SP_EXIT_OK;
}

static int find_word(const struct sp_options *o, char **ret)
{
	if (o->unit) {
		*ret = strdup(o->unit);
		if (*ret)
			return SP_EXIT_OK;
		sp_error("cannot start: %s", strerror(ENOMEM));
		return SP_EXIT_FAILED;
	}
	if (o->verb == SP_VERB_ATTACH)
		return unit_of_pids(o, ret);
	sp_error("which unit the drop-in is for cannot be known here; write --drop-in=UNIT");
	return wrong_words(o);
}

static int say_missing(const struct sp_options *o, const char *word)
{
	_cleanup_(sp_words_done) struct sp_words all = {}, near = {};
	const char *below = o->root ? " below " : "", *root = o->root ? o->root : "";

	if (!o->user && sp_unit_list(o->root, &all) == 0 && sp_nearest(&all, word, &near) == 0 &&
	    near.n > 0)
		sp_error("no unit %s%s%s; near it is %s%s%s; --force writes the drop-in all the "
			 "same",
			 word, below, root, near.v[0], near.n > 1 ? ", " : "",
			 near.n > 1 ? near.v[1] : "");
	else
		sp_error("no %sunit %s%s%s; --force writes the drop-in all the same",
			 o->user ? "user " : "", word, below, root);
	return SP_EXIT_FAILED;
}

static int say_why(const struct sp_options *o, const char *word, const char *path, int error)
{
	switch (-error) {
	case EINVAL:
		sp_error("--drop-in: %s is not the name of a unit", word);
		return wrong_words(o);
	case ENOEXEC:
		sp_error("--drop-in: systemd starts no programs of %s, so that it has no filter",
			 word);
		return wrong_words(o);
	case ERFKILL:
		sp_error("%s is masked by %s: systemd does not start it; no drop-in is written",
			 word, path);
		return SP_EXIT_FAILED;
	case ENOENT:
		if (!path)
			return say_missing(o, word);
		sp_error("%s: %s is a link that leads nowhere", word, path);
		return SP_EXIT_FAILED;
	case ELOOP:
		sp_error("%s: symbolic links lead around in a circle", word);
		return SP_EXIT_FAILED;
	case ENXIO:
		sp_error("%s: %s is not a regular file", word, path);
		return SP_EXIT_FAILED;
	default:
		sp_error("%s: cannot read %s: %s", word, path ? path : "its files",
			 strerror(-error));
		return SP_EXIT_FAILED;
	}
}

struct sp_unit_query sp_install_query(const struct sp_install *install)
{
	return (struct sp_unit_query){
		.root = install->o->root,
		.directories = install->o->user ? &install->directories : NULL,
		.without_fragment = install->o->force,
	};
}

const char *sp_install_unit(const struct sp_install *install)
{
	return install->unit.names.v[0];
}

static int load(struct sp_install *install, const char *word)
{
	const struct sp_unit_query query = sp_install_query(install);
	_cleanup_(sp_freep) char *path = NULL;
	size_t len;
	int r = sp_unit_query(&query, word, &install->unit, &path);

	if (r < 0)
		return say_why(install->o, word, path, r);
	len = strlen(install->unit.name);
	if (len > 8 && sp_streq(install->unit.name + len - 8, ".service"))
		return SP_EXIT_OK;
	sp_error("--drop-in: %s is no service, and what is written is for services",
		 install->unit.name);
	return wrong_words(install->o);
}

static int check_root(const struct sp_options *o)
{
	struct stat st;

	if (!o->root)
		return SP_EXIT_OK;
	if (stat(o->root, &st) < 0)
		sp_error("--root=%s: %s", o->root, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		sp_error("--root=%s is not a directory", o->root);
	else
		return SP_EXIT_OK;
	return SP_EXIT_FAILED;
}

static int say_no_base(const struct sp_options *o, int error)
{
	if (error == -ENXIO)
		sp_error("--user --runtime needs XDG_RUNTIME_DIR, which is not set here");
	else if (error == -ENOENT)
		sp_error("--user: nobody tells where the home of the user is; set HOME");
	else
		sp_error("cannot start: %s", strerror(-error));
	return wrong_words(o);
}

static int locate(struct sp_install *install, const char *base)
{
	const char *root = install->o->root ? install->o->root : "";
	const char *unit = sp_install_unit(install);
	int r = sp_dropin_locate(install->o->root, base, unit, &install->place);

	if (r == 0)
		return SP_EXIT_OK;
	if (r == -ENOTDIR)
		sp_error("cannot write below %s%s/%s.d: something on the way is not a directory",
			 root, base, unit);
	else if (r == -ENOLINK)
		sp_error("cannot write below %s%s/%s.d: it is a link that leads nowhere", root,
			 base, unit);
	else
		sp_error("cannot write below %s%s/%s.d: %s", root, base, unit, strerror(-r));
	return SP_EXIT_FAILED;
}

int sp_install_find_unit(struct sp_install *install)
{
	const struct sp_options *o = install->o;
	_cleanup_(sp_freep) char *word = NULL, *base = NULL;
	int r = check_root(o);

	if (r == SP_EXIT_OK)
		r = find_word(o, &word);
	if (r != SP_EXIT_OK)
		return r;
	r = sp_unit_base(o->user, o->runtime, &base);
	if (r == 0 && o->user)
		r = sp_unit_user_directories(&install->directories);
	if (r < 0)
		return say_no_base(o, r);
	r = load(install, word);
	return r == SP_EXIT_OK ? locate(install, base) : r;
}
