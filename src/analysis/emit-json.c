/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <jansson.h>

#include "sysprofile/emit.h"
#include "sysprofile/profile-json.h"
#include "sysprofile/util.h"

static void json_freep(json_t **p)
{
	json_decref(*p);
}

static json_t *list_of(const struct sp_words *words)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < words->n; i++)
		if (json_array_append_new(list, json_string(words->v[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *names_of(const struct sp_sysset *set)
{
	sp_call sorted[SP_CALLS_MAX];
	const size_t n = sp_sysset_sorted(set, sorted);
	json_t *list = json_array();

	for (size_t i = 0; list && i < n; i++)
		if (json_array_append_new(list, json_string(sp_call_name(sorted[i]))) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/* The words, what they cost and cannot cost less than, and what is allowed that nobody called. */
static char *describe(const struct sp_result *result)
{
	const struct sp_text *text = &result->text;
	_cleanup_(json_freep) json_t *object = NULL;
	struct sp_sysset headroom;

	sp_result_headroom(result, &headroom);
	object = json_pack("{s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:b, s:o, s:o}", "systemd",
			   sp_groups_label(result->groups), "style",
			   sp_style_name(result->policy.style), "allow", list_of(&text->allow),
			   "deny", list_of(&text->deny), "allow_again", list_of(&text->again),
			   "cost", (json_int_t)result->proof.cost, "bound",
			   (json_int_t)result->proof.bound, "proven",
			   result->proof.cost == result->proof.bound, "assumed",
			   names_of(&result->policy.assumed), "headroom", names_of(&headroom));
	return object ? json_dumps(object, 0) : NULL;
}

int sp_emit_json(const struct sp_result *result, FILE *f)
{
	_cleanup_(sp_freep) char *text = NULL;

	if (!result->facts.history)
		return -EINVAL;
	text = describe(result);
	return text ? sp_profile_write_with(result->facts.history, text, f) : -ENOMEM;
}
