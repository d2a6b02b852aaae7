/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sysprofile/risk.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

#include "options-private.h"

int sp_options_complain(char *message, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(message, SP_OPTIONS_MESSAGE_SIZE, format, args);
	va_end(args);
	return -EINVAL;
}

static int parse_time(const char *option, const char *text, int64_t *ret, char *message)
{
	int r = sp_parse_timespan(text, ret);

	if (r == -ERANGE)
		return sp_options_complain(message, "--%s=%s is too long a time", option, text);
	if (r < 0)
		return sp_options_complain(
			message, "--%s=%s is not a time span; write for example 90, 5min or 1h 30s",
			option, text);
	return 0;
}

static int parse_duration(const char *text, struct sp_options *o, char *message)
{
	int r = parse_time("duration", text, &o->duration_ns, message);

	if (r == 0 && o->duration_ns == 0)
		return sp_options_complain(message,
					   "--duration=%s leaves no time to record anything", text);
	return r;
}

static int parse_quiet_for(const char *text, struct sp_options *o, char *message)
{
	int r = parse_time("quiet-for", text, &o->quiet_for_ns, message);

	if (r == 0 && o->quiet_for_ns == 0)
		return sp_options_complain(message, "--quiet-for=%s leaves no time for a new call",
					   text);
	return r;
}

static int parse_warm_up(const char *text, struct sp_options *o, char *message)
{
	int r = parse_time("warm-up", text, &o->warm_up_ns, message);

	if (r == 0 && o->warm_up_ns == 0)
		return sp_options_complain(message, "--warm-up=%s leaves no time to learn anything",
					   text);
	return r;
}

static int parse_action(const char *text, struct sp_policy *policy, char *message)
{
	int err;

	if (sp_streq(text, "kill")) {
		policy->refusal = SP_REFUSAL_KILL;
		return 0;
	}
	if (sp_streq(text, "log")) {
		policy->refusal = SP_REFUSAL_LOG;
		return 0;
	}
	err = sp_errno_from_name(text);
	if (err < 0)
		return sp_options_complain(
			message,
			"--action=%s is no errno name, kill or log; write for example EPERM", text);
	policy->refusal = SP_REFUSAL_ERRNO;
	policy->err = err;
	return 0;
}

static int parse_style(const char *text, struct sp_policy *policy, char *message)
{
	int r = sp_style_from_name(text);

	if (r < 0)
		return sp_options_complain(message,
					   "--style=%s is not one of groups, exact and deny", text);
	policy->style = (enum sp_style)r;
	return 0;
}

static int parse_price(const char *text, struct sp_policy *policy, char *message)
{
	char *end;
	unsigned long price;

	errno = 0;
	price = strtoul(text, &end, 10);
	/* strtoul(3) takes signs and blanks as well. */
	if (*text < '0' || *text > '9' || *end || errno || price < 1 || price > SP_WORD_PRICE_MAX)
		return sp_options_complain(message,
					   "--price=%s is no whole number from 1 to %d; "
					   "the default is %d",
					   text, SP_WORD_PRICE_MAX, SP_WORD_PRICE);
	policy->word_price = (unsigned)price;
	return 0;
}

static int parse_headroom(const char *text, struct sp_parsing *parsing)
{
	struct sp_policy *policy = &parsing->o->policy;
	char *message = parsing->message;
	int r;

	/* Beside what the style has by default, or what another --headroom= says. */
	if (sp_streq(text, "startup")) {
		policy->with_startup = true;
		return 0;
	}
	r = sp_headroom_from_name(text);
	if (r < 0)
		return sp_options_complain(
			message, "--headroom=%s is not one of none, family and startup", text);
	policy->headroom = (enum sp_headroom_kind)r;
	parsing->chose_families = true;
	return 0;
}

static int parse_color(const char *text, enum sp_color *ret, char *message)
{
	if (sp_streq(text, "auto"))
		*ret = SP_COLOR_AUTO;
	else if (sp_streq(text, "always"))
		*ret = SP_COLOR_ALWAYS;
	else if (sp_streq(text, "never"))
		*ret = SP_COLOR_NEVER;
	else
		return sp_options_complain(message,
					   "--color=%s is not one of auto, always and never", text);
	return 0;
}

static int parse_output(const char *text, struct sp_options *o, char *message)
{
	if (!*text)
		return sp_options_complain(message, "--output needs the name of a file");
	o->output = text;
	return 0;
}

static int parse_profile(const char *text, struct sp_options *o, char *message)
{
	if (!*text)
		return sp_options_complain(message, "--profile needs the name of a file");
	o->profile = text;
	return 0;
}

static int parse_root(const char *text, struct sp_options *o, char *message)
{
	if (!*text)
		return sp_options_complain(message, "--root needs the name of a directory");
	o->root = text;
	return 0;
}

static int parse_drop_in(const char *text, struct sp_options *o, char *message)
{
	if (text && !*text)
		return sp_options_complain(message, "--drop-in= needs the name of a unit");
	o->drop_in = true;
	o->unit = text;
	return 0;
}

/* systemd makes a filter for each ABI of the machine, and for no other. */
static int parse_abi(const char *text, struct sp_options *o, char *message)
{
	const sp_abi abi = sp_abi_from_name(text);
	char names[128] = "";
	size_t len = 0;

	for (const sp_abi *local = sp_abi_local(); *local && len < sizeof(names); local++) {
		if (*local == abi) {
			o->abi = abi;
			return 0;
		}
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "",
					sp_abi_name(*local));
	}
	return sp_options_complain(message, "--abi=%s is no ABI of this machine, which has %s",
				   text, names);
}

static int add_word(struct sp_words *words, const char *option, const char *text, char *message)
{
	if (!*text)
		return sp_options_complain(message, "--%s needs a word", option);
	return sp_words_add(words, text) < 0 ? sp_options_complain(message, "out of memory") : 0;
}

static int parse_input(const char *text, struct sp_options *o, char *message)
{
	if (o->verb == SP_VERB_RECORD)
		o->verb = SP_VERB_IMPORT;
	if (!*text)
		return sp_options_complain(message, "--input needs the name of a file");
	return add_word(&o->inputs, "input", text, message);
}

/* "4711" or "4711,4712". */
static int parse_pids(const char *text, struct sp_options *o, char *message)
{
	const char *at = text;

	do {
		char *end, number[16];
		long pid;

		errno = 0;
		pid = strtol(at, &end, 10);
		if (errno || (*end && *end != ',') || *at < '0' || *at > '9' || pid <= 0 ||
		    pid > INT_MAX)
			return sp_options_complain(message, "--pid=%s is no number of a process",
						   text);
		snprintf(number, sizeof(number), "%ld", pid);
		if (add_word(&o->pids, "pid", number, message) < 0)
			return -EINVAL;
		at = end + (*end == ',');
		if (!*end)
			return 0;
	} while (true);
}

int sp_options_take(enum option_index option, const char *value, struct sp_parsing *parsing)
{
	struct sp_options *o = parsing->o;
	char *message = parsing->message;

	switch (option) {
	case OPTION_RUN_AS:
		o->run_as = value;
		return 0;
	case OPTION_DURATION:
		return parse_duration(value, o, message);
	case OPTION_QUIET_FOR:
		return parse_quiet_for(value, o, message);
	case OPTION_STOP_TIMEOUT:
		return parse_time("stop-timeout", value, &o->stop_timeout_ns, message);
	case OPTION_OUTPUT:
		return parse_output(value, o, message);
	case OPTION_FORMAT:
		parsing->format = value;
		return 0;
	case OPTION_STYLE:
		return parse_style(value, &o->policy, message);
	case OPTION_PRICE:
		return parse_price(value, &o->policy, message);
	case OPTION_EXPLICIT_DENY:
		o->policy.explicit_deny = true;
		return 0;
	case OPTION_ACTION:
		return parse_action(value, &o->policy, message);
	case OPTION_SYSTEMD:
		o->release = value;
		return 0;
	case OPTION_ASSUME:
		o->assume = value;
		return 0;
	case OPTION_HEADROOM:
		return parse_headroom(value, parsing);
	case OPTION_ROOT:
		return parse_root(value, o, message);
	case OPTION_ABI:
		return parse_abi(value, o, message);
	case OPTION_PROFILE:
		return parse_profile(value, o, message);
	case OPTION_WARM_UP:
		return parse_warm_up(value, o, message);
	case OPTION_NO_SECCOMP:
		o->no_seccomp = true;
		return 0;
	case OPTION_NEEDS:
		return add_word(&o->needs, "needs", value, message);
	case OPTION_ENFORCE:
		o->enforce = true;
		return 0;
	case OPTION_QUIET:
		o->quiet = true;
		return 0;
	case OPTION_VERBOSE:
		o->verbose = true;
		return 0;
	case OPTION_NO_PROGRESS:
		o->no_progress = true;
		return 0;
	case OPTION_COLOR:
		return parse_color(value, &o->color, message);
	case OPTION_HELP:
		o->verb = SP_VERB_HELP;
		return 0;
	case OPTION_VERSION:
		o->verb = SP_VERB_VERSION;
		return 0;
	case OPTION_INPUT:
		return parse_input(value, o, message);
	case OPTION_COMM:
		return add_word(&o->comms, "comm", value, message);
	case OPTION_EXE:
		return add_word(&o->exes, "exe", value, message);
	case OPTION_PID:
		return parse_pids(value, o, message);
	case OPTION_FORCE:
		o->force = true;
		return 0;
	case OPTION_DROP_IN:
		return parse_drop_in(value, o, message);
	case OPTION_RUNTIME:
		o->runtime = true;
		return 0;
	case OPTION_USER:
		o->user = true;
		return 0;
	case OPTION_DRY_RUN:
		o->dry_run = true;
		return 0;
	case _OPTION_MAX:
		break;
	}
	return sp_options_complain(message, "unknown option");
}
