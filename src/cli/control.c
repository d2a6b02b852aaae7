/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/control.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "sysprofile/procfs.h"
#include "sysprofile/timespan.h"
#include "sysprofile/util.h"

/* A kill(1) to the process group and one to sysprofile are one request when they come together. */
#define SAME_REQUEST_NS SP_NSEC_PER_SEC
/* How long daemons of our own session may take after Ctrl-C before they get SIGTERM as well. */
#define ORPHAN_GRACE_NS (2 * SP_NSEC_PER_SEC)
#define WAITING_NS	(5 * SP_NSEC_PER_SEC)
#define TICK_NS		(SP_NSEC_PER_SEC / 4)

enum stage { RUNNING, STOPPING, KILLED };

struct sp_control {
	struct sp_control_terms terms;
	int64_t deadline_ns; /* -1: none */
	timer_t ticker;
	bool has_ticker;

	enum stage stage;
	bool terminal; /* the terminal told the command already */
	bool said_waiting;
	int64_t asked_ns;
	const char *reason; /* static */

	pid_t *asked; /* owned; who got SIGTERM, once each */
	size_t n_asked;
};

/* What the handlers leave. One process, one set of signals. */
static volatile sig_atomic_t due;
static volatile sig_atomic_t pending[NSIG];
static volatile sig_atomic_t from_terminal[NSIG];

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	/* The terminal driver's signals come from the kernel; kill(2)'s name a sender. */
	if (info->si_code == SI_KERNEL)
		from_terminal[sig] = 1;
	pending[sig]++;
	due = 1;
}

/* As they were before: for the next command. */
static struct sigaction found[NSIG];
static bool was_taken[NSIG];
static sigset_t found_mask;
static bool has_mask;

static int take_signal(int sig, const struct sigaction *action)
{
	if (sigaction(sig, action, was_taken[sig] ? NULL : &found[sig]) < 0)
		return -errno;
	was_taken[sig] = true;
	return 0;
}

void sp_control_restore_signals(void)
{
	for (int sig = 1; sig < NSIG; sig++) {
		if (was_taken[sig])
			(void)sigaction(sig, &found[sig], NULL);
		was_taken[sig] = false;
		pending[sig] = from_terminal[sig] = 0;
	}
	due = 0;
	if (has_mask)
		(void)sigprocmask(SIG_SETMASK, &found_mask, NULL);
	has_mask = false;
}

static int catch_signals(void)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM };
	/*
	 * SIGCHLD may have come ignored, and then nobody would be woken for it. SIGTTOU would stop
	 * the tracer, and with it everything traced, when it writes while a job of a traced shell
	 * has the terminal. A file size limit shall fail the write and not end us with the result.
	 */
	static const int ignored[] = { SIGPIPE, SIGTTOU, SIGXFSZ };
	/* No SA_RESTART: the wait for tracees has to end when one of these comes. */
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, fallback = { .sa_handler = SIG_DFL };
	sigset_t mask;
	int r;

	sigemptyset(&mask);
	for (size_t i = 0; i < SP_ARRAY_SIZE(caught); i++) {
		struct sigaction old;

		sigaddset(&mask, caught[i]);
		/* nohup(1) and shells without job control have a signal ignored: so it stays. */
		if (sigaction(caught[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN &&
		    caught[i] != SIGALRM)
			continue;
		r = take_signal(caught[i], &action);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < SP_ARRAY_SIZE(ignored); i++) {
		r = take_signal(ignored[i], &ignore);
		if (r < 0)
			return r;
	}
	r = take_signal(SIGCHLD, &fallback);
	if (r < 0)
		return r;
	sigaddset(&mask, SIGCHLD);
	if (sigprocmask(SIG_UNBLOCK, &mask, has_mask ? NULL : &found_mask) < 0)
		return -errno;
	has_mask = true;
	return 0;
}

static int start_ticker(struct sp_control *c)
{
	struct itimerspec period = {
		.it_interval.tv_nsec = TICK_NS,
		.it_value.tv_nsec = TICK_NS,
	};
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };

	if (timer_create(CLOCK_MONOTONIC, &event, &c->ticker) < 0)
		return -errno;
	c->has_ticker = true;
	return timer_settime(c->ticker, 0, &period, NULL) < 0 ? -errno : 0;
}

int sp_control_new(const struct sp_control_terms *terms, struct sp_control **ret)
{
	_cleanup_(sp_control_freep) struct sp_control *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->terms = *terms;
	c->deadline_ns = -1;
	if (terms->duration_ns >= 0 &&
	    __builtin_add_overflow(sp_monotonic_ns(), terms->duration_ns, &c->deadline_ns))
		c->deadline_ns = -1;
	r = catch_signals();
	if (r == 0)
		r = start_ticker(c);
	if (r < 0)
		return r;
	*ret = SP_TAKE(c);
	return 0;
}

struct sp_control *sp_control_free(struct sp_control *control)
{
	if (!control)
		return NULL;
	if (control->has_ticker)
		(void)timer_delete(control->ticker);
	free(control->asked);
	free(control);
	return NULL;
}

bool sp_control_is_due(void)
{
	return due;
}

static bool contains(const pid_t *list, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == pid)
			return true;
	return false;
}

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

/* All live tasks, sorted; the caller frees. NULL without memory. */
static pid_t *list_tracees(struct sp_tracer *tracer, size_t *ret_n)
{
	size_t n = sp_tracer_tracees(tracer, NULL, 0);
	pid_t *tids = calloc(n ? n : 1, sizeof(*tids));

	if (!tids)
		return NULL;
	(void)sp_tracer_tracees(tracer, tids, n);
	qsort(tids, n, sizeof(*tids), compare_pids);
	*ret_n = n;
	return tids;
}

static void ask_once(struct sp_control *c, pid_t pid)
{
	pid_t *grown;

	if (contains(c->asked, c->n_asked, pid))
		return;
	grown = reallocarray(c->asked, c->n_asked + 1, sizeof(*grown));
	if (!grown)
		return;
	c->asked = grown;
	c->asked[c->n_asked++] = pid;
	(void)kill(pid, SIGTERM);
	/* A stopped process could not act on it: systemd continues what it terminates, too. */
	(void)kill(pid, SIGCONT);
}

/*
 * A process whose parent is not traced has nobody left to stop it: a daemon that double-forked,
 * or whose first process is gone. Its own children are its business, as for systemd with
 * KillMode=mixed.
 */
static bool is_orphan(pid_t pid, const pid_t *tids, size_t n)
{
	long parent, leader;

	if (sp_proc_status("/proc", pid, "Tgid", &leader) < 0 || leader != pid)
		return false;
	if (sp_proc_status("/proc", pid, "PPid", &parent) < 0)
		return false;
	return !bsearch(&(pid_t){ (pid_t)parent }, tids, n, sizeof(*tids), compare_pids);
}

static void ask_to_stop(struct sp_control *c, struct sp_tracer *tracer)
{
	bool patient = c->terminal && sp_monotonic_ns() - c->asked_ns < ORPHAN_GRACE_NS;
	_cleanup_(sp_freep) pid_t *tids = NULL;
	pid_t own_session = getsid(0);
	size_t n = 0;

	tids = list_tracees(tracer, &n);
	if (!tids)
		return;
	for (size_t i = 0; i < n; i++) {
		if (tids[i] == c->terms.root) {
			if (!c->terminal)
				ask_once(c, c->terms.root);
		} else if (is_orphan(tids[i], tids, n)) {
			/* What shares our session has had the terminal's signal: give it time. */
			if (!patient || getsid(tids[i]) != own_session)
				ask_once(c, tids[i]);
		}
	}
}

static void kill_all(struct sp_control *c, struct sp_tracer *tracer)
{
	_cleanup_(sp_freep) pid_t *tids = NULL;
	size_t n = 0;

	tids = list_tracees(tracer, &n);
	for (size_t i = 0; tids && i < n; i++)
		(void)kill(tids[i], SIGKILL);
	c->stage = KILLED;
}

static enum sp_control_news begin_stopping(struct sp_control *c, struct sp_tracer *tracer,
					   const char *reason, bool terminal)
{
	c->stage = STOPPING;
	c->terminal = terminal;
	c->reason = reason;
	c->asked_ns = sp_monotonic_ns();
	if (c->terms.root == 0)
		return SP_CONTROL_LEAVING;
	ask_to_stop(c, tracer);
	return SP_CONTROL_STOPPING;
}

/* Takes the signals that came; true when one of them asks for the end. */
static bool take_requests(const char **ret_reason, bool *ret_terminal)
{
	static const struct {
		int sig;
		const char *from_user, *from_terminal;
	} requests[] = {
		{ SIGTERM, "SIGTERM", "SIGTERM" },
		{ SIGHUP, "SIGHUP", "the terminal was closed" },
		{ SIGINT, "SIGINT", "Ctrl-C" },
		{ SIGQUIT, "SIGQUIT", "Ctrl-\\" },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(requests); i++) {
		int sig = requests[i].sig;

		if (!pending[sig])
			continue;
		pending[sig] = 0;
		*ret_reason =
			from_terminal[sig] ? requests[i].from_terminal : requests[i].from_user;
		/* SIGHUP makes daemons reload, so the terminal's does not end them. */
		*ret_terminal = from_terminal[sig] && sig != SIGHUP;
		from_terminal[sig] = 0;
		return true;
	}
	return false;
}

/* What ends the run without a signal; NULL: nothing yet. */
static const char *find_end(const struct sp_control *c, int64_t now, int64_t since_new_ns)
{
	if (c->deadline_ns >= 0 && now >= c->deadline_ns)
		return "--duration";
	if (c->terms.quiet_ns >= 0 && since_new_ns >= c->terms.quiet_ns)
		return "--quiet-for";
	return NULL;
}

enum sp_control_news sp_control_act(struct sp_control *c, struct sp_tracer *tracer,
				    int64_t since_new_ns)
{
	const char *reason;
	bool terminal;
	int64_t now;

	due = 0;
	now = sp_monotonic_ns();
	if (take_requests(&reason, &terminal)) {
		if (c->stage == RUNNING)
			return begin_stopping(c, tracer, reason, terminal);
		if (c->terms.root != 0 && (terminal || now - c->asked_ns > SAME_REQUEST_NS)) {
			kill_all(c, tracer);
			return SP_CONTROL_KILLING;
		}
	}
	if (c->stage == RUNNING) {
		reason = find_end(c, now, since_new_ns);
		return reason ? begin_stopping(c, tracer, reason, false) : SP_CONTROL_NOTHING;
	}
	if (c->terms.root == 0)
		return SP_CONTROL_LEAVING;
	if (c->stage == KILLED) {
		/* What was born between the list and its kills. */
		kill_all(c, tracer);
		return SP_CONTROL_NOTHING;
	}
	if (now - c->asked_ns >= c->terms.stop_timeout_ns) {
		kill_all(c, tracer);
		return SP_CONTROL_KILLING;
	}
	ask_to_stop(c, tracer);
	if (!c->said_waiting && now - c->asked_ns >= WAITING_NS) {
		c->said_waiting = true;
		return SP_CONTROL_WAITING;
	}
	return SP_CONTROL_NOTHING;
}

bool sp_control_was_asked(const struct sp_control *control)
{
	return control->stage != RUNNING;
}

const char *sp_control_reason(const struct sp_control *control)
{
	return control->reason;
}
