/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/deliver.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "sysprofile/emit.h"
#include "sysprofile/imported.h"
#include "sysprofile/install.h"
#include "sysprofile/log.h"
#include "sysprofile/result.h"
#include "sysprofile/summary.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

static const char *output_remedy(int error)
{
	switch (-error) {
	case EISDIR:
		return "it is a directory; name a file in it";
	case ENOENT:
		return "its directory does not exist; make it first";
	case EINVAL:
	case ENXIO:
		return "nobody reads it; name a regular file";
	case EROFS:
		return "the file system is read-only; name a file elsewhere";
	case EACCES:
	case EPERM:
		return "not permitted; name a file elsewhere";
	default:
		return strerror(-error);
	}
}

void sp_deliver_explain_output(const char *path, int error)
{
	if (!path)
		sp_error("cannot write the result to stdout: it is %s; use -o FILE",
			 error == -EBADF ? "closed" : strerror(-error));
	else
		sp_error("cannot write the result to %s: %s", path, output_remedy(error));
}

static char *join_command(char *const *words)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (char *const *word = words; *word; word++)
		fprintf(f, "%s%s", word == words ? "" : " ", *word);
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int add_refused(const struct sp_recording *rec, struct sp_words *notes)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "%zu task%s could not be followed, and what %s called is not in it",
		 rec->attachment.refused, rec->attachment.refused == 1 ? "" : "s",
		 rec->attachment.refused == 1 ? "it" : "they");
	return sp_words_add(notes, text);
}

int sp_deliver_notes(const struct sp_recording *rec, struct sp_words *notes)
{
	int r = 0;

	for (size_t i = 0; i < sp_notices_count(rec->notices) && r == 0; i++) {
		_cleanup_(sp_freep) char *sentence =
			sp_notice_sentence(sp_notices_at(rec->notices, i));

		r = sentence ? sp_words_add(notes, sentence) : -ENOMEM;
	}
	if (r == 0 && rec->imported && rec->imported->only_refusals)
		r = sp_words_add(notes, SP_IMPORTED_ONLY_REFUSALS);
	for (size_t i = 0; rec->imported && i < rec->imported->notes.n && r == 0; i++)
		r = sp_words_add(notes, rec->imported->notes.v[i]);
	if (r == 0 && rec->attachment.refused)
		r = add_refused(rec, notes);
	if (r == 0 && rec->attachment.incomplete)
		r = sp_words_add(notes, "not every task could be followed");
	if (r == 0 && rec->error)
		r = sp_words_add(notes, "the recording was cut short by an error");
	return r;
}

/* The same with a NULL at the end. */
static int collect_notes(const struct sp_recording *rec, struct sp_words *notes)
{
	int r = sp_deliver_notes(rec, notes);

	if (r == 0)
		r = sp_words_add(notes, "");
	if (r == 0)
		free(SP_TAKE(notes->v[--notes->n]));
	return r;
}

/* What the text would refuse is a reason to write nothing at all. */
static int explain_refused(const struct sp_result *result, const struct sp_refused *refused, int n)
{
	const struct sp_profile_call *call = refused[0].call;
	const char *abi = call ? sp_abi_name(call->abi) : NULL;
	const char *remedy =
		result->policy.style == SP_STYLE_DENY ? "" : "; --style=deny may let it pass";
	char number[16], more[32] = "";

	if (n > 1)
		snprintf(more, sizeof(more), " (and %d more)", n - 1);
	if (!call) {
		sp_error("nothing written: %s%s", refused[0].why, remedy);
		return SP_EXIT_FAILED;
	}
	snprintf(number, sizeof(number), "%" PRIu32, call->nr);
	sp_error("nothing written: the text would refuse the %s call %s (%s)%s: %s%s",
		 result->facts.imported ? "imported" : "observed",
		 call->named ? sp_call_name(call->call) : number, abi ? abi : "unknown ABI", more,
		 refused[0].why, remedy);
	return SP_EXIT_FAILED;
}

/* The last resort: what was recorded is more worth than a tidy standard error. */
static void write_to_stderr(const char *text, size_t len)
{
	sp_error("it could not be saved in $TMPDIR or /tmp either; here it is:");
	(void)fwrite(text, 1, len, stderr);
}

int sp_deliver_text(struct sp_output *output, const char *path, const char *text, size_t len)
{
	_cleanup_(sp_freep) char *rescue = NULL;
	int r = sp_output_write(output, text, len);

	if (r == 0)
		return SP_EXIT_OK;
	if (sp_output_rescue(text, len, &rescue) == 0) {
		sp_error("cannot write the result to %s: %s; it is in %s instead",
			 path ? path : "stdout", strerror(-r), rescue);
	} else {
		sp_deliver_explain_output(path, r);
		write_to_stderr(text, len);
	}
	return SP_EXIT_FAILED;
}

/* The profile is worth keeping: with one that has the start it makes a result. */
static int refuse_lack_of_start(const struct sp_recording *rec, const struct sp_keeper *keeper,
				const struct sp_options *o)
{
	_cleanup_(sp_freep) char *path = NULL;

	sp_error(
		"nothing written: no start of the program was seen, and the next one may fail with "
		"an allow-list of what came later; merge a profile that has it (-P), or use "
		"--headroom=startup, --style=deny or --force");
	if (rec->imported)
		return SP_EXIT_FAILED;
	if (o->profile)
		sp_info("what was seen is in %s", o->profile);
	else if (sp_keeper_rescue(keeper, rec, &path) == 0)
		sp_info("what was seen is in %s, a profile for -P and merge", path);
	else
		sp_error("what was seen could not be saved in $TMPDIR or /tmp");
	return SP_EXIT_FAILED;
}

/* Names are what was seen; only what becomes a filter can refuse anything. */
static bool is_filter(const struct sp_options *o)
{
	return o->format != SP_FORMAT_NAMES && o->format != SP_FORMAT_JSON;
}

static int check_result(const struct sp_result *result, const struct sp_options *o)
{
	struct sp_refused refused[1];
	int r;

	if (!is_filter(o))
		return SP_EXIT_OK;
	r = sp_result_check(result, refused, SP_ARRAY_SIZE(refused));
	if (r > 0)
		return explain_refused(result, refused, r);
	if (r < 0) {
		sp_error("cannot check the result: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	return SP_EXIT_OK;
}

static int emit_result(const struct sp_result *result, const struct sp_options *o, bool broken,
		       struct sp_output *output)
{
	int status = SP_EXIT_OK;
	_cleanup_(sp_freep) char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int r = f ? sp_emit(o->format, result, f) : -ENOMEM;

	if (f && fclose(f) != 0)
		r = -ENOMEM;
	if (r < 0) {
		sp_error("cannot make the result: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	if (!o->install || o->output)
		status = sp_deliver_text(output, o->output, text, len);
	/* What cannot be written there can be here all the same. */
	if (o->install) {
		r = sp_install_write(o->install, result, text, len, broken, output);
		status = status == SP_EXIT_OK ? r : status;
	}
	return status;
}

int sp_deliver_open(const struct sp_options *o, struct sp_output **ret)
{
	int r;

	/* A drop-in goes to its unit, and nothing to stdout. */
	if (o->drop_in && !o->output && !o->dry_run)
		return 0;
	r = sp_output_open(o->output, ret);
	if (r < 0)
		sp_deliver_explain_output(o->output, r);
	return r;
}

/* What the result is made of: this run, or with --profile earlier ones as well. */
struct known {
	struct sp_history *history; /* owned */
	struct sp_profile *profile; /* owned */
	struct sp_policy policy;
	int64_t duration_ns;
};

static void known_done(struct known *known)
{
	(void)sp_history_free(known->history);
	(void)sp_profile_free(known->profile);
}

static int gather(const struct sp_recording *rec, const struct sp_options *o,
		  const struct sp_keeper *keeper, struct known *ret)
{
	_cleanup_(known_done) struct known known = { .policy = o->policy };
	int r = sp_keeper_history(keeper, rec, &known.history);

	if (r == 0)
		r = sp_profile_new(&known.profile);
	if (r == 0)
		r = sp_history_fill(known.history, known.profile, &known.policy.assumed);
	if (r < 0)
		return r;
	known.duration_ns = sp_history_duration_ns(known.history);
	*ret = known;
	known = (struct known){};
	return 0;
}

/*
 * Where that was recorded, another libc and another kernel may have been. With --profile it is of
 * more than was read just now; *ret is the caller's.
 */
static int describe_import(const struct sp_recording *rec, const struct sp_options *o,
			   const struct known *known, struct sp_run_facts *facts, char **ret)
{
	const bool more = o->profile && sp_history_n_runs(known->history) >
						sp_history_n_runs(rec->imported->history);
	char *text = NULL;

	if (asprintf(&text, "%s%s%s", more ? o->profile : "", more ? " (profile) and " : "",
		     rec->imported->sources) < 0)
		return -ENOMEM;
	facts->imported = *ret = text;
	facts->start_imported = sp_history_startup_seen(known->history);
	return 0;
}

static char *command_of(const struct sp_recording *rec, const struct sp_options *o)
{
	char *const *words = rec->is_attached ? rec->attachment.argv : o->arguments;

	return rec->imported || !words ? NULL : join_command(words);
}

int sp_deliver(struct sp_recording *rec, const struct sp_groups *groups, const struct sp_options *o,
	       const struct sp_keeper *keeper, struct sp_output *output)
{
	_cleanup_(sp_result_done) struct sp_result result = {};
	_cleanup_(sp_words_done) struct sp_words notes = {};
	_cleanup_(sp_freep) char *command = command_of(rec, o);
	_cleanup_(known_done) struct known known = {};
	_cleanup_(sp_freep) char *sources = NULL;
	char libc[64];
	struct utsname host;
	struct sp_run_facts facts = { .command = command };
	int r, checked, status;

	snprintf(libc, sizeof(libc), "glibc %s", gnu_get_libc_version());
	facts.unit = o->install ? sp_install_unit(o->install) : NULL;
	if (!rec->imported) {
		facts.libc = libc;
		facts.kernel = uname(&host) == 0 ? host.release : NULL;
	}
	r = collect_notes(rec, &notes);
	facts.notes = (const char *const *)notes.v;
	if (r == 0)
		r = gather(rec, o, keeper, &known);
	if (r == 0 && rec->imported)
		r = describe_import(rec, o, &known, &facts, &sources);
	facts.history = known.history;
	facts.start_missing =
		r == 0 &&
		(rec->imported ? sp_history_start_missing(known.history)
			       : rec->is_attached && !sp_history_startup_seen(known.history));
	facts.duration_ns = known.duration_ns;
	if (r == 0)
		r = sp_result_make(known.profile, groups, &known.policy, &facts, &result);
	if (r < 0) {
		sp_error("cannot make the result: %s", strerror(-r));
		return SP_EXIT_FAILED;
	}
	checked = check_result(&result, o);
	if (checked == SP_EXIT_OK && is_filter(o) && sp_result_lacks_start(&result) && !o->force)
		checked = refuse_lack_of_start(rec, keeper, o);
	status = checked == SP_EXIT_OK ? emit_result(&result, o, rec->error, output) : checked;
	if (o->verbose)
		sp_summary_print_calls(rec);
	/* What a text that nobody gets would win is not worth a word. */
	sp_summary_print(rec, checked == SP_EXIT_OK ? &result : NULL);
	if (o->install)
		sp_install_say_next(o->install);
	return status;
}
