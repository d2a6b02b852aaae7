#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which engine follows a command, what is let pass unseen, and what is said of its limits."""

import os
import re
import sys

from harness import SYSPROFILE, Directory, Tap, left_over, need, read_names, run, tracee

FAST, PLAIN = "ptrace with seccomp", "ptrace"
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def record(command, options=(), prefix=()):
    """The Result, and the names."""
    with Directory() as directory:
        # The recorder may be nobody.
        os.chmod(directory, 0o777)
        output = os.path.join(directory, "names")
        argv = [*prefix, SYSPROFILE, "-v", "--no-progress", "-f", "names", "-o", output]
        result = run([*argv, *options, "--", *command])
        return result, read_names(output) or []


def engine_of(result):
    found = re.search(rb"tracing with (.*)", result.stderr)
    return found[1].decode() if found else None


def test_choice(tap):
    """The filter wherever it can lie without NO_NEW_PRIVS being set for it, and nothing below it."""
    seccomp_line = ["grep", "-E", "^(NoNewPrivs|Seccomp):", "/proc/self/status"]
    root = os.geteuid() == 0
    # (title, what comes before, options, engine, NoNewPrivs of the command)
    cases = [
        ("by itself", [], [], FAST if root else PLAIN, 0),
        ("--no-seccomp", [], ["--no-seccomp"], PLAIN, 0),
        ("NO_NEW_PRIVS", ["setpriv", "--no-new-privs"], [], FAST, 1),
    ]
    if root:
        cases += [
            ("--run-as", [], ["--run-as=nobody"], FAST, 0),
            ("no privileges", NOBODY, [], PLAIN, 0),
            ("no privileges, NO_NEW_PRIVS", [*NOBODY, "--no-new-privs"], [], FAST, 1),
        ]
    else:
        tap.skip("without privileges", "needs root")
    for title, prefix, options, engine, no_new_privs in cases:
        result, names = record(seccomp_line, options, prefix)
        tap.same(engine_of(result), engine, f"{title}: {engine}")
        wanted = b"NoNewPrivs:\t%d\nSeccomp:\t%d\n" % (no_new_privs, 2 * (engine == FAST))
        tap.same(result.stdout, wanted, f"{title}: what the command sees of it")
        tap.ok("execve" in names, f"{title}: recorded", result)


def test_filter_before(tap):
    """What an older filter refuses would not reach ours; the plain engine is before all."""
    result, names = record([tracee("filtered"), "call"], prefix=[tracee("filtered")])
    tap.same(engine_of(result), PLAIN, "a filter before ours: plain")
    tap.same(result.stdout, b"getpriority: EXDEV\n", "a filter before ours: as without")
    tap.ok("getpriority" in names, "a filter before ours: what it refuses is recorded", names)


def test_assumed(tap):
    options = ["--assume=getppid,@timer,clone,clone3,execve"]
    result, names = record([tracee("threads")], options)
    tap.same(result.stdout, b"threads: 1000\n", "assumed: as without")
    if engine_of(result) == FAST:
        tap.ok("getppid" not in names, "assumed: never as seen", names)
        tap.ok(b"\tgetppid\t" not in result.stderr, "assumed: not counted", result)
    else:
        tap.skip("assumed: never as seen", "the seccomp engine needs root")
    # These the tracer must see in any case.
    makers = {"clone", "clone3"} & set(names)
    tap.ok(makers and "execve" in names, "assumed: what must be seen is", names)
    result = run([SYSPROFILE, "-q", "--no-progress", *options, "--", tracee("threads")])
    text = result.stdout.decode()
    assumed = re.search(r"# Assumed[^:]*:((?:.|\n#  )*)", text)
    tap.ok(assumed and "getppid" in assumed[1].split(), "assumed: the result says so", text)


# Tracee and what must be said of it.
SAID = [
    (["seccomp-strict"], rb"enters strict seccomp mode: .*--no-seccomp"),
    (["ptrace-self"], rb"calls ptrace: .*EPERM"),
    (["ptrace-child"], rb"calls ptrace: .*EPERM"),
    (["ptrace-sibling"], rb"calls ptrace: .*EPERM"),
    (["own-seccomp", "errno"], rb"installs a seccomp filter of its own"),
    (["own-seccomp", "prctl"], rb"installs a seccomp filter of its own"),
    (["io-uring-sqpoll"], rb"sets up io_uring"),
    (["personality"], rb"changes its personality"),
]


def test_said(tap):
    """In the summary, on either engine, and also when the call was assumed."""
    everything = "--assume=prctl,seccomp,ptrace,io_uring_setup,personality"
    for options in ([], ["--no-seccomp"], [everything]):
        for (name, *rest), wanted in SAID:
            result, _ = record([tracee(name), *rest], options)
            title = " ".join([name, *rest, *options])
            tap.ok(re.search(wanted, result.stderr), f"{title}: said", result)


def main():
    need(SYSPROFILE, tracee("filtered"))
    tap = Tap()
    tests = {name[5:]: test for name, test in globals().items() if name.startswith("test_")}
    for name in sys.argv[1:] or tests:
        tests[name](tap)
    left = left_over()
    tap.ok(not left, "nothing left", left)
    tap.finish()


if __name__ == "__main__":
    main()
