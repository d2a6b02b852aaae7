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

/* The number of a name on an ABI, or on the first one here that has it where none is given. */
static int find_number(sp_call call, sp_abi *abi, uint32_t *ret)
{
	if (*abi)
		return sp_call_number(call, *abi, ret);
	for (const sp_abi *local = sp_abi_local(); *local; local++)
		if (sp_call_number(call, *local, ret) == 0) {
			*abi = *local;
			return 0;
		}
	return -ENOENT;
}

/* "read", "x86:setuid", "x86-64:467"; 0, -ENOENT for what is no call, or another errno. */
static int add_call(const char *word, struct sp_profile *profile)
{
	const char *colon = strrchr(word, ':'), *name = colon ? colon + 1 : word;
	struct sp_event event = { .kind = SP_EVENT_SYSCALL, .tid = 1 };
	char abi[32], *end;
	uint32_t nr;
	sp_call call;
	int r;

	snprintf(abi, sizeof(abi), "%.*s", colon ? (int)(colon - word) : 0, word);
	event.arch = colon ? sp_abi_from_name(abi) : 0;
	if (colon && !event.arch)
		return -ENOENT;
	if (colon && *name >= '0' && *name <= '9') {
		errno = 0;
		event.nr = strtoull(name, &end, 10);
		return errno || *end || event.nr > UINT32_MAX ? -ENOENT
							      : sp_profile_observe(profile, &event);
	}
	r = sp_call_lookup(name, strlen(name), &call);
	if (r == 0)
		r = find_number(call, &event.arch, &nr);
	if (r < 0)
		return -ENOENT;
	event.nr = nr;
	return sp_profile_observe(profile, &event);
}

static int read_line(const char *path, unsigned number, char *line, struct sp_profile *profile,
		     size_t *words)
{
	char *save = NULL;

	line[strcspn(line, "#")] = 0;
	for (char *word = strtok_r(line, " \t\r", &save); word;
	     word = strtok_r(NULL, " \t\r", &save)) {
		int r = add_call(word, profile);

		++*words;
		if (r < 0 && r != -ENOENT) {
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

static int read_names(struct sp_stream *stream, const char *path, struct sp_profile *profile)
{
	_cleanup_(sp_freep) char *text = NULL;
	unsigned number = 0;
	size_t len, words = 0;
	char *rest;
	int r = sp_stream_rest(stream, SIZE_MAX_OF_NAMES, &text, &len);

	if (r < 0) {
		sp_error("cannot read %s: %s", path, strerror(-r));
		return SP_EXIT_FAILED;
	}
	rest = text;
	for (char *line; (line = strsep(&rest, "\n"));) {
		r = read_line(path, ++number, line, profile, &words);
		if (r != SP_EXIT_OK)
			return r;
	}
	if (words == 0) {
		sp_error("%s names no system call", path);
		return SP_EXIT_FAILED;
	}
	return SP_EXIT_OK;
}

static int add_calls_of(struct sp_profile *other, struct sp_profile *profile)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < sp_profile_n_calls(other); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(other, i);
		const struct sp_event event = {
			.kind = SP_EVENT_SYSCALL,
			.tid = 1,
			.arch = call->abi,
			.nr = call->nr,
		};

		r = sp_profile_observe(profile, &event);
	}
	return r < 0 ? r : 0;
}

static int read_recorded(struct sp_stream *stream, const char *path, struct sp_profile *profile,
			 struct sp_sysset *assumed)
{
	_cleanup_(sp_imported_done) struct sp_imported imported = {};
	_cleanup_(sp_recording_done) struct sp_recording rec = {};
	int r = sp_recording_init(&rec);

	if (r < 0)
		(void)sp_stream_free(stream);
	else if (sp_imported_read_stream(stream, path, &rec, &imported) < 0)
		return SP_EXIT_FAILED;
	if (r == 0)
		r = add_calls_of(rec.profile, profile);
	if (r < 0) {
		sp_error("cannot read %s: %s", path, strerror(-r));
		return SP_EXIT_FAILED;
	}
	/* Nobody assumes what is not needed. */
	sp_sysset_unite(assumed, &imported.assumed);
	return SP_EXIT_OK;
}

int sp_needs_read(const char *path, struct sp_profile *profile, struct sp_sysset *assumed)
{
	_cleanup_(sp_stream_freep) struct sp_stream *stream = NULL;
	const char *head;
	size_t len;

	if (sp_imported_open(path, &stream) < 0)
		return SP_EXIT_FAILED;
	len = sp_stream_head(stream, &head);
	return looks_like_names(head, len) ? read_names(stream, path, profile)
					   : read_recorded(SP_TAKE(stream), path, profile, assumed);
}
