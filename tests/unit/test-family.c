/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/family.h"

#include "sets.h"
#include "sysprofile/risk.h"

static sp_abi native_and_x86[2];

static void init(void)
{
	native_and_x86[0] = sp_abi_native();
	native_and_x86[1] = sp_abi_from_name("x86");
}
TestSuite(family, .init = init);

static struct sp_headroom headroom(const struct sp_groups *groups, const struct sp_sysset *seen,
				   size_t n_abis)
{
	struct sp_headroom ret = {};

	cr_assert_eq(sp_family_headroom(groups, seen, native_and_x86, n_abis, &ret), 0);
	return ret;
}

static bool adds(const char *version, const char *seen, size_t n_abis, const char *name)
{
	struct sp_groups *groups = release(version);
	struct sp_sysset set = set_of(seen);
	struct sp_headroom found = headroom(groups, &set, n_abis);

	sp_groups_free(groups);
	return sp_sysset_contains(&found.calls, call_named(name));
}

static const char *family_of(const char *version, const char *seen, const char *name)
{
	struct sp_groups *groups = release(version);
	struct sp_sysset set = set_of(seen);
	struct sp_headroom found = headroom(groups, &set, 1);

	sp_groups_free(groups);
	if (!sp_sysset_contains(&found.calls, call_named(name)))
		return NULL;
	return sp_family_at(found.family[call_named(name)])->name;
}

static bool is_x86_64(void)
{
	return sp_streq(sp_abi_name(sp_abi_native()), "x86-64");
}

Test(family, siblings_follow_what_was_seen)
{
	static const struct {
		const char *seen, *added, *family; /* NULL: nothing adds it */
	} cases[] = {
		{ "read", "open", NULL },
		{ "openat", "open", "open" },
		{ "open", "openat2", "open" },
		{ "newfstatat", "fstat", "stat" },
		{ "read", "accept4", NULL },
		{ "accept", "accept4", "accept" },
		{ "poll", "ppoll", "poll" },
		{ "select", "pselect6", "select" },
		{ "epoll_wait", "epoll_pwait2", "epoll-wait" },
		{ "clone", "clone3", "clone" },
		{ "fork", "waitid", "processes" },
		{ "read", "waitid", NULL },
		{ "getdents", "getdents64", "getdents" },
		{ "mkdir", "mkdirat", "mkdir" },
		{ "mkdir", "mknodat", NULL },
		{ "mknod", "mknodat", "mkdir" },
		{ "chmod", "fchmodat2", "chmod" },
		{ "utime", "utimensat", "utime" },
		{ "wait4", "waitid", "wait" },
		{ "socket", "sendmmsg", "resolver" },
		{ "read", "socket", NULL },
		{ "read", "tgkill", "abort" },
		{ "read", "madvise", "malloc" },
		{ "read", "getcpu", "clock" },
		/* What was added leads to nothing: openat is added, but nobody saw a file opened.
		 */
		{ "read", "openat2", NULL },
	};

	if (!is_x86_64())
		cr_skip_test("the calls are those of x86-64");
	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		const char *family = family_of("252.39", cases[i].seen, cases[i].added);

		cr_expect_str_eq(family ? family : "none",
				 cases[i].family ? cases[i].family : "none", "%s of %s",
				 cases[i].added, cases[i].seen);
	}
}

Test(family, high_risk_is_never_added)
{
	/* setrlimit is of @resources. */
	cr_expect_not(adds("252.39", "getrlimit", 1, "setrlimit"));
	cr_expect_not(adds("252.39", "prlimit64", 1, "setrlimit"));
	cr_expect(adds("252.39", "setrlimit", 1, "prlimit64"));
}

Test(family, systemd_needs_other_calls_with_each_release)
{
	cr_expect_not(adds("rhel8", "read", 1, "execveat"));
	cr_expect_not(adds("247", "read", 1, "execveat"));
	cr_expect(adds("248", "read", 1, "execveat"));
	cr_expect(adds("257", "read", 1, "execveat"));
	cr_expect(adds("239", "read", 1, "sendmsg"));
}

Test(family, times_of_64_bits_are_for_machines_of_32)
{
	static const char *const calls[] = {
		"futex_time64", "clock_gettime64", "ppoll_time64", "pselect6_time64", "fcntl64",
		"stat64",	"_llseek",	   "waitpid",	   "recvmmsg_time64"
	};

	if (!is_x86_64())
		cr_skip_test("the calls are those of x86-64 and x86");
	for (size_t i = 0; i < SP_ARRAY_SIZE(calls); i++) {
		const char *seen = "futex clock_gettime poll select fcntl stat wait4 recvmmsg "
				   "stat64 lseek";
		bool is_seen = sp_streq(calls[i], "stat64");

		cr_expect_not(adds("252.39", seen, 1, calls[i]), "%s", calls[i]);
		cr_expect_eq(adds("252.39", seen, 2, calls[i]), !is_seen, "%s", calls[i]);
	}
}

/* Known calls at random, as many as a small daemon makes. */
static struct sp_sysset random_calls(struct random *r, const struct sp_sysset *known)
{
	struct sp_sysset set = {};
	uint64_t one_in = 2 + random_next(r) % 20;

	sp_sysset_foreach (c, known)
		if (random_next(r) % one_in == 0)
			sp_sysset_add(&set, (sp_call)c);
	return set;
}

static void check_one(const struct sp_groups *groups, const struct sp_sysset *seen, size_t n_abis)
{
	struct sp_headroom found = headroom(groups, seen, n_abis);
	struct sp_sysset high;

	sp_risk_high(groups, &high);
	cr_assert_not(sp_sysset_intersects(&found.calls, seen));
	cr_assert_not(sp_sysset_intersects(&found.calls, &high));
	sp_sysset_foreach (c, &found.calls) {
		bool can = false;
		uint32_t nr;

		for (size_t i = 0; i < n_abis; i++)
			can = can || sp_call_number((sp_call)c, native_and_x86[i], &nr) == 0;
		cr_assert(can, "%s", sp_call_name((sp_call)c));
		cr_assert_lt(found.family[c], sp_family_count());
	}
}

static void check_growth(const struct sp_groups *groups, const struct sp_sysset *less,
			 const struct sp_sysset *more)
{
	struct sp_headroom of_less = headroom(groups, less, 2), of_more = headroom(groups, more, 2);
	struct sp_sysset all = of_more.calls;

	sp_sysset_unite(&all, more);
	cr_assert(sp_sysset_is_subset(&of_less.calls, &all));
}

Test(family, whatever_was_seen, .timeout = 120)
{
	struct random r = { .state = 5 };

	for (const char *const *name = sp_groups_release_names(); *name; name++) {
		struct sp_groups *groups = release(*name);
		struct sp_sysset known = sp_groups_find(groups, "@system-service")
						 ? sp_groups_find(groups, "@system-service")->set
						 : sp_groups_at(groups, 0)->set;

		for (int i = 0; i < 40; i++) {
			struct sp_sysset less = random_calls(&r, &known),
					 more = random_calls(&r, &known);

			sp_sysset_unite(&more, &less);
			check_one(groups, &less, 1);
			check_one(groups, &more, 2);
			check_growth(groups, &less, &more);
		}
		sp_groups_free(groups);
	}
}

/* A row that adds nothing, whatever was seen, is there in vain. */
Test(family, each_family_adds_something, .timeout = 120)
{
	static const char *const releases[] = { "239", "257" };
	size_t n = sp_family_count();
	bool *used = calloc(n, sizeof(*used));

	cr_assert_not_null(used);
	if (!is_x86_64())
		cr_skip_test("the calls are those of x86-64 and x86");
	for (size_t i = 0; i < SP_ARRAY_SIZE(releases); i++) {
		struct sp_groups *groups = release(releases[i]);

		for (size_t g = 0; g < sp_groups_count(groups); g++)
			sp_sysset_foreach (c, &sp_groups_at(groups, g)->set) {
				struct sp_sysset seen = {};
				struct sp_headroom found;

				sp_sysset_add(&seen, (sp_call)c);
				found = headroom(groups, &seen, 2);
				sp_sysset_foreach (added, &found.calls)
					used[found.family[added]] = true;
			}
		sp_groups_free(groups);
	}
	for (size_t i = 0; i < n; i++) {
		const struct sp_family *family = sp_family_at(i);

		cr_expect(used[i], "%s adds nothing", family->name);
		cr_expect(*family->reason && *family->evidence);
	}
	free(used);
}

/* What no group of 252 but @known holds would cost a word of its own in every text. */
Test(family, everyday_additions_are_in_groups)
{
	struct sp_groups *groups = release("252.39");
	struct sp_sysset all = set_of("clone socket pipe2 poll openat sendfile"), in_groups = {};
	struct sp_headroom found = headroom(groups, &all, 1);

	for (size_t i = 0; i < sp_groups_count(groups); i++)
		if (!sp_streq(sp_groups_at(groups, i)->name, "@known"))
			sp_sysset_unite(&in_groups, &sp_groups_at(groups, i)->set);
	sp_sysset_foreach (c, &found.calls)
		cr_expect(sp_sysset_contains(&in_groups, (sp_call)c), "%s",
			  sp_call_name((sp_call)c));
	sp_groups_free(groups);
}
