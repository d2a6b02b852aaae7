/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>

#include "sysprofile/log.h"
#include "sysprofile/page.h"
#include "sysprofile/profiles.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

static void free_json(json_t **value)
{
	json_decref(*value);
}

/* No file of systemd begins with a brace. What is no regular file is not touched. */
bool sp_profiles_is_one(const char *path)
{
	_cleanup_(sp_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char text[256];
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	return text[strspn(text, " \t\r\n")] == '{';
}

/* What was made, or let pass for having been known; a call that was assumed only was not. */
static bool is_made(const struct sp_history_call *call)
{
	return call && call->origins & ~(unsigned)SP_ORIGIN_ASSUMED;
}

static int list_only(struct sp_history *in, struct sp_history *not_in, struct sp_words *ret)
{
	int r = 0;

	for (size_t i = 0; i < sp_history_n_calls(in) && r == 0; i++) {
		const struct sp_history_call *call = sp_history_call_at(in, i);
		char label[SP_CALL_LABEL_SIZE];

		if (is_made(call) && !is_made(sp_history_find(not_in, call->abi, call->nr)))
			r = sp_words_add(ret, sp_profiles_label(call, label));
	}
	sp_words_sort(ret);
	return r;
}

static void print_only(struct sp_page *page, const char *letter, const struct sp_words *words)
{
	if (words->n == 0)
		return;
	sp_page_line(page, 2, 10);
	sp_page_put(page, SP_PAINT_NONE, "only %s:", letter);
	for (size_t i = 0; i < words->n; i++)
		sp_page_words(page, SP_PAINT_NONE, "%s", words->v[i]);
}

static void print_text(const struct sp_options *o, const struct sp_words *only_a,
		       const struct sp_words *only_b)
{
	struct sp_page page = sp_page_of_stdout(o);

	sp_page_line(&page, 0, 0);
	sp_page_put(&page, SP_PAINT_HEADING, "A: %s", o->arguments[0]);
	sp_page_line(&page, 0, 0);
	sp_page_put(&page, SP_PAINT_HEADING, "B: %s", o->arguments[1]);
	print_only(&page, "A", only_a);
	print_only(&page, "B", only_b);
	if (only_a->n == 0 && only_b->n == 0) {
		sp_page_line(&page, 2, 2);
		sp_page_words(&page, SP_PAINT_GOOD, "Both have the same calls.");
	}
	sp_page_end(&page);
}

static json_t *list(const struct sp_words *words)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < words->n; i++)
		if (json_array_append_new(array, json_string(words->v[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static int print_json(const struct sp_words *only_a, const struct sp_words *only_b)
{
	_cleanup_(free_json) json_t *root =
		json_pack("{s:b, s:o, s:o}", "equal", only_a->n == 0 && only_b->n == 0, "only_a",
			  list(only_a), "only_b", list(only_b));

	if (!root)
		return -ENOMEM;
	/* Errors of stdout are asked for at the end. */
	(void)json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	return 0;
}

static int read_one(char *path, struct sp_history **ret)
{
	return sp_profiles_read("compare", "diff A B", (char *[]){ path, NULL }, ret);
}

int sp_diff_profiles(const struct sp_options *o)
{
	_cleanup_(sp_history_freep) struct sp_history *a = NULL, *b = NULL;
	_cleanup_(sp_words_done) struct sp_words only_a = {}, only_b = {};
	int r = read_one(o->arguments[0], &a);

	if (r == SP_EXIT_OK)
		r = read_one(o->arguments[1], &b);
	if (r != SP_EXIT_OK)
		return r;
	r = list_only(a, b, &only_a);
	if (r == 0)
		r = list_only(b, a, &only_b);
	if (r == 0 && o->view == SP_VIEW_JSON)
		r = print_json(&only_a, &only_b);
	else if (r == 0)
		print_text(o, &only_a, &only_b);
	if (r < 0) {
		sp_error("cannot compare the profiles: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	r = sp_finish_stdout();
	return r != SP_EXIT_OK ? r : only_a.n + only_b.n > 0 ? SP_EXIT_NO : SP_EXIT_OK;
}
