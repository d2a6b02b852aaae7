/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/verification.h"

#include <inttypes.h>

#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

size_t sp_needs_refused(const struct sp_filter *filter, struct sp_need ret[static SP_NEEDS_MAX])
{
	static const char *const names[SP_NEEDS_MAX] = { "execve", "write" };
	sp_abi native = sp_abi_native();
	size_t n = 0;

	for (size_t i = 0; i < SP_NEEDS_MAX; i++) {
		struct sp_need need = { .name = names[i] };
		sp_call call;
		uint32_t nr;

		if (sp_call_lookup(names[i], strlen(names[i]), &call) < 0 ||
		    sp_call_number(call, native, &nr) < 0)
			continue;
		sp_filter_verdict(filter, native, nr, &need.verdict);
		if (sp_verdict_refuses(&need.verdict))
			ret[n++] = need;
	}
	return n;
}

bool sp_verification_holds(const struct sp_verification *v)
{
	return v->n_needs == 0 && v->started && !sp_refusals_any(v->refusals);
}

void sp_verification_print_action(const struct sp_verdict *verdict, FILE *f)
{
	const char *name;

	switch (verdict->action) {
	case SP_ACTION_LOG:
		fputs("allowed and logged", f);
		return;
	case SP_ACTION_ERRNO:
		name = verdict->err > 0 ? sp_errno_name(verdict->err) : NULL;
		if (name)
			fprintf(f, "refused with %s", name);
		else if (verdict->err == 0)
			fputs("refused, yet reported as done", f);
		else
			fprintf(f, "refused with error number %d", verdict->err);
		return;
	case SP_ACTION_KILL_THREAD:
		fputs("kills the thread", f);
		return;
	case SP_ACTION_KILL_PROCESS:
		fputs("kills the process", f);
		return;
	case SP_ACTION_ALLOW:
	case _SP_ACTION_MAX:
		break;
	}
	fputs("allowed", f);
}

void sp_verification_print_reason(const struct sp_verdict *verdict, sp_abi abi, FILE *f)
{
	const char *name = sp_abi_name(abi);

	if (!verdict->word) {
		fprintf(f, ", because no line allows it%s%s", abi == sp_abi_native() ? "" : " on ",
			abi == sp_abi_native() ? ""
			: name		       ? name
					       : "its ABI");
		return;
	}
	fputs(", because of ", f);
	sp_fputs_escaped(verdict->word, f);
	if (!verdict->file)
		return;
	fputs(" (", f);
	sp_fputs_escaped(verdict->file, f);
	fprintf(f, ":%u)", verdict->line);
}

/* "setgroups", "x86:setgroups", "x86-64:467". */
static void print_call(const struct sp_refused_call *refusal, FILE *f)
{
	const char *abi = sp_abi_name(refusal->abi);

	if (!refusal->named || refusal->abi != sp_abi_native()) {
		if (abi)
			fprintf(f, "%s:", abi);
		else
			fprintf(f, "%#x:", refusal->abi);
	}
	if (refusal->named)
		fputs(sp_call_name(refusal->call), f);
	else
		fprintf(f, "%" PRIu32, refusal->nr);
}

static void print_heading(const struct sp_refused_call *refusal, FILE *f)
{
	print_call(refusal, f);
	fputs(": ", f);
	sp_verification_print_action(&refusal->verdict, f);
	if (refusal->verdict.action != SP_ACTION_LOG || refusal->verdict.word)
		sp_verification_print_reason(&refusal->verdict, refusal->abi, f);
	putc('\n', f);
}

static void print_maker(const struct sp_refused_call *refusal, bool enforced, FILE *f)
{
	char when[SP_TIMESPAN_SIZE];

	fprintf(f, "    %" PRIu64 " time%s by ", refusal->count, refusal->count == 1 ? "" : "s");
	if (refusal->role == SP_ROLE_MAIN)
		fputs("the main process", f);
	else
		fprintf(f, "%zu %s%s", refusal->processes, sp_role_name(refusal->role),
			refusal->processes == 1 ? "" : "s");
	fputs(" (", f);
	sp_fputs_escaped(refusal->exe, f);
	fprintf(f, "), first after %s by ",
		sp_format_timespan(refusal->first_ns, when, sizeof(when)));
	sp_fputs_escaped(*refusal->first_comm ? refusal->first_comm : "?", f);
	fprintf(f, " (pid %d)", refusal->first_pid);
	if (enforced && sp_verdict_refuses(&refusal->verdict))
		fprintf(f, "; seen to happen %" PRIu64 " time%s", refusal->answered,
			refusal->answered == 1 ? "" : "s");
	putc('\n', f);
}

/* systemd.service(5), Type=exec; from v256 on every service is told of its hand-over. */
void sp_verification_print_need(const struct sp_need *need, unsigned major, FILE *f)
{
	fprintf(f, "    by systemd itself before the program begins: %s\n",
		sp_streq(need->name, "write") && major < 256
			? "with Type=exec the service would not even start"
			: "the service would not even start");
}

void sp_verification_print_lone_need(const struct sp_need *need, unsigned major, FILE *f)
{
	fprintf(f, "%s: ", need->name);
	sp_verification_print_action(&need->verdict, f);
	sp_verification_print_reason(&need->verdict, sp_abi_native(), f);
	putc('\n', f);
	sp_verification_print_need(need, major, f);
}

static bool is_need(const struct sp_need *need, const struct sp_refused_call *refusal)
{
	return refusal->named && refusal->abi == sp_abi_native() &&
	       sp_streq(sp_call_name(refusal->call), need->name);
}

static bool was_made(const struct sp_verification *v, const struct sp_need *need)
{
	for (size_t i = 0; i < sp_refusals_count(v->refusals); i++)
		if (is_need(need, sp_refusals_at(v->refusals, i)))
			return true;
	return false;
}

static bool same_call(const struct sp_refused_call *a, const struct sp_refused_call *b)
{
	return a->abi == b->abi && a->nr == b->nr;
}

static void print_all(const struct sp_verification *v, bool refused, FILE *f)
{
	const struct sp_refused_call *last = NULL;

	for (size_t i = 0; i < sp_refusals_count(v->refusals); i++) {
		const struct sp_refused_call *refusal = sp_refusals_at(v->refusals, i);

		if (sp_verdict_refuses(&refusal->verdict) != refused)
			continue;
		if (!last || !same_call(last, refusal)) {
			print_heading(refusal, f);
			for (size_t j = 0; j < v->n_needs; j++)
				if (is_need(&v->needs[j], refusal))
					sp_verification_print_need(&v->needs[j], v->major, f);
		}
		print_maker(refusal, v->enforced, f);
		last = refusal;
	}
}

void sp_verification_print(const struct sp_verification *v, FILE *f)
{
	for (size_t i = 0; i < v->n_needs; i++)
		if (!was_made(v, &v->needs[i]))
			sp_verification_print_lone_need(&v->needs[i], v->major, f);
	print_all(v, true, f);
	print_all(v, false, f);
}
