/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/unittext.h"

#include <errno.h>
#include <stdlib.h>

int sp_unit_texts_add(struct sp_unit_texts *texts, struct sp_unit_text *text)
{
	struct sp_unit_text *v = reallocarray(texts->v, texts->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	texts->v = v;
	v[texts->n++] = *text;
	*text = (struct sp_unit_text){};
	return 0;
}

void sp_unit_texts_done(struct sp_unit_texts *texts)
{
	for (size_t i = 0; i < texts->n; i++) {
		free(texts->v[i].file);
		free(texts->v[i].text);
	}
	free(texts->v);
	*texts = (struct sp_unit_texts){};
}
