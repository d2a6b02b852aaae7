/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Starting a command under a tracer so that it notices as little as possible. */

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sysprofile/prefilter.h"
#include "sysprofile/tracer.h"

/* Who the command runs as. */
struct sp_identity {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* owned */
	int n_groups;
};

/*
 * Looks a user up by name or number, with all its groups. -ESRCH: no such user. The caller frees
 * ret->groups.
 */
int sp_identity_of_user(const char *user, struct sp_identity *ret);

/* What went wrong, and at which step. */
enum sp_launch_step {
	SP_LAUNCH_PREPARE,  /* pipes, fork, memory */
	SP_LAUNCH_SEIZE,    /* PTRACE_SEIZE was refused: diagnose.h says why */
	SP_LAUNCH_IDENTITY, /* setgroups, setresgid, setresuid */
	SP_LAUNCH_FILTER,   /* loading one of the programs */
	SP_LAUNCH_EXEC,	    /* execve */
	SP_LAUNCH_KILLED,   /* the child died before it could exec; error is the signal */
	_SP_LAUNCH_MAX,
};

struct sp_launch_error {
	enum sp_launch_step step;
	int error; /* errno, or the signal */
};

struct sp_launch_request {
	char *const *argv;		    /* borrowed, NULL at the end */
	const struct sp_identity *identity; /* borrowed; NULL to stay who we are */
	struct sp_prefilter_pass pass;	    /* to let pass unseen; only the seccomp engine can */
	bool no_seccomp;		    /* the plain engine in any case */
	enum sp_wait_choice wait;	    /* how to wait for its stops */

	/*
	 * Seccomp programs to load, in this order, as the last thing before the exec, which they
	 * may refuse. With any, the plain engine reports answers too (SP_EVENT_ANSWER).
	 * Without CAP_SYS_ADMIN at that point NO_NEW_PRIVS is set first, as seccomp(2) wants it.
	 */
	const struct sock_fprog *programs; /* borrowed */
	size_t n_programs;
	/* With an identity: keep CAP_SYS_ADMIN up to the exec, so that it need not be. */
	bool keeps_admin;
};

/*
 * Forks, seizes the child, and lets it exec argv[0], looked for in $PATH; recording starts with
 * that exec. The child inherits what the caller has now: signal dispositions and mask, descriptors
 * without CLOEXEC, directory, process group; so install handlers after this call, not before.
 * The seccomp engine is taken where its filter can be installed without NO_NEW_PRIVS and no other
 * filter lies before it, else the plain one; sp_tracer_name() says which.
 * 0; or -1 with *error set, and nothing left running.
 */
int sp_launch(const struct sp_launch_request *launch, struct sp_tracer **ret, pid_t *ret_pid,
	      struct sp_launch_error *error);
