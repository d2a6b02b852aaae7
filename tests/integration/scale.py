#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""10,000 threads that live at once, and 100,000 short processes, in one run of each engine.

Nothing is lost: every task is counted, and the status is the command's. What a run takes is said,
never judged, but for a limit against standstill; the tracer's memory has a limit.
"""

import os
import re
import subprocess
import sys
import time

from harness import (
    SYSPROFILE,
    Directory,
    Tap,
    finish,
    left_over,
    need,
    read_names,
    read_until,
    run,
    start,
    tracee,
)

ENGINES = [[], ["--no-seccomp"]]
THREADS = 10000
PROCESSES = 100000
# Of the tracer, with all threads alive. Sanitizers keep what is freed, and shadow all of it.
MEMORY_KB = 16 * 1024
LIMIT_SECONDS = 200

COUNTED = re.compile(rb"by (\d+) process(?:es)? and (\d+) further thread")


def argv_of(output, engine, *command):
    return [SYSPROFILE, "--no-progress", "-f", "names", "-o", output, *engine, "--", *command]


def peak_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(r"^VmHWM:\s+(\d+) kB", f.read(), re.M)[1])


def is_sanitized():
    with open(SYSPROFILE, "rb") as f:
        return b"__asan_init" in f.read()


def check_counts(tap, title, result, seconds, wanted):
    found = COUNTED.search(result.stderr)
    counts = tuple(int(n) for n in found.groups()) if found else None
    tap.same(counts, wanted, f"{title}: every process and thread counted")
    left = left_over()
    tap.ok(not left, f"{title}: nothing left", left)
    tap.note(f"{title}: {seconds:.1f} s")


def check_names(tap, title, path, wanted):
    names = read_names(path) or []
    missing = [call for call in wanted if call not in names]
    tap.ok(not missing, f"{title}: calls recorded", f"missing {missing} of {names}")


def test_threads(tap, engine, n):
    title = " ".join([f"{n} threads", *engine])
    with Directory() as directory:
        output = os.path.join(directory, "names")
        begin = time.monotonic()
        process = start(
            argv_of(output, engine, tracee("crowd"), str(n), "wait"), stdin=subprocess.PIPE
        )
        text = read_until(process, b"alive", LIMIT_SECONDS)
        peak = peak_kb(process.pid)
        # The end of stdin is the word to go on; finish() closes it.
        result = finish(process, LIMIT_SECONDS)
        text += result.stdout
        tap.ok(
            (result.status, text) == (0, b"alive: %d\ndone: %d\n" % (n, n)),
            f"{title}: as without",
            f"{text!r}\n{result}",
        )
        tap.note(f"{title}: peak memory of the tracer {peak} kB")
        tap.ok(peak <= MEMORY_KB or is_sanitized(), f"{title}: memory", f"{peak} kB")
        check_counts(tap, title, result, time.monotonic() - begin, (1, n))
        check_names(tap, title, output, ["getppid", "futex", "exit", "exit_group"])


def test_processes(tap, engine, n):
    title = " ".join([f"{n} processes", *engine])
    with Directory() as directory:
        output = os.path.join(directory, "names")
        argv = argv_of(output, engine, tracee("fork-storm"), str(n))
        result = run(argv, LIMIT_SECONDS)
        # Rounds of 50, whose statuses are 0 to 49.
        wanted = (0, b"sum: %d\n" % (n // 50 * 1225))
        tap.ok((result.status, result.stdout) == wanted, f"{title}: as without", result)
        check_counts(tap, title, result, result.seconds, (n + 1, 0))
        check_names(tap, title, output, ["wait4", "exit_group", "clone"])


def main():
    need(SYSPROFILE, tracee("crowd"))
    tap = Tap()
    threads, processes = (int(word) for word in sys.argv[1:] or (THREADS, PROCESSES))
    for engine in ENGINES:
        native = run([tracee("crowd"), str(threads)])
        if native.status == 98:
            tap.skip(f"{threads} threads", f"the machine has limits: {native.stdout!r}")
        else:
            test_threads(tap, engine, threads)
        test_processes(tap, engine, processes)
    tap.finish()


if __name__ == "__main__":
    main()
