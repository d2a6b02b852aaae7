/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One of the files that make up a unit: its fragment or a drop-in. */

#include <stddef.h>

struct sp_unit_text {
	char *file; /* owned: the name, for people and for what depends on the type of the unit */
	char *text; /* owned: any bytes, with a 0 byte behind them */
	size_t len;
};

/* In the order in which systemd reads them. All zero is an empty list. */
struct sp_unit_texts {
	struct sp_unit_text *v;
	size_t n;
};

/* Appends what is handed over, on success only. 0 or -ENOMEM. */
int sp_unit_texts_add(struct sp_unit_texts *texts, struct sp_unit_text *text);

void sp_unit_texts_done(struct sp_unit_texts *texts);
