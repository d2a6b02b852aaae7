/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reading and writing of profile files, and what they share. */

#include "sysprofile/json-text.h"
#include "sysprofile/profile-json.h"

/* A step from a value to one in it: a member, or when key is NULL an element. */
struct sp_json_step {
	const char *key;
	size_t index;
};

/*
 * Line and column of the value at the end of n steps, or of the last that is there; 1:1 when text
 * has none. text is a document that jansson has read.
 */
void sp_profile_json_locate(const char *text, size_t len, const struct sp_json_step *steps,
			    size_t n, unsigned *ret_line, unsigned *ret_column);

struct sp_json_reader {
	const char *text; /* borrowed */
	size_t len;
	/* From the document to where the reader is: no value of ours lies deeper. */
	struct sp_json_step steps[8];
	size_t n_steps;
	struct sp_history *history; /* borrowed; what is filled */
	unsigned *runs;		    /* owned; the history's number of each run of the file */
	size_t n_runs;
	struct sp_profile_error *error; /* borrowed */
};

/*
 * The following are called with the reader at object; they return 0, or an error with the reader
 * where it was found.
 */
int sp_json_get_integer(struct sp_json_reader *r, json_t *object, const char *name, int64_t max,
			int64_t *ret);
int sp_json_get_string(struct sp_json_reader *r, json_t *object, const char *name, bool or_null,
		       const char **ret);
int sp_json_get_boolean(struct sp_json_reader *r, json_t *object, const char *name, bool *ret);
int sp_json_get_list(struct sp_json_reader *r, json_t *object, const char *name,
		     int (*take)(struct sp_json_reader *r, json_t *item));
int sp_json_get_object(struct sp_json_reader *r, json_t *object, const char *name,
		       int (*take)(struct sp_json_reader *r, json_t *value));

void sp_json_enter(struct sp_json_reader *r, const char *key, size_t index);
void sp_json_leave(struct sp_json_reader *r);

/* Says what is wrong where the reader is; returns -EBADMSG. */
int __attribute__((format(printf, 2, 3)))
sp_json_complain(struct sp_json_reader *r, const char *format, ...);

/* The members that are not known; *ret stays as it is when there are none. 0 or -ENOMEM. */
int sp_json_take_extra(json_t *object, const char *const *known, json_t **ret);

/* One element of "runs", and of "calls". */
int sp_profile_read_run(struct sp_json_reader *r, json_t *object);
int sp_profile_read_call(struct sp_json_reader *r, json_t *object);
