/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/needs.h"

#include <ctype.h>
#include <errno.h>

#include "sysprofile/imported.h"
#include "sysprofile/log.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

/* A name of each call that there is, with its ABI before it, is a hundredth of that. */
enum { SIZE_MAX_OF_NAMES = 1 << 20 };

/* "read", "x86:setuid"; numbers without a name cannot be said in words. */
static int add_name(const char *word, struct sp_sysset *needs)
{
	const char *colon = strrchr(word, ':');
	const char *name = colon ? colon + 1 : word;
	sp_call call;
	int r;

	if (*name >= '0' && *name <= '9')
		return 0;
	r = sp_call_intern(name, strlen(name), &call);
	if (r < 0)
		return r;
	if (!sp_call_is_known(call))
		return -ENOENT;
	sp_sysset_add(needs, call);
	return 0;
}

static int read_line(const char *path, unsigned number, char *line, struct sp_sysset *needs)
{
	char *save = NULL;

	line[strcspn(line, "#")] = 0;
	for (char *word = strtok_r(line, " \t\r", &save); word;
	     word = strtok_r(NULL, " \t\r", &save)) {
		int r = add_name(word, needs);

		if (r == -ENOMEM || r == -ENOSPC) {
			sp_error("cannot read %s: %s", path, strerror(-r));
			return SP_EXIT_FAILED;
		}
		if (r < 0) {
			sp_error("%s:%u: %.64s is no system call; write a name a line, as -f names "
				 "does",
				 path, number, word);
			return SP_EXIT_FAILED;
		}
	}
	return SP_EXIT_OK;
}

/*
 * Whether the first line that is more than a comment is one of words: those of names, even of wrong
 * ones. A log has signs in it that no name has.
 */
static bool looks_like_names(const char *head, size_t len)
{
	const char *p = head, *end = head + len;

	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *line_end = newline ? newline : end;
		const char *comment = memchr(p, '#', (size_t)(line_end - p));
		bool any = false;

		for (; p < (comment ? comment : line_end); p++) {
			if (*p == ' ' || *p == '\t' || *p == '\r')
				continue;
			if (!isalnum((unsigned char)*p) && *p != '_' && *p != ':' && *p != '-')
				return false;
			any = true;
		}
		if (any)
			return true;
		p = newline ? newline + 1 : end;
	}
	return true;
}

static int read_names(struct sp_stream *stream, const char *path, struct sp_sysset *needs)
{
	_cleanup_(sp_freep) char *text = NULL;
	unsigned number = 0;
	size_t len;
	char *rest;
	int r = sp_stream_rest(stream, SIZE_MAX_OF_NAMES, &text, &len);

	if (r < 0) {
		sp_error("cannot read %s: %s", path, strerror(-r));
		return SP_EXIT_FAILED;
	}
	rest = text;
	for (char *line; (line = strsep(&rest, "\n"));) {
		r = read_line(path, ++number, line, needs);
		if (r != SP_EXIT_OK)
			return r;
	}
	if (sp_sysset_is_empty(needs)) {
		sp_error("%s names no system call", path);
		return SP_EXIT_FAILED;
	}
	return SP_EXIT_OK;
}

static int read_recorded(struct sp_stream *stream, const char *path, struct sp_sysset *needs)
{
	_cleanup_(sp_imported_done) struct sp_imported imported = {};
	_cleanup_(sp_recording_done) struct sp_recording rec = {};
	int r = sp_recording_init(&rec);

	if (r < 0) {
		(void)sp_stream_free(stream);
		sp_error("cannot read %s: %s", path, strerror(-r));
		return SP_EXIT_FAILED;
	}
	if (sp_imported_read_stream(stream, path, &rec, &imported) < 0)
		return SP_EXIT_FAILED;
	sp_profile_names(rec.profile, needs);
	/* Nobody assumes what is not needed. */
	sp_sysset_unite(needs, &imported.assumed);
	return SP_EXIT_OK;
}

int sp_needs_read(const char *path, struct sp_sysset *ret)
{
	_cleanup_(sp_stream_freep) struct sp_stream *stream = NULL;
	struct sp_sysset needs = {};
	const char *head;
	size_t len;
	int r;

	if (sp_imported_open(path, &stream) < 0)
		return SP_EXIT_FAILED;
	len = sp_stream_head(stream, &head);
	r = looks_like_names(head, len) ? read_names(stream, path, &needs)
					: read_recorded(SP_TAKE(stream), path, &needs);
	if (r == SP_EXIT_OK)
		*ret = needs;
	return r;
}
