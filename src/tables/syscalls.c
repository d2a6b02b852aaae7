/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/syscalls.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>

#include "sysprofile/hash.h"
#include "sysprofile/util.h"

/* A name that no kernel or systemd comes near; it bounds what a hostile file can intern. */
enum { NAME_MAX_LEN = 64 };

struct entry {
	sp_call call;
	bool known; /* to libseccomp */
	int id;	    /* libseccomp's number for the native ABI, pseudo ones included */
	UT_hash_handle hh;
	char name[NAME_MAX_LEN + 1];
};

/*
 * Append-only for the life of the process, so handles and names never move or end. One program,
 * one thread of control: no lock.
 */
static struct entry *by_name;
static struct entry *by_call[SP_CALLS_MAX];
static unsigned n_calls;

static struct entry *find(const char *name, size_t len)
{
	struct entry *e = NULL;

	HASH_FIND(hh, by_name, name, len, e);
	return e;
}

int sp_call_lookup(const char *name, size_t len, sp_call *ret)
{
	const struct entry *e = find(name, len);

	if (!e)
		return -ENOENT;
	*ret = e->call;
	return 0;
}

int sp_call_intern(const char *name, size_t len, sp_call *ret)
{
	struct entry *e;

	if (len == 0 || len > NAME_MAX_LEN || memchr(name, 0, len))
		return -EINVAL;
	if (sp_call_lookup(name, len, ret) == 0)
		return 0;
	if (n_calls == SP_CALLS_MAX)
		return -ENOSPC;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	memcpy(e->name, name, len);
	e->call = (sp_call)n_calls;
	/* A pseudo number (negative, but not the error value) belongs to a call of another ABI. */
	e->id = seccomp_syscall_resolve_name(e->name);
	e->known = e->id != __NR_SCMP_ERROR;
	HASH_ADD(hh, by_name, name, len, e);
	if (!e->hh.tbl) {
		free(e);
		return -ENOMEM;
	}
	by_call[n_calls++] = e;
	*ret = e->call;
	return 0;
}

const char *sp_call_name(sp_call call)
{
	return by_call[call]->name;
}

bool sp_call_is_known(sp_call call)
{
	return by_call[call]->known;
}

int sp_call_number(sp_call call, sp_abi abi, uint32_t *ret)
{
	int nr;

	if (!by_call[call]->known)
		return -ENOENT;
	nr = abi == sp_abi_native() ? by_call[call]->id
				    : seccomp_syscall_resolve_name_arch(abi, by_call[call]->name);
	if (nr < 0)
		return -ENOENT;
	*ret = (uint32_t)nr;
	return 0;
}

int sp_call_from_number(sp_abi abi, uint64_t nr, sp_call *ret)
{
	_cleanup_(sp_freep) char *name = NULL;

	/* libseccomp's own pseudo numbers are negative: a tracee must not be able to reach them. */
	if (nr > INT32_MAX)
		return -ENOENT;
	name = seccomp_syscall_resolve_num_arch(abi, (int)nr);
	if (!name)
		return -ENOENT;
	return sp_call_intern(name, strlen(name), ret);
}

/* libseccomp's pseudo numbers for what is behind an entrance: -101 is socket, -221 shmat. */
int sp_call_behind(sp_call call, sp_abi abi, uint32_t first, sp_call *ret)
{
	static const struct {
		const char *name;
		int base;
		uint32_t last;
	} entrances[] = { { "socketcall", -100, 20 }, { "ipc", -200, 24 } };
	uint32_t nr;

	for (size_t i = 0; i < SP_ARRAY_SIZE(entrances); i++) {
		_cleanup_(sp_freep) char *name = NULL;

		if (!sp_streq(sp_call_name(call), entrances[i].name))
			continue;
		if (first < 1 || first > entrances[i].last || sp_call_number(call, abi, &nr) < 0)
			return -ENOENT;
		name = seccomp_syscall_resolve_num_arch(abi, entrances[i].base - (int)first);
		return name ? sp_call_intern(name, strlen(name), ret) : -ENOENT;
	}
	return -ENOENT;
}

/* Every number below this has a name or none for ever, on every ABI that counts from 0. */
enum { NUMBERS_MAX = 1024 };
_Static_assert((int)NUMBERS_MAX <= (int)SP_CALLS_MAX, "what sp_calls_of_abi() has room for");

void sp_calls_intern_abi(sp_abi abi)
{
	struct sp_numbered_call calls[SP_CALLS_MAX];

	(void)sp_calls_of_abi(abi, calls);
}

/*
 * By number, not by name: of i386's calls for sockets and IPC, which have numbers of their own
 * since Linux 4.3, libseccomp gives the name of the number, but not the number of the name.
 */
size_t sp_calls_of_abi(sp_abi abi, struct sp_numbered_call out[static SP_CALLS_MAX])
{
	const uint32_t base = abi == SCMP_ARCH_X32 ? 0x40000000u : 0;
	size_t n = 0;

	for (uint32_t i = 0; i < NUMBERS_MAX; i++) {
		out[n].nr = base + i;
		if (sp_call_from_number(abi, out[n].nr, &out[n].call) == 0)
			n++;
	}
	return n;
}

static int compare_abis(sp_abi a, sp_abi b)
{
	sp_abi native = sp_abi_native();

	if (a == b)
		return 0;
	if (a == native || b == native)
		return a == native ? -1 : 1;
	return a < b ? -1 : 1;
}

int sp_made_call_compare(struct sp_made_call a, struct sp_made_call b)
{
	int r = compare_abis(a.abi, b.abi);

	if (r == 0)
		r = b.named - a.named;
	if (r == 0 && a.named)
		r = strcmp(sp_call_name(a.call), sp_call_name(b.call));
	if (r == 0 && a.nr != b.nr)
		r = a.nr < b.nr ? -1 : 1;
	return r;
}

const char *sp_libseccomp_version(void)
{
	static char text[32];
	const struct scmp_version *v = seccomp_version();

	if (v)
		snprintf(text, sizeof(text), "%u.%u.%u", v->major, v->minor, v->micro);
	return text;
}
