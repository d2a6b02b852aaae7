/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "history-private.h"
#include "profile-json-private.h"
#include "sysprofile/fsutil.h"
#include "sysprofile/util.h"

/* Where the reader is, for the sake of what it has to say. */
void sp_json_enter(struct sp_json_reader *r, const char *key, size_t index)
{
	r->steps[r->n_steps++] = (struct sp_json_step){ key, index };
}

void sp_json_leave(struct sp_json_reader *r)
{
	r->n_steps--;
}

int sp_json_complain(struct sp_json_reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->error->text, sizeof(r->error->text), format, args);
	va_end(args);
	sp_profile_json_locate(r->text, r->len, r->steps, r->n_steps, &r->error->line,
			       &r->error->column);
	return -EBADMSG;
}

/* A member of the object where the reader is, which it enters. */
static int enter_member(struct sp_json_reader *r, json_t *object, const char *name, json_t **ret)
{
	json_t *value = json_object_get(object, name);

	if (!value)
		return sp_json_complain(r, "there is no \"%s\" in this", name);
	sp_json_enter(r, name, 0);
	*ret = value;
	return 0;
}

int sp_json_get_integer(struct sp_json_reader *r, json_t *object, const char *name, int64_t max,
			int64_t *ret)
{
	json_t *value = NULL;
	int error = enter_member(r, object, name, &value);

	if (error < 0)
		return error;
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > max)
		return sp_json_complain(r, "\"%s\" is not an integer from 0 to %lld", name,
					(long long)max);
	*ret = json_integer_value(value);
	sp_json_leave(r);
	return 0;
}

int sp_json_get_string(struct sp_json_reader *r, json_t *object, const char *name, bool or_null,
		       const char **ret)
{
	json_t *value = NULL;
	int error = enter_member(r, object, name, &value);

	if (error < 0)
		return error;
	if (!json_is_string(value) && !(or_null && json_is_null(value)))
		return sp_json_complain(r, "\"%s\" is not a string%s", name,
					or_null ? " or null" : "");
	*ret = json_string_value(value);
	sp_json_leave(r);
	return 0;
}

int sp_json_get_boolean(struct sp_json_reader *r, json_t *object, const char *name, bool *ret)
{
	json_t *value = NULL;
	int error = enter_member(r, object, name, &value);

	if (error < 0)
		return error;
	if (!json_is_boolean(value))
		return sp_json_complain(r, "\"%s\" is neither true nor false", name);
	*ret = json_is_true(value);
	sp_json_leave(r);
	return 0;
}

int sp_json_get_list(struct sp_json_reader *r, json_t *object, const char *name,
		     int (*take)(struct sp_json_reader *r, json_t *item))
{
	json_t *value = NULL, *item;
	size_t i;
	int error = enter_member(r, object, name, &value);

	if (error < 0)
		return error;
	if (!json_is_array(value))
		return sp_json_complain(r, "\"%s\" is not an array", name);
	json_array_foreach(value, i, item)
	{
		sp_json_enter(r, NULL, i);
		error = take(r, item);
		if (error < 0)
			return error;
		sp_json_leave(r);
	}
	sp_json_leave(r);
	return 0;
}

int sp_json_get_object(struct sp_json_reader *r, json_t *object, const char *name,
		       int (*take)(struct sp_json_reader *r, json_t *value))
{
	json_t *value = NULL;
	int error = enter_member(r, object, name, &value);

	if (error < 0)
		return error;
	if (!json_is_object(value))
		return sp_json_complain(r, "\"%s\" is not an object", name);
	error = take(r, value);
	if (error == 0)
		sp_json_leave(r);
	return error;
}

static bool is_known(const char *name, const char *const *known)
{
	for (; *known; known++)
		if (sp_streq(name, *known))
			return true;
	return false;
}

int sp_json_take_extra(json_t *object, const char *const *known, json_t **ret)
{
	_cleanup_(sp_json_freep) json_t *extra = NULL;
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		if (is_known(name, known))
			continue;
		if (!extra)
			extra = json_object();
		if (json_object_set(extra, name, value) < 0)
			return -ENOMEM;
	}
	if (extra)
		*ret = SP_TAKE(extra);
	return 0;
}

/* The document. */

static int check_version(struct sp_json_reader *r, json_t *root)
{
	int64_t version;
	int error = sp_json_get_integer(r, root, "version", INT32_MAX, &version);

	if (error < 0)
		return error;
	if (version > SP_PROFILE_VERSION) {
		sp_json_enter(r, "version", 0);
		(void)sp_json_complain(r,
				       "a newer sysprofile wrote it (profile version %d; this one "
				       "reads up to %d)",
				       (int)version, SP_PROFILE_VERSION);
		return -EPROTO;
	}
	return 0;
}

static int read_root(struct sp_json_reader *r, json_t *root)
{
	static const char *const known[] = { "sysprofile", "version", "runs",
					     "calls",	   "result",  NULL };
	const char *kind = json_string_value(json_object_get(root, "sysprofile"));
	int error;

	if (!kind || !sp_streq(kind, "profile"))
		return sp_json_complain(r, "this is no profile of sysprofile");
	error = check_version(r, root);
	if (error == 0)
		error = sp_json_get_list(r, root, "runs", sp_profile_read_run);
	if (error == 0)
		error = sp_json_get_list(r, root, "calls", sp_profile_read_call);
	return error == 0 ? sp_json_take_extra(root, known, &r->history->extra) : error;
}

int sp_profile_parse(const char *text, size_t len, struct sp_history **ret,
		     struct sp_profile_error *error)
{
	_cleanup_(sp_history_freep) struct sp_history *history = NULL;
	_cleanup_(sp_json_freep) json_t *root = NULL;
	struct sp_json_reader reader = { .text = text, .len = len, .error = error };
	json_error_t syntax;
	int r;

	*error = (struct sp_profile_error){};
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &syntax);
	if (!root) {
		if (json_error_code(&syntax) == json_error_out_of_memory)
			return -ENOMEM;
		error->line = syntax.line > 0 ? (unsigned)syntax.line : 1;
		error->column = syntax.column > 0 ? (unsigned)syntax.column : 1;
		snprintf(error->text, sizeof(error->text), "%s", syntax.text);
		return -EBADMSG;
	}
	r = sp_history_new(&history);
	if (r < 0)
		return r;
	reader.history = history;
	r = read_root(&reader, root);
	free(reader.runs);
	if (r < 0)
		return r;
	*ret = SP_TAKE(history);
	return 0;
}

int sp_profile_read(const char *path, struct sp_history **ret, struct sp_profile_error *error)
{
	_cleanup_(sp_freep) char *text = NULL;
	size_t len;
	int r;

	*error = (struct sp_profile_error){};
	r = sp_read_file(sp_streq(path, "-") ? "/dev/stdin" : path, SP_PROFILE_SIZE_MAX, &text,
			 &len);
	return r < 0 ? r : sp_profile_parse(text, len, ret, error);
}

static const char *reason(int error)
{
	switch (-error) {
	case EFBIG:
		return "it has more than 256 MiB";
	case ENOENT:
		return "there is no such file";
	case EISDIR:
		return "it is a directory";
	default:
		return strerror(-error);
	}
}

char *sp_profile_error_sentence(const char *path, int r, const struct sp_profile_error *error)
{
	char *sentence;
	int n;

	if (error->line > 0)
		n = asprintf(&sentence, "%s:%u:%u: %s", path, error->line, error->column,
			     error->text);
	else
		n = asprintf(&sentence, "cannot read %s: %s", path, reason(r));
	return n < 0 ? NULL : sentence;
}
