/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/attach.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ptrace-private.h"
#include "sysprofile/kin.h"
#include "sysprofile/procfs.h"
#include "sysprofile/seize.h"
#include "sysprofile/util.h"

enum {
	/* Who multiplies faster than so many passes find is followed as far as found. */
	PASSES_MAX = 200,
	/* A list of threads may miss one that is just taking the place of another: twice nothing.
	 */
	QUIET_PASSES = 2,
};

struct pass {
	const struct sp_attach_request *request; /* borrowed */
	struct sp_engine *engine;		 /* borrowed */
	struct sp_tracees *processes;		 /* owned; those to follow */
	struct sp_tracees *tried;		 /* owned; every task that was met */
	struct sp_attached *attached;		 /* borrowed */
	bool found;				 /* something new, in this pass */
	int error;
	pid_t culprit; /* what was asked for and cannot be seized */
};

static void pass_done(struct pass *pass)
{
	pass->processes = sp_tracees_free(pass->processes);
	pass->tried = sp_tracees_free(pass->tried);
}

static int remember(struct sp_tracees *set, pid_t id)
{
	struct sp_tracee *entry;

	return sp_tracees_add(set, id, &entry);
}

static bool is_root(const struct pass *pass, pid_t pid)
{
	for (size_t i = 0; i < pass->request->n_pids; i++)
		if (pass->request->pids[i] == pid)
			return true;
	return false;
}

/* The thread was read of /proc, and may have been gone by the time of its seizure. */
static bool belongs_to(pid_t tid, pid_t process)
{
	return syscall(SYS_tgkill, process, tid, 0) == 0 || errno == EPERM;
}

/* It was seized by mistake: the id belongs to somebody else by now. */
static void let_stranger_go(pid_t tid)
{
	int status;

	if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) == 0 && waitpid(tid, &status, __WALL) == tid &&
	    WIFSTOPPED(status))
		(void)ptrace(PTRACE_DETACH, tid, 0,
			     status >> 16 || WSTOPSIG(status) == (SIGTRAP | 0x80)
				     ? 0UL
				     : (unsigned long)WSTOPSIG(status));
}

/* 0, unless it is what was asked for. */
static int refuse(struct pass *pass, pid_t process, pid_t tid, int error)
{
	struct sp_kin kin;

	/*
	 * The dead are refused with EPERM: a first thread that is gone before the others, and what
	 * died a moment ago. So are the kernel's own, which make no calls.
	 */
	if (sp_kin_of(tid, &kin) < 0 || kin.state == 'Z' || kin.state == 'X')
		return remember(pass->tried, tid);
	if (tid == process && is_root(pass, process)) {
		pass->culprit = process;
		return error;
	}
	if (!kin.is_kernel) {
		pass->attached->refused++;
		pass->attached->one_refused = tid;
		pass->attached->refused_error = -error;
	}
	return remember(pass->tried, tid);
}

/* 1: seized; 0: nothing to do; negative errno. */
static int take_thread(struct pass *pass, pid_t process, pid_t tid)
{
	struct sp_tracee *tracee;
	int r;

	if (sp_tracees_find(pass->tried, tid))
		return 0;
	r = sp_seize(tid, sp_ptrace_attach_options());
	if (r == -ESRCH) {
		/* It may have made another before it ended. */
		pass->found = true;
		return 0;
	}
	if (r == -EEXIST) {
		/* Born of one that is followed: it reports by itself. */
		pass->attached->threads++;
		return remember(pass->tried, tid);
	}
	if (r < 0)
		return refuse(pass, process, tid, r);
	if (!belongs_to(tid, process)) {
		let_stranger_go(tid);
		return 0;
	}
	r = sp_tracees_add(pass->engine->tracees, tid, &tracee);
	if (r < 0)
		return r;
	tracee->plain = true;
	tracee->is_new = true;
	pass->attached->threads++;
	r = remember(pass->tried, tid);
	return r < 0 ? r : 1;
}

static int take_threads(struct pass *pass, pid_t process)
{
	_cleanup_(sp_freep) pid_t *tids = NULL;
	size_t n = 0;
	int r = sp_kin_threads(process, &tids, &n);

	if (r == -EACCES || r == -EPERM || r == -ENXIO) {
		pass->attached->hidden = true;
		r = take_thread(pass, process, process);
		return r < 0 ? r : 0;
	}
	if (r < 0)
		return r == -ESRCH || r == -ENOENT ? 0 : r;
	for (size_t i = 0; i < n; i++) {
		r = take_thread(pass, process, tids[i]);
		if (r < 0)
			return r;
		pass->found |= r > 0;
	}
	return 0;
}

static int add_process(struct pass *pass, pid_t pid)
{
	int r = remember(pass->processes, pid);

	if (r < 0)
		return r;
	pass->attached->processes++;
	pass->found = true;
	return take_threads(pass, pid);
}

/* Parents have lower ids than their children only until the numbers wrap: until nothing changes. */
static int take_descendants(struct pass *pass)
{
	_cleanup_(sp_freep) struct sp_kin *kin = NULL;
	size_t n = 0;
	bool more = true;
	int r = sp_kin_read(&kin, &n);

	if (r < 0)
		return r == -ENXIO ? 0 : r;
	while (more) {
		more = false;
		for (size_t i = 0; i < n; i++) {
			struct sp_kin now;

			if (sp_tracees_find(pass->processes, kin[i].pid) ||
			    !sp_tracees_find(pass->processes, kin[i].parent) ||
			    kin[i].pid == getpid())
				continue;
			/* Between the reading of /proc and now its id may have been given anew. */
			if (sp_kin_of(kin[i].pid, &now) < 0 || now.start != kin[i].start)
				continue;
			r = add_process(pass, kin[i].pid);
			if (r < 0)
				return r;
			more = true;
		}
	}
	return 0;
}

/* What the seizer had to reap is served before all else. */
static int take_reaped(struct pass *pass)
{
	pid_t tid;
	int status, r = 0;

	while (r == 0 && sp_seizer_take(&tid, &status))
		r = sp_reports_push(pass->engine->reports, tid, status);
	return r;
}

static void look_through(pid_t pid, void *userdata)
{
	struct pass *pass = userdata;

	if (!pass->error)
		pass->error = take_threads(pass, pid);
}

/* Over the threads of all that is known, until nothing new comes. passes: how many there were. */
static int take_all_threads(struct pass *pass, int *passes)
{
	int r = 0;

	for (int quiet = 0; r == 0 && quiet < QUIET_PASSES && *passes < PASSES_MAX; ++*passes) {
		pass->found = false;
		pass->error = 0;
		sp_tracees_foreach(pass->processes, look_through, pass);
		r = pass->error;
		if (r == 0)
			r = take_reaped(pass);
		quiet = pass->found ? 0 : quiet + 1;
	}
	return r;
}

/*
 * The processes of the host are read twice if all is quiet: before the first seizure and behind the
 * last one, since who is born meanwhile waits for the end.
 */
static int run_passes(struct pass *pass)
{
	int r = 0, passes = 0;

	for (size_t i = 0; r == 0 && i < pass->request->n_pids; i++)
		r = remember(pass->processes, pass->request->pids[i]);
	pass->attached->processes = pass->request->n_pids;
	for (bool is_first = true; r == 0; is_first = false) {
		pass->found = is_first;
		r = take_descendants(pass);
		if (r < 0 || !pass->found)
			return r;
		r = take_all_threads(pass, &passes);
		if (passes == PASSES_MAX) {
			pass->attached->incomplete = true;
			break;
		}
	}
	return r;
}

/* This process, or one that waits for it: stopped, they would wait for each other for ever. */
static bool is_ancestor(pid_t pid)
{
	struct sp_kin kin = { .parent = getpid() };
	long tracer = 0;

	if (sp_proc_status("/proc", 0, "TracerPid", &tracer) == 0 && tracer == pid)
		return true;
	for (pid_t at = getpid(); at > 0; at = kin.parent) {
		if (at == pid)
			return true;
		if (sp_kin_of(at, &kin) < 0)
			return false;
	}
	return false;
}

/* The process that pid is a thread of; 0 when there is none. */
static pid_t process_of(pid_t pid)
{
	long process;

	if (sp_proc_status("/proc", pid, "Tgid", &process) == 0)
		return (pid_t)process;
	return kill(pid, 0) == 0 || errno == EPERM ? pid : 0;
}

/* Processes instead of threads, each once; -1 with *error set. */
static int resolve(const struct sp_attach_request *request, pid_t *pids, size_t *ret_n,
		   struct sp_attach_error *error)
{
	size_t n = 0;

	for (size_t i = 0; i < request->n_pids; i++) {
		const pid_t pid = process_of(request->pids[i]);
		bool known = false;

		if (pid == 0 || is_ancestor(pid)) {
			*error = (struct sp_attach_error){ request->pids[i],
							   pid == 0 ? ESRCH : EDEADLK };
			return -1;
		}
		for (size_t k = 0; k < n; k++)
			known |= pids[k] == pid;
		if (!known)
			pids[n++] = pid;
	}
	*ret_n = n;
	return 0;
}

static void interrupt(pid_t tid, void *userdata)
{
	struct sp_engine *engine = userdata;

	sp_tracees_find(engine->tracees, tid)->interrupted =
		ptrace(PTRACE_INTERRUPT, tid, 0, 0) == 0;
}

static int seize_all(const struct sp_attach_request *request, struct sp_engine *engine,
		     struct sp_attached *ret, struct sp_attach_error *error)
{
	_cleanup_(pass_done) struct pass pass = {
		.request = request,
		.engine = engine,
		.attached = ret,
	};
	int r = sp_tracees_new(&pass.processes);

	if (r == 0)
		r = sp_tracees_new(&pass.tried);
	if (r == 0)
		r = sp_seizer_begin();
	if (r == 0) {
		r = run_passes(&pass);
		sp_seizer_end();
	}
	if (r == 0 && sp_tracees_count(engine->tracees) == 0)
		r = -ESRCH;
	/*
	 * From seized to followed. What is seized runs on, and what it makes is followed from its
	 * birth: so nobody waits for the end of the search but those who are born in it.
	 */
	if (r == 0)
		sp_tracees_foreach(engine->tracees, interrupt, engine);
	if (r == 0)
		return 0;
	*error = (struct sp_attach_error){
		.pid = pass.culprit  ? pass.culprit
		       : r == -ESRCH ? request->pids[0]
				     : 0,
		.error = -r,
		.was_there = true,
	};
	return -1;
}

/* A shell that becomes sysprofile by exec leaves it its jobs. */
static bool has_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

int sp_attach(const struct sp_attach_request *request, struct sp_tracer **ret,
	      struct sp_attached *ret_attached, struct sp_attach_error *error)
{
	_cleanup_(sp_freep) pid_t *pids = calloc(request->n_pids, sizeof(*pids));
	struct sp_attach_request resolved = *request;
	struct sp_attached attached = {};
	struct sp_engine *engine;
	int r;

	if (!pids) {
		*error = (struct sp_attach_error){ 0, ENOMEM };
		return -1;
	}
	if (resolve(request, pids, &resolved.n_pids, error) < 0)
		return -1;
	resolved.pids = pids;
	r = sp_engine_new(has_children(), request->wait, &engine);
	if (r < 0) {
		*error = (struct sp_attach_error){ 0, -r };
		return -1;
	}
	engine->lets_go = true;
	/* No process of that id: nothing of it is ever taken for the one with our filter. */
	sp_ownfilter_init(&engine->filters, 0, false);
	if (seize_all(&resolved, engine, &attached, error) < 0) {
		(void)sp_engine_free(engine);
		return -1;
	}
	r = sp_engine_to_tracer(engine, ret);
	if (r < 0) {
		*error = (struct sp_attach_error){ 0, -r };
		return -1;
	}
	*ret_attached = attached;
	return 0;
}
