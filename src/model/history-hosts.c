/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "history-private.h"
#include "sysprofile/util.h"

void sp_hosts_done(struct sp_hosts *hosts)
{
	free(hosts->names);
	free(hosts->of_run);
	*hosts = (struct sp_hosts){};
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *name_of(const struct sp_history_run *run)
{
	const char *name =
		json_string_value(json_object_get(json_object_get(run->object, "host"), "name"));

	return name ? name : "?";
}

int sp_hosts_list(struct sp_history *h, struct sp_hosts *ret)
{
	_cleanup_(sp_hosts_done) struct sp_hosts hosts = {
		.names = calloc(h->n_runs + 1, sizeof(*hosts.names)),
		.of_run = calloc(h->n_runs + 1, sizeof(*hosts.of_run)),
	};

	if (!hosts.names || !hosts.of_run)
		return -ENOMEM;
	for (size_t i = 0; i < h->n_runs; i++)
		hosts.names[i] = name_of(&h->runs[i]->pub);
	qsort(hosts.names, h->n_runs, sizeof(*hosts.names), compare_names);
	for (size_t i = 0; i < h->n_runs; i++)
		if (i == 0 || !sp_streq(hosts.names[i], hosts.names[hosts.n - 1]))
			hosts.names[hosts.n++] = hosts.names[i];
	for (size_t i = 0; i < h->n_runs; i++) {
		const char *name = name_of(&h->runs[i]->pub);
		const char **found =
			bsearch(&name, hosts.names, hosts.n, sizeof(*hosts.names), compare_names);

		hosts.of_run[i] = (unsigned)(found - hosts.names);
	}
	*ret = hosts;
	hosts = (struct sp_hosts){};
	return 0;
}

size_t sp_hosts_of_call(const struct sp_hosts *hosts, const struct sp_history_call *call,
			bool *marks, const char **ret_one)
{
	size_t n = 0;

	*ret_one = NULL;
	for (size_t i = 0; i < call->n_counts; i++) {
		unsigned host = hosts->of_run[call->counts[i].run];

		n += !marks[host];
		marks[host] = true;
		*ret_one = hosts->names[host];
	}
	for (size_t i = 0; i < call->n_counts; i++)
		marks[hosts->of_run[call->counts[i].run]] = false;
	return n;
}
