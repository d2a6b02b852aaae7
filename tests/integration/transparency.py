#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs under sysprofile print, and end, exactly as without it, and their calls are seen.

Each tracee is run natively and under every engine; stdout, stderr and the status must be equal,
nothing may be left, and the names recorded must hold what the table says.
"""

import os
import re
import resource
import signal
import sys

from harness import (
    ENVIRONMENT,
    SYSPROFILE,
    Directory,
    Tap,
    left_over,
    need,
    read_names,
    run,
    tracee,
)

# Option lists; every case runs under each. Without privileges the first is the plain engine too.
ENGINES = [[], ["--no-seccomp"]]


def has_filter(engine):
    return "--no-seccomp" not in engine and os.geteuid() == 0

DEADLY = "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV PIPE ALRM TERM XCPU SYS"
FORK = r"clone|clone3|fork"
VFORK = r"vfork|clone|clone3"
SLEEP = r"clock_nanosleep|nanosleep"


class Case:
    """calls: expressions that some name must match whole. never: ones that none may match."""

    def __init__(self, name, *args, calls=(), never=(), exactly=None, **more):
        self.name = name
        self.args = args
        self.calls = calls
        self.never = never
        self.exactly = exactly
        self.times = more.get("times", 1)
        self.timeout = more.get("timeout", 60)
        self.stdin = more.get("stdin", b"")
        self.setup = more.get("setup")
        self.title = more.get("title", " ".join((name, *args)))
        # What differs under any ptrace tracer, and why: (in the native output, in ours).
        self.known = more.get("known")
        # Likewise, where the seccomp engine's filter lies under the program.
        self.filtered = more.get("filtered")
        # Calls that are made only without that filter.
        self.plain_calls = more.get("plain_calls", ())
        self.below_shell = more.get("below_shell", False)
        self.root = more.get("root", False)
        self.i386 = more.get("i386", ())


def unusual_parent():
    """A parent from which there is something to inherit."""
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGTERM, signal.SIGRTMAX})
    os.umask(0o027)
    os.nice(3)
    os.chdir("/usr")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    resource.setrlimit(resource.RLIMIT_NOFILE, (77, 99))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 4096))
    os.dup2(1, 9)
    os.set_inheritable(9, True)


def ignored_sigpipe():
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def ignored_sigchld():
    """The kernel reaps the children of such a parent, unless they are traced."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)


SHOWN_FILTER = (b"Seccomp:\t0", b"Seccomp:\t2")

# Waits with a time limit that end when an ignored signal wakes a traced task: (native, traced).
ENDED_EARLY = (
    b"epoll_wait: ok 0\nepoll_pwait: ok 0\nsemtimedop: EAGAIN -1\nsigtimedwait: EAGAIN -1\n"
    b"io_getevents: ok 0\nrecv: EAGAIN -1\n",
    b"epoll_wait: EINTR -1\nepoll_pwait: EINTR -1\nsemtimedop: EINTR -1\n"
    b"sigtimedwait: EINTR -1\nio_getevents: EINTR -1\nrecv: EINTR -1\n",
)

CASES = [
    Case("bare", exactly={"execve", "write", "exit_group"}),
    Case("bare", exactly={"execve", "write", "exit_group"}, times=30, title="bare, 30 times"),
    *[Case("exit-code", str(n), calls=["exit_group"]) for n in (0, 1, 2, 3, 125, 126, 127, 255)],
    Case("exit-code", "3", setup=ignored_sigchld, title="exit-code 3, SIGCHLD ignored"),
    *[Case("die", name, calls=["rt_sigprocmask"]) for name in DEADLY.split()],
    Case("rtqueue", calls=["rt_sigqueueinfo", "rt_sigreturn", FORK]),
    Case("sigtrap-self", calls=["rt_sigqueueinfo", "tgkill", "kill", "rt_sigreturn"]),
    Case("sigstop-self", calls=["wait4", "tgkill"]),
    Case("jobctl", calls=["setpgid", "getppid", "kill"]),
    Case("stop-kill", calls=["pause", "kill"], times=5),
    Case("sleep-restart", calls=["nanosleep", "restart_syscall", "poll|ppoll"]),
    # What ends a call that has no handler to blame: SIGSTOP with SIGCONT does for some, an ignored
    # signal never. A tracer hears of it, and the call that was woken for that cannot be begun again
    # where it has a time limit.
    Case("stop-eintr", "stop", calls=["epoll_wait", "semtimedop", "rt_sigtimedwait"]),
    Case("stop-eintr", "ignored", calls=["epoll_wait", "inotify_add_watch"], known=ENDED_EARLY),
    # Where a signal comes from, its value, and the address of a fault reach the handler.
    Case("siginfo", calls=["rt_tgsigqueueinfo", "timer_create", "rt_sigreturn"]),
    Case("timers", calls=["setitimer", "alarm", "sigaltstack", "rt_sigreturn"]),
    # Affinity, policy and nice stay, whatever the tracer does with its own.
    Case("placement", calls=["sched_getaffinity", "sched_setscheduler", "getppid"]),
    Case("timer-sleep", calls=["setitimer", SLEEP, "poll|ppoll", "pause", "rt_sigreturn"]),
    Case("eintr", calls=["setitimer", "read", "rt_sigreturn"]),
    Case("vfork-exec", calls=[VFORK, "execve", "exit_group", SLEEP], times=3),
    # The parent is in uninterruptible sleep; the child is served all the same.
    Case("vfork-signal", calls=[VFORK, "rt_sigqueueinfo", "execve", "kill"], times=3),
    Case("clone-flags", calls=["clone", "getpgid", "getsid", "wait4"], times=3),
    Case("fork-storm", calls=[FORK, "wait4", "exit_group"], times=3, timeout=120),
    Case("fork-tree", calls=[FORK, "getpgid", "pipe2|pipe"], times=3),
    Case("thread-fork-exec", calls=["clone3|clone", "execve", "exit"], times=3),
    Case("threads", calls=["clone3|clone", "getppid", "exit"], times=3),
    Case("exec-thread", calls=["clone3|clone", "execve", "getppid"]),
    Case("exec-thread", "40", calls=["execve", "getppid"], timeout=120),
    Case("exec-leader-dead", calls=["exit", "execve"], times=3),
    # One of several wins; siblings breed meanwhile; the leader ends at that moment.
    Case("exec-race", "threads", "40", calls=["execve", "getpgid"], times=3),
    Case("exec-race", "clone", "15", calls=["execve", "getpgid", "clone3|clone"], times=3),
    Case("exec-race", "leader", "40", calls=["execve", "getpgid", "exit"], times=3),
    Case("exec-race", "mixed", "20", calls=["execve", "getpgid", "exit"], times=3),
    Case("leader-exit", calls=["exit", "getpgid", "exit_group"], times=3),
    Case("exit-group-thread", calls=["pause", "getppid", "exit_group"], times=3),
    # sync and waitpid there are getitimer and poll by number here.
    Case(
        "int80",
        calls=["write"],
        never=["sync", "getitimer", "writev"],
        i386=["x86:getpid", "x86:sync", "x86:waitpid", "x86:1999"],
    ),
    Case(
        "badnr",
        calls=[rf"x86-64:{n}" for n in (600, 1023, 16384, 65535, 65536, 70000, 0x20000000)],
        never=["socket", r"x86-64:-.*", "accept"],
    ),
    Case("x32", calls=["x32:getppid", "x32:rt_sigaction"], never=["getppid"]),
    Case("own-seccomp", "errno", calls=["prctl", "seccomp", "getpriority"]),
    Case("own-seccomp", "trap", calls=["seccomp", "getpriority", "rt_sigreturn"]),
    Case("own-seccomp", "notify", calls=["seccomp", "getpriority", "ioctl"]),
    Case("own-seccomp", "kill", calls=["seccomp", "getpriority"]),
    Case("own-seccomp", "thread", calls=["seccomp", "getpriority"]),
    Case("own-seccomp", "trace", calls=["seccomp", "getpriority"]),
    Case("own-seccomp", "log", calls=["seccomp", "getpriority"]),
    Case("own-seccomp", "tsync", calls=["seccomp", "getpriority"], times=5),
    Case("own-seccomp", "tsync-probed", calls=["seccomp", "getpriority"]),
    Case("own-seccomp", "tsync-asleep", calls=["seccomp", "getpriority", "epoll_wait"], times=3),
    Case("own-seccomp", "child", calls=["seccomp", "getpriority"]),
    Case("own-seccomp", "notify-continue", calls=["seccomp", "getpriority", "ioctl"]),
    Case("own-seccomp", "allow", calls=["seccomp", "getpriority"]),
    Case("own-seccomp", "prctl", calls=["prctl", "seccomp", "getpriority"]),
    Case("own-seccomp", "exec", calls=["seccomp", "getpriority", "execve"]),
    # Strict mode cannot be entered over a filter (seccomp(2)); sysprofile warns and names the option.
    Case(
        "seccomp-strict",
        calls=["prctl"],
        plain_calls=["exit", "getpid"],
        filtered=(
            b"inside\nchild: exit 3\ninside\nchild: killed by KILL\n",
            b"child: exit 98\nchild: exit 98\n",
        ),
    ),
    Case("sigkill-worker", calls=["getppid", "kill"], times=3),
    Case("pidns", calls=["unshare", "getsid", FORK], root=True),
    # The end of a namespace's init takes tasks out of any stop.
    Case("pidns-kill", calls=["unshare", "getppid", "kill"], root=True, times=2),
    Case("setuid-drop", calls=["setresuid", "setresgid", "setgroups", "getpgid"], root=True),
    Case("setuid-exec", "DIR", calls=["fchmod", "setresuid", "execve"], root=True),
    Case("dumpable", calls=["prctl", "getpgid", "execve"]),
    Case("memfd-exec", calls=["memfd_create", "execveat|execve", "getpgid"]),
    Case("ptrace-self", calls=["ptrace"], known=(b"TRACEME: ok", b"TRACEME: EPERM")),
    Case("ptrace-child", calls=["ptrace"], known=(b"SEIZE: ok", b"SEIZE: EPERM")),
    # Nor can a debugger that is traced have what it debugs; it is refused as by any other tracer.
    Case(
        "ptrace-sibling",
        calls=["ptrace", "process_vm_readv", "kcmp"],
        known=(b"SEIZE: ok\nATTACH: ok", b"SEIZE: EPERM\nATTACH: EPERM"),
    ),
    # A filter shows in /proc/PID/status; nothing else of it does.
    Case("inherit", calls=["getcwd"], below_shell=True, filtered=SHOWN_FILTER),
    Case(
        "inherit",
        setup=unusual_parent,
        below_shell=True,
        title="inherit, unusual parent",
        filtered=SHOWN_FILTER,
    ),
    Case("count-stdin", stdin=b"", calls=["read"], title="count-stdin, nothing"),
    Case("count-stdin", stdin=bytes(range(256)) * 8192, title="count-stdin, 2 MiB"),
    Case("sigpipe", calls=["pipe2|pipe"]),
    Case("sigpipe", setup=ignored_sigpipe, title="sigpipe, ignored by the parent"),
    Case("blocked", calls=["pause", "futex", "readv", "poll", "epoll_pwait", "accept4"], times=2),
    Case("never-returns", calls=["rt_sigreturn", "exit", "execve", VFORK, "exit_group"], times=3),
    Case("clone3", calls=["clone3", "waitid"]),
    Case("clone-untraced", calls=["clone", "clone3", "getpgid", "getsid"]),
    Case("zombies", calls=["waitid", "wait4"]),
    Case("io-uring-setup", calls=["io_uring_setup"]),
    # The kernel's poller is a thread of the process that never stops.
    Case("io-uring-sqpoll", calls=["io_uring_setup"]),
    Case("crowd", "500", calls=["clone3|clone", "getppid", "futex"], times=2),
    Case("personality", calls=["personality", "execve"]),
]


# What one run has and the next has not, on the same engine too: expressions, and why.
CHANCE = [
    ("restart_syscall", "a sleep that a stop interrupted goes on so; depends on the moment"),
    ("futex|sched_yield", "made only when threads really meet"),
    ("madvise|munmap|mremap|mprotect|brk", "the allocator's, as threads come and go"),
    (SLEEP, "a wait with pauses may need none"),
]


def check_same_sets(tap, recorded):
    """Both engines share a loop and must see the same."""
    for case in CASES:
        sets = [recorded.get((case.title, *engine)) for engine in ENGINES]
        if None in sets:
            continue
        # Calls that the program makes only where no filter of ours is below it.
        expected = [*(expression for expression, _ in CHANCE), *case.plain_calls]
        odd = [
            name
            for name in sorted(sets[0] ^ sets[1])
            if not any(re.fullmatch(expression, name) for expression in expected)
        ]
        tap.ok(not odd, f"{case.title}: the same calls on both engines", odd)


def argv_of(case, directory):
    return [tracee(case.name)] + [directory if arg == "DIR" else arg for arg in case.args]


def run_case(case, argv):
    if case.below_shell:
        # Neither leads a group then, and "exit" keeps the shell from becoming the program.
        argv = ["/bin/sh", "-c", '"$@"; exit $?', "sh", *argv]
    return run(argv, case.timeout, stdin=case.stdin, setup=case.setup)


def foreign_words(stderr):
    """What is left of stderr without the lines that sysprofile put its name to."""
    return b"".join(
        line for line in stderr.splitlines(keepends=True) if not line.startswith(b"sysprofile: ")
    )


def as_known(case, engine, stdout):
    if case.known:
        stdout = stdout.replace(*case.known)
    if case.filtered and has_filter(engine):
        stdout = stdout.replace(*case.filtered)
    return stdout


def check_names(tap, case, engine, title, names, native):
    if names is None:
        tap.ok(False, f"{title}: result written")
        return
    calls = [*case.calls, *([] if has_filter(engine) else case.plain_calls)]
    # A kernel without the i386 ABI raises SIGSEGV for int 0x80, before any call.
    if native.status == 0 and b"getpid" in native.stdout:
        calls += case.i386
    missing = [call for call in calls if not any(re.fullmatch(call, name) for name in names)]
    wrong = [name for name in names if any(re.fullmatch(call, name) for call in case.never)]
    detail = f"missing {missing}, wrong {wrong}, of {' '.join(names)}"
    tap.ok(not missing and not wrong, f"{title}: calls recorded", detail)
    if case.exactly is not None:
        tap.same(set(names), case.exactly, f"{title}: nothing else recorded")


def check(tap, case, engine, recorded):
    title = " ".join([case.title, *engine])
    if case.root and os.geteuid() != 0:
        tap.skip(title, "needs root")
        return
    with Directory() as directory:
        native = run_case(case, argv_of(case, directory))
        wanted = (native.status, as_known(case, engine, native.stdout), native.stderr)
        if not tap.ok(not native.timed_out and native.status != 99, f"{title}: native", native):
            return
        for _ in range(case.times):
            output = os.path.join(directory, "names")
            options = ["-q", "--no-progress", "-f", "names", "-o", output, *engine, "--"]
            ours = run_case(case, [SYSPROFILE, *options, *argv_of(case, directory)])
            got = (ours.status, ours.stdout, foreign_words(ours.stderr))
            if got != wanted or ours.timed_out:
                break
        tap.ok(
            got == wanted and not ours.timed_out,
            f"{title}: as without",
            f"native: {native}\nours: {ours}\n{difference(wanted[1], got[1])}",
        )
        left = left_over()
        tap.ok(not left, f"{title}: nothing left", left)
        names = read_names(output)
        check_names(tap, case, engine, title, names, native)
        recorded[(case.title, *engine)] = set(names or [])


def difference(wanted, got):
    wanted, got = wanted.splitlines(), got.splitlines()
    lines = [f"- {line}" for line in wanted if line not in got]
    return "\n".join(lines + [f"+ {line}" for line in got if line not in wanted])


def check_daemon(tap, engine):
    """The run goes on until the last process ends; the status is the first one's."""
    title = " ".join(["daemon2", *engine])
    with Directory() as directory:
        written, output = (os.path.join(directory, name) for name in ("written", "names"))
        options = ["-q", "--no-progress", "-f", "names", "-o", output, *engine, "--"]
        ours = run([SYSPROFILE, *options, tracee("daemon2"), written])
        there = os.path.exists(written)
        tap.ok(
            (ours.status, ours.stdout, there) == (0, b"first: gone\n", True),
            f"{title}: waited for",
            f"{ours}\nfile written: {there}",
        )
        names = read_names(output) or []
        tap.ok("getpgid" in names and "setsid" in names, f"{title}: recorded", names)
        tap.ok(not left_over(), f"{title}: nothing left")


def check_slow_tracer(tap, engine):
    """An id that changes hands by exec between a stop and its service: the exec is told of."""
    title = " ".join(["exec-race mixed, slow tracer", *engine])
    options = ENVIRONMENT.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    environment = {
        **ENVIRONMENT,
        "LD_PRELOAD": tracee("slow-tracer.so"),
        "ASAN_OPTIONS": options.lstrip(":"),
    }
    argv = [SYSPROFILE, "--no-progress", "-f", "names", *engine, "--"]
    result = run([*argv, tracee("exec-race"), "mixed", "15"], 60, env=environment)
    tap.ok(result.status == 8 and not result.timed_out, f"{title}: status", result)
    tap.ok(b"slow-tracer: " not in result.stderr, f"{title}: no report lost", result)
    counted = b"by 5 processes and 120 further threads" in result.stderr
    tap.ok(counted, f"{title}: every thread counted", result)
    tap.ok(not left_over(), f"{title}: nothing left")


def main():
    need(SYSPROFILE, tracee("bare"), tracee("slow-tracer.so"))
    tap = Tap()
    wanted = set(sys.argv[1:])
    recorded = {}  # (title of the case, options of the engine): names
    for engine in ENGINES:
        for case in CASES:
            if not wanted or case.name in wanted:
                check(tap, case, engine, recorded)
        if not wanted or "daemon2" in wanted:
            check_daemon(tap, engine)
        if not wanted or "slow-tracer" in wanted:
            check_slow_tracer(tap, engine)
    check_same_sets(tap, recorded)
    tap.finish()


if __name__ == "__main__":
    main()
