#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""scripts/demo keeps what it promises, and leaves nothing behind, interrupted or not. TAP."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import harness
from harness import BUILD, Directory, Tap, finish, left_over, start

DEMO = os.path.join(
    os.environ.get("SYSPROFILE_SOURCE") or os.path.join(os.path.dirname(__file__), "..", ".."),
    "scripts",
    "demo",
)
NEEDED = ("apache2", "ab", "systemd-analyze")
# Words on stderr that tell how far it is; each is a moment to interrupt it at.
MOMENTS = ("starting apache2", "static pages", "keep-alive", "graceful reload", "shutdown")
tap = Tap()


def begin(directory):
    # Its own temporary files, so that a leftover of anybody else is not taken for the demo's.
    environment = dict(harness.ENVIRONMENT, SYSPROFILE_BUILD=BUILD, TMPDIR=directory)
    return start([DEMO], env=environment)


def check_nothing_left(directory, when):
    tap.same(left_over(), [], f"{when}: no process is left")
    tap.same(os.listdir(directory), [], f"{when}: no temporary file is left")


def exposure(text, when):
    found = re.search(rf"^{when}\s+(\d+\.\d+)\b", text, re.MULTILINE)
    return float(found[1]) if found else None


def check_run():
    with Directory() as directory:
        result = finish(begin(directory), 300)
        text = result.stdout.decode(errors="replace")
        tap.ok(result.status == 0, "the demo succeeds", result)
        tap.ok("\n[Service]\n" in text, "there is a drop-in", text)
        tap.ok(re.search(r"^SystemCallFilter=.*\w", text, re.MULTILINE), "it has a filter", text)
        before, after = exposure(text, "before"), exposure(text, "after")
        tap.ok(before and after and after < before, "the exposure sinks", f"{before} to {after}")
        rows = re.findall(r"^ {2}@[\w-]+ +(won|lost to \S+ \(.*\).*)$", text, re.MULTILINE)
        tap.same(len(rows), 11, "each row is won or has the call that costs it")
        tap.ok(len([row for row in rows if row == "won"]) >= 5, "several rows are won", rows)
        check_nothing_left(directory, "after the run")


def interrupt(moment, sig):
    """Sends sig when the words of the moment have come; everything before and after is the demo's."""
    with Directory() as directory:
        with open(os.path.join(directory, "words"), "w+b") as words:
            os.unlink(words.name)
            process = start(
                [DEMO],
                env=dict(harness.ENVIRONMENT, SYSPROFILE_BUILD=BUILD, TMPDIR=directory),
                stdout=subprocess.DEVNULL,
                stderr=words,
            )

            def has_come():
                words.seek(0)
                return moment.encode() in words.read() or process.poll() is not None

            harness.wait_for(has_come, 60)
            time.sleep(0.05)
            process.send_signal(sig)
            result = finish(process, 60)
            name = f"{signal.Signals(sig).name} at '{moment}'"
            tap.same(result.status, 128 + sig, f"{name}: the status tells it")
            check_nothing_left(directory, name)


def main():
    harness.need()
    path = harness.ENVIRONMENT["PATH"]
    missing = [name for name in NEEDED if not shutil.which(name, path=path)]
    if missing:
        tap.skip("scripts/demo", f"{', '.join(missing)} not installed")
        tap.finish()
    check_run()
    for i, moment in enumerate(MOMENTS):
        interrupt(moment, (signal.SIGINT, signal.SIGTERM)[i % 2])
    tap.finish()


if __name__ == "__main__":
    sys.exit(main())
