/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/keep.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "sysprofile/deliver.h"
#include "sysprofile/fsutil.h"
#include "sysprofile/imported.h"
#include "sysprofile/log.h"
#include "sysprofile/output.h"
#include "sysprofile/profile-save.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"
#include "sysprofile/verbs.h"

#define SAVE_EVERY_NS (10 * SP_NSEC_PER_SEC)
/* At the end; in between what is busy is tried again later. */
#define PATIENCE_NS (10 * SP_NSEC_PER_SEC)
/* A file that takes long to write is written less often, so that the command goes on. */
enum { COST_SHARE = 50 };

struct sp_keeper {
	const struct sp_options *o;
	const struct sp_groups *groups;
	struct sp_history *known;     /* owned; of the file before the run */
	struct sp_abi_number *passed; /* owned */
	size_t n_passed;
	char id[SP_RUN_ID_SIZE];
	int64_t next_ns;
	bool said; /* that it cannot be saved now */
};

struct sp_keeper *sp_keeper_free(struct sp_keeper *keeper)
{
	if (!keeper)
		return NULL;
	(void)sp_history_free(keeper->known);
	free(keeper->passed);
	free(keeper);
	return NULL;
}

static void say_error(const char *path, int r, const struct sp_profile_error *error)
{
	_cleanup_(sp_freep) char *sentence = sp_profile_error_sentence(path, r, error);

	sp_error("%s", sentence ? sentence : strerror(ENOMEM));
}

static bool is_empty(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? errno == ENOENT : S_ISREG(st.st_mode) && st.st_size == 0;
}

/* Nobody may ever write to a pipe, and a device has no end: they are not even opened. */
static int check_regular(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return 0;
	sp_error("cannot write the profile to %s: it is not a regular file", path);
	return -EINVAL;
}

/* What would keep it from being written is found before an hour of load, not after it. */
static int check_writable(const char *path)
{
	struct sp_atomic_file *file = NULL;
	int r = sp_atomic_file_open(path, 0644, &file);

	(void)sp_atomic_file_abandon(file);
	if (r < 0)
		sp_deliver_explain_output(path, r);
	return r;
}

/* What was only assumed was never seen, so that it is not let pass for having been known. */
static int list_passed(struct sp_keeper *keeper)
{
	const size_t n = sp_history_n_calls(keeper->known);

	keeper->passed = calloc(n + 1, sizeof(*keeper->passed));
	if (!keeper->passed)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct sp_history_call *call = sp_history_call_at(keeper->known, i);

		if (call->origins & ~(unsigned)SP_ORIGIN_ASSUMED)
			keeper->passed[keeper->n_passed++] =
				(struct sp_abi_number){ call->abi, call->nr };
	}
	return 0;
}

static int read_known(struct sp_keeper *keeper)
{
	const char *path = keeper->o->profile;
	struct sp_profile_error error = {};
	int r = path ? check_regular(path) : 0;

	if (r < 0)
		return r;
	if (!path || is_empty(path))
		r = sp_history_new(&keeper->known);
	else
		r = sp_profile_read(path, &keeper->known, &error);
	/* A warm-up counts all. */
	if (r == 0 && !keeper->o->warming_up)
		r = list_passed(keeper);
	if (r < 0) {
		say_error(path ? path : "the profile", r, &error);
		return r;
	}
	return path ? check_writable(path) : 0;
}

int sp_keeper_new(const struct sp_options *o, const struct sp_groups *groups,
		  struct sp_keeper **ret)
{
	_cleanup_(sp_keeper_freep) struct sp_keeper *keeper = calloc(1, sizeof(*keeper));
	int r;

	r = keeper ? sp_run_id_new(keeper->id) : -ENOMEM;
	if (r < 0) {
		sp_error("cannot start: %s", strerror(-r));
		return r;
	}
	keeper->o = o;
	keeper->groups = groups;
	keeper->next_ns = SAVE_EVERY_NS;
	r = read_known(keeper);
	if (r < 0)
		return r;
	*ret = SP_TAKE(keeper);
	return 0;
}

void sp_keeper_pass(const struct sp_keeper *keeper, struct sp_prefilter_pass *pass)
{
	pass->known = keeper->passed;
	pass->n_known = keeper->n_passed;
}

/* Those that always stop are counted as ever. */
static size_t uncounted(const struct sp_keeper *keeper, struct sp_abi_number *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < keeper->n_passed; i++) {
		sp_call call;

		if (sp_call_from_number(keeper->passed[i].abi, keeper->passed[i].nr, &call) == 0 &&
		    !sp_prefilter_must_see(sp_call_name(call)))
			ret[n++] = keeper->passed[i];
	}
	return n;
}

static void describe_attachment(const struct sp_recording *rec, struct sp_run_record *record)
{
	record->source = "attach";
	record->startup_seen = false;
	record->argv = rec->attachment.argv;
}

static int add_run(const struct sp_keeper *keeper, const struct sp_recording *rec,
		   struct sp_history *all)
{
	_cleanup_(sp_freep) struct sp_abi_number *passed =
		calloc(keeper->n_passed + 1, sizeof(*passed));
	_cleanup_(sp_words_done) struct sp_words notes = {};
	struct utsname host = {};
	struct sp_run_record record = {
		.start_usec = rec->start_usec,
		.duration_usec = rec->now_ns / 1000,
		.source = "launch",
		.engine = rec->engine,
		.startup_seen = true,
		.argv = keeper->o->arguments,
		.exe = rec->exe,
		.build_id = rec->build_id[0] ? rec->build_id : NULL,
		.systemd = sp_groups_label(keeper->groups),
		.libseccomp = sp_libseccomp_version(),
		.warnings = &notes,
		.exercised = rec->exercised,
		.origin = SP_ORIGIN_SEEN,
		.assumed = keeper->o->policy.assumed,
		.passed = passed,
	};
	char libc[64];
	int r;

	if (!passed)
		return -ENOMEM;
	memcpy(record.id, keeper->id, sizeof(record.id));
	snprintf(libc, sizeof(libc), "glibc %s", gnu_get_libc_version());
	record.libc = libc;
	if (rec->is_attached)
		describe_attachment(rec, &record);
	if (uname(&host) == 0) {
		record.host = host.nodename;
		record.kernel = host.release;
		record.machine = host.machine;
	}
	if (rec->lets_pass)
		record.n_passed = uncounted(keeper, passed);
	r = sp_deliver_notes(rec, &notes);
	return r < 0 ? r : sp_history_add_run(all, &record, rec->profile);
}

/* Their runs have been made of them already. */
static int add_imported(const struct sp_keeper *keeper, const struct sp_recording *rec,
			struct sp_history *all)
{
	int r = sp_history_join(all, rec->imported->history);

	return r < 0 ? r : sp_history_assume(all, &keeper->o->policy.assumed);
}

int sp_keeper_history(const struct sp_keeper *keeper, const struct sp_recording *rec,
		      struct sp_history **ret)
{
	_cleanup_(sp_history_freep) struct sp_history *all = NULL;
	int r = sp_history_new(&all);

	if (r == 0)
		r = sp_history_join(all, keeper->known);
	if (r == 0)
		r = rec->imported ? add_imported(keeper, rec, all) : add_run(keeper, rec, all);
	if (r == 0)
		*ret = SP_TAKE(all);
	return r;
}

static int save(const struct sp_keeper *keeper, const struct sp_recording *rec, int64_t patience_ns,
		struct sp_profile_error *error)
{
	_cleanup_(sp_history_freep) struct sp_history *all = NULL;
	int r = sp_keeper_history(keeper, rec, &all);

	return r < 0 ? r : sp_profile_save(keeper->o->profile, all, patience_ns, error);
}

void sp_keeper_tick(struct sp_keeper *keeper, const struct sp_recording *rec)
{
	struct sp_profile_error error = {};
	int64_t before, cost;
	int r;

	if (!keeper->o->profile || rec->now_ns < keeper->next_ns)
		return;
	before = sp_monotonic_ns();
	r = save(keeper, rec, 0, &error);
	cost = (sp_monotonic_ns() - before) * COST_SHARE;
	keeper->next_ns = rec->now_ns + (cost > SAVE_EVERY_NS ? cost : SAVE_EVERY_NS);
	if (r < 0 && r != -EAGAIN && !keeper->said) {
		_cleanup_(sp_freep) char *sentence =
			sp_profile_error_sentence(keeper->o->profile, r, &error);

		sp_warning("the profile cannot be saved now (%s); it is tried again until the end",
			   error.line > 0 && sentence ? sentence : strerror(-r));
	}
	keeper->said = r < 0 && r != -EAGAIN;
}

int sp_keeper_rescue(const struct sp_keeper *keeper, const struct sp_recording *rec, char **ret)
{
	_cleanup_(sp_history_freep) struct sp_history *all = NULL;
	_cleanup_(sp_freep) char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int r = f ? sp_keeper_history(keeper, rec, &all) : -ENOMEM;

	if (r == 0)
		r = sp_profile_write(all, f);
	if (f && fclose(f) != 0)
		r = -ENOMEM;
	return r < 0 ? r : sp_output_rescue(text, len, ret);
}

static void rescue(const struct sp_keeper *keeper, const struct sp_recording *rec, const char *why)
{
	_cleanup_(sp_freep) char *path = NULL;
	const char *name = keeper->o->profile;
	int r = sp_keeper_rescue(keeper, rec, &path);

	if (r == 0)
		sp_error("cannot write the profile to %s: %s; it is in %s instead", name, why,
			 path);
	else
		sp_error("cannot write the profile to %s: %s; nor can it be saved in $TMPDIR or "
			 "/tmp (%s)",
			 name, why, strerror(-r));
}

int sp_keeper_finish(struct sp_keeper *keeper, const struct sp_recording *rec)
{
	_cleanup_(sp_freep) char *sentence = NULL;
	struct sp_profile_error error = {};
	int r;

	if (!keeper->o->profile)
		return SP_EXIT_OK;
	r = save(keeper, rec, PATIENCE_NS, &error);
	if (r == 0)
		return SP_EXIT_OK;
	if (error.line > 0)
		sentence = sp_profile_error_sentence(keeper->o->profile, r, &error);
	rescue(keeper, rec,
	       sentence	      ? sentence
	       : r == -EAGAIN ? "somebody else has it locked"
			      : strerror(-r));
	return SP_EXIT_FAILED;
}

void sp_keeper_say(const struct sp_keeper *keeper, const struct sp_recording *rec)
{
	const size_t runs = sp_history_n_runs(keeper->known);
	size_t added = 0;

	if (!keeper->o->profile)
		return;
	for (size_t i = 0; i < sp_profile_n_calls(rec->profile); i++) {
		const struct sp_profile_call *call = sp_profile_call_at(rec->profile, i);
		const struct sp_history_call *old =
			sp_history_find(keeper->known, call->abi, call->nr);

		added += !old || old->origins == SP_ORIGIN_ASSUMED;
	}
	sp_info("%s: %zu call%s of %zu earlier run%s, and %zu new one%s", keeper->o->profile,
		sp_history_n_calls(keeper->known),
		sp_history_n_calls(keeper->known) == 1 ? "" : "s", runs, runs == 1 ? "" : "s",
		added, added == 1 ? "" : "s");
}

bool sp_keeper_knows_start(const struct sp_keeper *keeper)
{
	return sp_history_startup_seen(keeper->known);
}
