/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sysprofile/log.h"
#include "sysprofile/near.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

void sp_source_done(struct sp_source *source)
{
	sp_unit_done(&source->unit);
	*source = (struct sp_source){};
}

static bool is_unit(const char *word)
{
	struct stat st;

	if (strchr(word, '/') || sp_streq(word, "-"))
		return false;
	return sp_unit_has_suffix(word) || stat(word, &st) < 0 || S_ISDIR(st.st_mode);
}

static const char *reason(int error)
{
	switch (-error) {
	case EFBIG:
		return "it has more than 16 MiB, as no unit file has";
	case EISDIR:
		return "it is a directory";
	case ELOOP:
		return "symbolic links lead around in a circle";
	case ENOENT:
		return "there is no such file";
	case EACCES:
		return "not permitted";
	default:
		return strerror(-error);
	}
}

/* open(2) fails so with sockets, and with devices that nothing is behind. */
static const char *no_device(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode) ? "it is a socket"
							    : "there is no such device here";
}

static int read_file(const char *word, struct sp_source *source)
{
	const int r =
		sp_unit_read_file(sp_streq(word, "-") ? "/dev/stdin" : word, &source->unit.texts);

	if (r < 0) {
		sp_error("cannot read %s: %s", word, r == -ENXIO ? no_device(word) : reason(r));
		return SP_EXIT_FAILED;
	}
	return SP_EXIT_OK;
}

/* Names like the one asked for, or else where it was looked for, in one sentence. */
static void say_missing(const struct sp_options *options, const char *word)
{
	_cleanup_(sp_words_done) struct sp_words all = {}, near = {};
	const char *root = options->root ? options->root : "";
	size_t i;

	if (sp_unit_list(options->root, &all) == 0 && sp_nearest(&all, word, &near) == 0 &&
	    near.n > 0) {
		sp_error("no unit %s%s%s; near it %s %s%s%s%s%s", word, *root ? " below " : "",
			 root, near.n > 1 ? "are" : "is", near.v[0], near.n > 1 ? ", " : "",
			 near.n > 1 ? near.v[1] : "", near.n > 2 ? ", " : "",
			 near.n > 2 ? near.v[2] : "");
		return;
	}
	for (i = 0; sp_unit_directories()[i]; i++)
		;
	sp_error("no unit %s: none in %s/etc/systemd/system, %s/usr/lib/systemd/system, or %zu "
		 "other directories (systemd.unit(5)); for a file write ./%s",
		 word, root, root, i - 2, word);
}

static int say_why(const struct sp_options *options, const char *word, const char *path, int error)
{
	switch (-error) {
	case EINVAL:
		sp_error("%s is not the name of a unit; for a file write ./%s", word, word);
		return SP_EXIT_USAGE;
	case ENOEXEC:
		sp_error("%s runs no programs, so that it has no filter; services, sockets, mounts "
			 "and swaps do",
			 word);
		return SP_EXIT_USAGE;
	case ERFKILL:
		sp_error("%s is masked by %s: systemd does not start it", word, path);
		break;
	case ENOENT:
		if (!path)
			say_missing(options, word);
		else
			sp_error("%s: %s is a link that leads nowhere", word, path);
		break;
	case ENXIO:
		sp_error("%s: cannot read %s: it is not a regular file", word, path);
		break;
	default:
		if (path)
			sp_error("%s: cannot read %s: %s", word, path, reason(error));
		else
			sp_error("cannot read %s: %s", word, reason(error));
		break;
	}
	return SP_EXIT_FAILED;
}

static int read_unit(const struct sp_options *options, const char *word, struct sp_source *source)
{
	_cleanup_(sp_freep) char *path = NULL;
	int r;

	if (source->unit.texts.n > 0 || source->unit.name) {
		sp_error("%s is a unit, which has to come alone or first; for a file write ./%s",
			 word, word);
		return SP_EXIT_USAGE;
	}
	r = sp_unit_load(options->root, word, &source->unit, &path);
	return r < 0 ? say_why(options, word, path, r) : SP_EXIT_OK;
}

int sp_source_read(const struct sp_options *options, char *const *words, size_t n,
		   struct sp_source *ret)
{
	_cleanup_(sp_source_done) struct sp_source source = { .word = words[0] };
	int r = SP_EXIT_OK;

	for (size_t i = 0; i < n && r == SP_EXIT_OK; i++)
		r = is_unit(words[i]) ? read_unit(options, words[i], &source)
				      : read_file(words[i], &source);
	if (r == SP_EXIT_OK) {
		*ret = source;
		source = (struct sp_source){};
	}
	return r;
}
