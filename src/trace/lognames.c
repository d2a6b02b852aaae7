/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/lognames.h"

#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>

#include "sysprofile/syscalls.h"
#include "sysprofile/util.h"

enum {
	/* A power of two, and several times the names of all ABIs of a machine (some 500). */
	SLOTS = 4096,
	NAME_SIZE = 40,
};

struct slot {
	uint8_t len; /* 0: empty */
	char name[NAME_SIZE];
	struct sp_log_name value;
};

struct sp_log_names {
	struct slot slots[SLOTS];
};

/* Both ends of a name and its length, which tell nearly all of them apart. */
static size_t hash(const char *name, size_t len)
{
	uint64_t first = 0, last = 0;

	if (len >= sizeof(first)) {
		memcpy(&first, name, sizeof(first));
		memcpy(&last, name + len - sizeof(last), sizeof(last));
	} else {
		for (size_t i = 0; i < len; i++)
			first = first << 8 | (unsigned char)name[i];
	}
	first = (first ^ (last << 1 | last >> 63)) + len;
	return (size_t)((first * UINT64_C(0x9e3779b97f4a7c15)) >> 52);
}
_Static_assert((int)SLOTS == 1 << (64 - 52), "hash() yields an index");

/* The slot of the name, or the empty one where it would be. There is always an empty one. */
static size_t find_slot(const struct sp_log_names *names, const char *name, size_t len)
{
	size_t i = hash(name, len);

	while (names->slots[i].len &&
	       (names->slots[i].len != len || memcmp(names->slots[i].name, name, len) != 0))
		i = (i + 1) % SLOTS;
	return i;
}

const struct sp_log_name *sp_log_names_find(const struct sp_log_names *names, const char *name,
					    size_t len)
{
	const struct slot *slot = &names->slots[find_slot(names, name, len)];

	return len && slot->len ? &slot->value : NULL;
}

int sp_log_abi_place(sp_abi abi)
{
	const sp_abi *local = sp_abi_local();

	for (int i = 0; local[i] && i < SP_LOG_ABIS_MAX; i++)
		if (local[i] == abi)
			return i;
	return -1;
}

static enum sp_log_kind kind_of(const char *name)
{
	static const struct {
		const char *name;
		enum sp_log_kind kind;
	} kinds[] = {
		{ "fork", SP_LOG_FORK },   { "vfork", SP_LOG_FORK },
		{ "clone", SP_LOG_FORK },  { "clone2", SP_LOG_FORK },
		{ "clone3", SP_LOG_FORK }, { "execve", SP_LOG_EXEC },
		{ "exit", SP_LOG_EXIT },   { "execveat", SP_LOG_EXEC },
		{ "prctl", SP_LOG_PRCTL }, { "exit_group", SP_LOG_EXIT },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(kinds); i++)
		if (sp_streq(kinds[i].name, name))
			return kinds[i].kind;
	return SP_LOG_PLAIN;
}

/* NULL: too long, or the table is full enough to become slow; neither happens with real names. */
static struct sp_log_name *get(struct sp_log_names *names, const char *name)
{
	const size_t len = strlen(name);
	struct slot *slot;

	if (len == 0 || len >= NAME_SIZE)
		return NULL;
	slot = &names->slots[find_slot(names, name, len)];
	if (slot->len)
		return &slot->value;
	slot->len = (uint8_t)len;
	memcpy(slot->name, name, len + 1);
	slot->value.kind = kind_of(name);
	for (int i = 0; i < SP_LOG_ABIS_MAX; i++)
		slot->value.nr[i] = slot->value.also[i] = SP_LOG_NO_NUMBER;
	return &slot->value;
}

/* Later names for the same number win nothing: a number of an ABI has one name. */
static void add_abi(struct sp_log_names *names, int place, sp_abi abi)
{
	struct sp_numbered_call calls[SP_CALLS_MAX];
	const size_t n = sp_calls_of_abi(abi, calls);

	for (size_t i = 0; i < n; i++) {
		struct sp_log_name *value = get(names, sp_call_name(calls[i].call));

		if (value && value->nr[place] == SP_LOG_NO_NUMBER)
			value->nr[place] = calls[i].nr;
	}
}

static uint32_t number_of(const struct sp_log_names *names, const char *name, int place)
{
	const struct sp_log_name *value = sp_log_names_find(names, name, strlen(name));

	return value ? value->nr[place] : SP_LOG_NO_NUMBER;
}

/* What strace called some calls before it took the kernel's names for them. */
static void add_old_names(struct sp_log_names *names, int place, sp_abi abi)
{
	static const struct {
		const char *old, *name;
		bool i386_only;
	} olds[] = {
		{ "old_mmap", "mmap", true },		{ "oldselect", "select", true },
		{ "old_getrlimit", "getrlimit", true }, { "oldumount", "umount", true },
		{ "pread", "pread64", false },		{ "pwrite", "pwrite64", false },
		{ "sysctl", "_sysctl", false },		{ "umount", "umount2", false },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(olds); i++) {
		const uint32_t nr = number_of(names, olds[i].name, place);
		struct sp_log_name *value = NULL;

		if (nr != SP_LOG_NO_NUMBER && (!olds[i].i386_only || abi == SCMP_ARCH_X86))
			value = get(names, olds[i].old);
		if (value && value->nr[place] == SP_LOG_NO_NUMBER)
			value->nr[place] = nr;
	}
}

/* Names of i386 that stand for one of two numbers; which one, depends on strace or on the libc. */
static void add_ambiguous(struct sp_log_names *names, int place)
{
	static const char *const seconds[][2] = {
		{ "select", "_newselect" },   { "getrlimit", "ugetrlimit" },
		{ "socket", "socketcall" },   { "bind", "socketcall" },
		{ "connect", "socketcall" },  { "listen", "socketcall" },
		{ "accept", "socketcall" },   { "getsockname", "socketcall" },
		{ "send", "socketcall" },     { "getpeername", "socketcall" },
		{ "recv", "socketcall" },     { "socketpair", "socketcall" },
		{ "sendto", "socketcall" },   { "recvfrom", "socketcall" },
		{ "shutdown", "socketcall" }, { "setsockopt", "socketcall" },
		{ "sendmsg", "socketcall" },  { "getsockopt", "socketcall" },
		{ "recvmsg", "socketcall" },  { "accept4", "socketcall" },
		{ "recvmmsg", "socketcall" }, { "sendmmsg", "socketcall" },
		{ "semop", "ipc" },	      { "semget", "ipc" },
		{ "semctl", "ipc" },	      { "semtimedop", "ipc" },
		{ "msgsnd", "ipc" },	      { "msgrcv", "ipc" },
		{ "msgget", "ipc" },	      { "msgctl", "ipc" },
		{ "shmat", "ipc" },	      { "shmdt", "ipc" },
		{ "shmget", "ipc" },	      { "shmctl", "ipc" },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(seconds); i++) {
		const uint32_t nr = number_of(names, seconds[i][1], place);
		struct sp_log_name *value =
			nr == SP_LOG_NO_NUMBER ? NULL : get(names, seconds[i][0]);

		if (!value)
			continue;
		if (value->nr[place] == SP_LOG_NO_NUMBER)
			value->nr[place] = nr;
		else
			value->also[place] = nr;
	}
}

int sp_log_names_new(struct sp_log_names **ret)
{
	struct sp_log_names *names = calloc(1, sizeof(*names));
	const sp_abi *local = sp_abi_local();

	if (!names)
		return -ENOMEM;
	for (int i = 0; local[i] && i < SP_LOG_ABIS_MAX; i++) {
		add_abi(names, i, local[i]);
		add_old_names(names, i, local[i]);
		if (local[i] == SCMP_ARCH_X86)
			add_ambiguous(names, i);
	}
	*ret = names;
	return 0;
}

struct sp_log_names *sp_log_names_free(struct sp_log_names *names)
{
	free(names);
	return NULL;
}
