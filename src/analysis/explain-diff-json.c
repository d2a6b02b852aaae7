/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <jansson.h>

#include "sysprofile/util.h"

#include "explain-json.h"

static json_t *answers(const struct sp_explanation *a, const struct sp_explanation *b,
		       const struct sp_explain_difference *d)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < a->n_calls; i++) {
		const sp_call call = a->calls[i].id.call;

		if (sp_sysset_contains(&d->answers, call) || sp_sysset_contains(&d->only_a, call) ||
		    sp_sysset_contains(&d->only_b, call))
			list = sp_json_append(
				list, json_pack("{s:s, s:o, s:o}", "name", sp_call_name(call), "a",
						sp_json_verdict(&a->calls[i].effective), "b",
						sp_json_verdict(&b->calls[i].effective)));
	}
	return list;
}

static json_t *rows(const struct sp_explanation *a, const struct sp_explanation *b)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < SP_SCORE_ROWS; i++)
		if (a->rows[i].won != b->rows[i].won)
			list = sp_json_append(list, json_pack("{s:s, s:b, s:b}", "group",
							      a->rows[i].group, "a", a->rows[i].won,
							      "b", b->rows[i].won));
	return list;
}

static json_t *effects(const struct sp_explanation *e, uint32_t bits)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < e->n_effects; i++)
		if (bits >> i & 1)
			list = sp_json_append(list, sp_json_effect(&e->effects[i]));
	return list;
}

static json_t *side(const struct sp_explanation *e, const char *name)
{
	return json_pack("{s:o, s:s, s:f}", "name", sp_json_text(name), "systemd",
			 sp_groups_label(e->groups), "score",
			 sp_score_cost(e->rows, sp_filter_is_allow_list(e->filter)));
}

int sp_explain_diff_json(const struct sp_explanation *a, const char *name_a,
			 const struct sp_explanation *b, const char *name_b,
			 const struct sp_explain_difference *d, FILE *f)
{
	json_t *root = json_pack(
		"{s:o, s:o, s:s, s:b, s:o, s:o, s:o, s:I, s:b, s:o, s:o, s:o}", "a",
		side(a, name_a), "b", side(b, name_b), "abi", sp_abi_name(a->abi), "equal", !d->any,
		"only_a", sp_json_names(&d->only_a), "only_b", sp_json_names(&d->only_b), "calls",
		answers(a, b, d), "calls_of_other_abis", (json_int_t)d->elsewhere,
		"unnamed_numbers", d->unnamed, "directives_a", effects(a, d->effects_a),
		"directives_b", effects(b, d->effects_b), "score", rows(a, b));

	if (!root)
		return -ENOMEM;
	(void)json_dumpf(root, f, JSON_INDENT(1) | JSON_REAL_PRECISION(3));
	putc('\n', f);
	json_decref(root);
	return 0;
}
