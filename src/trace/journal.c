/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <jansson.h>

#include "import-private.h"

/*
 * systemd's "journal export formats": `-o json` writes a document a line, `json-pretty` a member a
 * line. A message with bytes that are no text is an array of numbers.
 */

enum { NS_PER_US = 1000 };

static void decrefp(json_t **json)
{
	json_decref(*json);
}

/* One line of either kind as an object. NULL: it is none. */
static json_t *parse(const char *text, size_t len)
{
	_cleanup_(sp_freep) char *object = NULL;
	json_t *json;

	if (*text == '{')
		return json_loadb(text, len, JSON_DISABLE_EOF_CHECK, NULL);
	while (len > 0 && strchr(", \r", text[len - 1]))
		len--;
	if (asprintf(&object, "{%.*s}", (int)len, text) < 0)
		return NULL;
	json = json_loads(object, 0, NULL);
	return json;
}

static char *bytes_of(const json_t *array)
{
	const size_t n = json_array_size(array);
	char *text = malloc(n + 1);

	for (size_t i = 0; text && i < n; i++)
		text[i] = (char)json_integer_value(json_array_get(array, i));
	if (text)
		text[n] = 0;
	return text;
}

/* journald's own word; one field of a line of json-pretty does not have it beside it. */
static bool is_of_kernel(const json_t *json)
{
	const char *transport = json_string_value(json_object_get(json, "_TRANSPORT"));

	return !transport || sp_streq(transport, "kernel") || sp_streq(transport, "audit");
}

int sp_journal_message(const char *text, size_t len, char **ret, int64_t *ret_ns)
{
	_cleanup_(decrefp) json_t *json = parse(text, len);
	const json_t *message = json_object_get(json, "MESSAGE");
	const char *time = json_string_value(json_object_get(json, "__REALTIME_TIMESTAMP"));
	char *copy;

	if ((!json_is_string(message) && !json_is_array(message)) || !is_of_kernel(json))
		return 0;
	copy = json_is_string(message) ? strdup(json_string_value(message)) : bytes_of(message);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	if (time) {
		const long long us = strtoll(time, NULL, 10);

		*ret_ns = us > 0 && us < INT64_MAX / NS_PER_US ? us * NS_PER_US : 0;
	}
	return 0;
}
