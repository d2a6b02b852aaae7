/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Prints the texts of the filter model's unit tests as JSON, so that a real systemd can be asked
 * about the same ones: [{"name": "1", "texts": ["[Service]\n..."]}, ...].
 */

#include <stdio.h>

#include "../unit/filter-cases.h"

static void print_string(const char *s)
{
	putchar('"');
	for (; *s; s++)
		if (*s == '\n')
			fputs("\\n", stdout);
		else if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else
			putchar(*s);
	putchar('"');
}

static void print_case(const struct filter_case *c, const char *separator)
{
	printf("%s{\"name\": ", separator);
	print_string(c->name);
	fputs(", \"texts\": [", stdout);
	for (size_t i = 0; i < CASE_FILES && c->text[i]; i++) {
		fputs(i ? ", " : "", stdout);
		print_string(c->text[i]);
	}
	fputs("]}", stdout);
}

int main(void)
{
	for (size_t i = 0; i < SP_ARRAY_SIZE(filter_vectors); i++)
		print_case(&filter_vectors[i], i ? ",\n" : "[");
	for (size_t i = 0; i < SP_ARRAY_SIZE(filter_extra_cases); i++)
		print_case(&filter_extra_cases[i], ",\n");
	puts("]");
	return 0;
}
