/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/install.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sysprofile/deliver.h"
#include "sysprofile/linediff.h"
#include "sysprofile/log.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

#include "install-private.h"

struct sp_install *sp_install_free(struct sp_install *install)
{
	if (!install)
		return NULL;
	sp_words_done(&install->directories);
	sp_unit_done(&install->unit);
	sp_dropin_place_done(&install->place);
	free(install);
	return NULL;
}

static const char *write_remedy(const struct sp_options *o, int error)
{
	switch (-error) {
	case EROFS:
		return o->runtime ? "the file system is read-only"
				  : "the file system is read-only; --runtime writes below /run";
	case EACCES:
	case EPERM:
		return o->user ? "not permitted" : "not permitted; that needs root";
	default:
		return strerror(-error);
	}
}

static int say_cannot_write(const struct sp_install *install, int error)
{
	sp_error("cannot write %s: %s", install->place.shown, write_remedy(install->o, error));
	return SP_EXIT_FAILED;
}

static int look_before(const struct sp_install *install)
{
	struct sp_unit_text old = {};
	int r = sp_install_check_owner(install, &old);

	free(old.text);
	if (r != SP_EXIT_OK || install->o->dry_run)
		return r;
	r = sp_dropin_try(&install->place);
	return r < 0 ? say_cannot_write(install, r) : SP_EXIT_OK;
}

int sp_install_new(const struct sp_options *o, const struct sp_groups *groups,
		   struct sp_install **ret)
{
	_cleanup_(sp_install_freep) struct sp_install *install = NULL;
	int r;

	if (!o->drop_in) {
		*ret = NULL;
		return SP_EXIT_OK;
	}
	install = calloc(1, sizeof(*install));
	if (!install) {
		sp_error("cannot start: %s", strerror(ENOMEM));
		return SP_EXIT_FAILED;
	}
	install->o = o;
	install->groups = groups;
	r = sp_install_find_unit(install);
	if (r == SP_EXIT_OK)
		r = look_before(install);
	if (r == SP_EXIT_OK)
		*ret = SP_TAKE(install);
	return r;
}

/* An hour of load may be in it. */
static void save(const struct sp_install *install, const char *text, size_t len)
{
	_cleanup_(sp_freep) char *path = NULL;

	if (install->o->output)
		sp_info("the text is in %s", install->o->output);
	else if (sp_output_rescue(text, len, &path) == 0)
		sp_error("the text is in %s instead; -o FILE and -P FILE keep text and profile "
			 "where you want them",
			 path);
	else
		sp_error("the text could not be saved in $TMPDIR or /tmp; -o FILE and -P FILE "
			 "keep text and profile where you want them");
}

static int show(const struct sp_install *install, const struct sp_unit_text *old,
		const struct sp_unit_text *text, struct sp_output *output)
{
	_cleanup_(sp_freep) char *diff = NULL;
	const char *path = install->place.shown;
	size_t len = 0;
	FILE *f = open_memstream(&diff, &len);
	int r = f ? sp_linediff(old->text ? path : "/dev/null", old->text ? old->text : "",
				old->len, path, text->text, text->len, f)
		  : -ENOMEM;

	if (f && fclose(f) != 0)
		r = -ENOMEM;
	if (r < 0) {
		sp_error("cannot compare with %s: %s", path, strerror(-r));
		return SP_EXIT_FAILED;
	}
	if (len == 0)
		sp_info("%s is already as it would be", path);
	return sp_deliver_text(output, NULL, diff, len);
}

static int write_checked(struct sp_install *install, const struct sp_result *result,
			 const struct sp_unit_text *text, struct sp_output *output)
{
	const bool dry_run = install->o->dry_run;
	struct sp_unit_text old = {};
	/* It may have changed since the run began. */
	int owned = sp_install_check_owner(install, &old);
	int others = sp_install_check_others(install, result, text);
	int r = owned != SP_EXIT_OK ? owned : others;

	if (dry_run) {
		const int shown = show(install, &old, text, output);

		r = shown != SP_EXIT_OK ? shown : r;
	} else if (r == SP_EXIT_OK) {
		const int error = sp_dropin_write(&install->place, text->text, text->len);

		r = error < 0 ? say_cannot_write(install, error) : SP_EXIT_OK;
		install->written = error == 0;
	}
	free(old.text);
	return r;
}

int sp_install_write(struct sp_install *install, const struct sp_result *result, const char *text,
		     size_t len, bool broken, struct sp_output *output)
{
	struct sp_unit_text marked = {};
	int r = SP_EXIT_OK, error;

	if (broken && !install->o->force && !install->o->dry_run) {
		sp_error("nothing written to %s: the recording was cut short; --force writes it",
			 install->place.shown);
		r = SP_EXIT_FAILED;
	}
	error = r == SP_EXIT_OK ? sp_dropin_mark(text, len, &marked) : 0;
	if (error < 0) {
		sp_error("cannot write %s: %s", install->place.shown, strerror(-error));
		r = SP_EXIT_FAILED;
	}
	if (r == SP_EXIT_OK)
		r = write_checked(install, result, &marked, output);
	if (r != SP_EXIT_OK && !install->o->dry_run)
		save(install, text, len);
	free(marked.text);
	return r;
}
