/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/notice.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "sysprofile/util.h"

/* Numbers that matter lie below this on every ABI that is looked at. */
enum { NR_LIMIT = 1024, ABI_MAX = 4 };

/* personality(2): asks and changes nothing. */
#define PERSONALITY_QUERY UINT64_C(0xffffffff)

/* What a call is worth looking at for; the arguments then decide. */
struct watched {
	const char *name;
	enum sp_notice_kind kind;
};

static const struct watched watched[] = {
	{ "prctl", SP_NOTICE_OWN_SECCOMP },	  { "seccomp", SP_NOTICE_OWN_SECCOMP },
	{ "io_uring_setup", SP_NOTICE_IO_URING }, { "personality", SP_NOTICE_PERSONALITY },
	{ "ptrace", SP_NOTICE_PTRACE },
};

struct sp_notices {
	sp_abi abis[ABI_MAX];
	/* Index into watched[] plus 1, by ABI and number without the x32 bit. */
	unsigned char table[ABI_MAX][NR_LIMIT];
	size_t seccomp_at; /* index of "seccomp" in watched[] */

	struct sp_notice *v; /* owned */
	size_t n;
};

/* x32 numbers carry bit 30 above a small number. */
static uint64_t plain_number(uint64_t nr)
{
	return nr & ~UINT64_C(0x40000000);
}

int sp_notices_new(struct sp_notices **ret)
{
	struct sp_notices *notices = calloc(1, sizeof(*notices));
	const sp_abi *local = sp_abi_local();

	if (!notices)
		return -ENOMEM;
	for (size_t a = 0; a < ABI_MAX && local[a]; a++) {
		notices->abis[a] = local[a];
		for (size_t i = 0; i < SP_ARRAY_SIZE(watched); i++) {
			sp_call call;
			uint32_t nr;

			if (sp_call_intern(watched[i].name, strlen(watched[i].name), &call) < 0 ||
			    sp_call_number(call, local[a], &nr) < 0)
				continue;
			if (plain_number(nr) < NR_LIMIT)
				notices->table[a][plain_number(nr)] = (unsigned char)(i + 1);
		}
	}
	*ret = notices;
	return 0;
}

struct sp_notices *sp_notices_free(struct sp_notices *notices)
{
	if (!notices)
		return NULL;
	for (size_t i = 0; i < notices->n; i++)
		free(notices->v[i].exe);
	free(notices->v);
	free(notices);
	return NULL;
}

/* prctl(2) and seccomp(2) number their modes and operations differently. */
static enum sp_notice_kind judge_seccomp(const char *name, const uint64_t *args)
{
	/* The kernel takes the first argument as a 32-bit number, whatever stands above it. */
	uint32_t first = (uint32_t)args[0];

	if (sp_streq(name, "seccomp")) {
		if (first == SECCOMP_SET_MODE_STRICT)
			return SP_NOTICE_STRICT;
		return first == SECCOMP_SET_MODE_FILTER ? SP_NOTICE_OWN_SECCOMP : SP_NOTICE_NONE;
	}
	if (first != PR_SET_SECCOMP)
		return SP_NOTICE_NONE;
	return args[1] == SECCOMP_MODE_STRICT ? SP_NOTICE_STRICT : SP_NOTICE_OWN_SECCOMP;
}

static const struct watched *find_watched(const struct sp_notices *notices,
					  const struct sp_event *event)
{
	uint64_t nr = plain_number(event->nr);
	sp_abi abi;

	if (nr >= NR_LIMIT)
		return NULL;
	abi = sp_abi_of_call(event->arch, event->nr);
	for (size_t a = 0; a < ABI_MAX && notices->abis[a]; a++)
		if (notices->abis[a] == abi) {
			unsigned i = notices->table[a][nr];

			return i ? &watched[i - 1] : NULL;
		}
	return NULL;
}

enum sp_notice_kind sp_notices_classify(const struct sp_notices *notices,
					const struct sp_event *event)
{
	const struct watched *w = find_watched(notices, event);

	if (!w)
		return SP_NOTICE_NONE;
	if (w->kind == SP_NOTICE_OWN_SECCOMP)
		return judge_seccomp(w->name, event->args);
	if (w->kind == SP_NOTICE_PERSONALITY &&
	    (event->args[0] & PERSONALITY_QUERY) == PERSONALITY_QUERY)
		return SP_NOTICE_NONE;
	return w->kind;
}

int sp_notices_add(struct sp_notices *notices, enum sp_notice_kind kind, const char *exe,
		   const struct sp_event *event, const char *comm)
{
	struct sp_notice *grown, *notice;

	for (size_t i = 0; i < notices->n; i++)
		if (notices->v[i].kind == kind && sp_streq(notices->v[i].exe, exe)) {
			notices->v[i].count++;
			return 0;
		}
	grown = reallocarray(notices->v, notices->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	notices->v = grown;
	notice = &grown[notices->n];
	*notice = (struct sp_notice){
		.kind = kind,
		.exe = strdup(exe),
		.tid = event->tid,
		.time_ns = event->time_ns,
		.count = 1,
	};
	if (!notice->exe)
		return -ENOMEM;
	if (comm)
		snprintf(notice->comm, sizeof(notice->comm), "%s", comm);
	notices->n++;
	return 1;
}

size_t sp_notices_count(const struct sp_notices *notices)
{
	return notices->n;
}

const struct sp_notice *sp_notices_at(const struct sp_notices *notices, size_t i)
{
	return &notices->v[i];
}

struct phrase {
	const char *what, *meaning;
};

static const struct phrase phrases[_SP_NOTICE_MAX] = {
	[SP_NOTICE_SETID_EXEC] = {
		"is setuid or setgid and was run",
		"a filter on a service with User= implies NoNewPrivileges= unless systemd keeps "
		"CAP_SYS_ADMIN for it (v255 and later), and the file then gains no privileges",
	},
	[SP_NOTICE_FILECAP_EXEC] = {
		"has file capabilities and was run",
		"a filter on a service with User= implies NoNewPrivileges= unless systemd keeps "
		"CAP_SYS_ADMIN for it (v255 and later), and the file then gains none",
	},
	[SP_NOTICE_POWERLESS] = {
		"is setuid, setgid or has capabilities, and was run without what it gains by that",
		"sysprofile lacks CAP_SYS_PTRACE, so what the file does with its privileges is not in "
		"this profile; record as root",
	},
	[SP_NOTICE_OWN_SECCOMP] = {
		"installs a seccomp filter of its own",
		"the stricter of two filters decides, and calls that its own filter refuses are in "
		"this profile as well",
	},
	[SP_NOTICE_STRICT] = {
		"enters strict seccomp mode",
		"over any filter that fails with EINVAL, so the service cannot have both; to record "
		"what it does in that mode, use --no-seccomp",
	},
	[SP_NOTICE_IO_URING] = {
		"sets up io_uring",
		"what goes through the ring is no system call and no filter sees it; where io_uring "
		"is refused or switched off, the calls it falls back to are not in this profile",
	},
	[SP_NOTICE_PERSONALITY] = {
		"changes its personality",
		"LockPersonality= would refuse that",
	},
	[SP_NOTICE_PTRACE] = {
		"calls ptrace",
		"a traced program cannot be traced twice, so this may have failed only here (EPERM), "
		"and what it would have done next is not in this profile",
	},
};

char *sp_notice_sentence(const struct sp_notice *notice)
{
	const struct phrase *phrase = &phrases[notice->kind];
	char *text;

	if (asprintf(&text, "%s (pid %d%s%s) %s: %s", notice->exe, notice->tid,
		     notice->comm[0] ? ", " : "", notice->comm, phrase->what, phrase->meaning) < 0)
		return NULL;
	return text;
}
