#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""From one profile a text for each release, proven: releases.py [RELEASE]. TAP.

Without RELEASE under the model's rules of each release of systemd; with it (12, 13) under the real
systemd of that Debian: the filter that it loads is read back, is what the model says, and lets pass
all that the daemon called, in that Debian and in Debian 12, where all texts are learned once more.
"""

import itertools
import sys
import tempfile

import readback
from machine import Machine
from names import (
    WRITE_TEXT, allowed_by, allowed_of_list, daemons, names_of, words_of, write_text,
)
from roots import Missing

import harness
from harness import SYSPROFILE, Tap, need

MODELLED = ("239", "rhel8", "247", "249", "252", "rhel9", "debian12", "255", "256", "257", "debian13",
            "261")  # fmt: skip
STYLES, HEADROOM = ("groups", "exact", "deny"), ("none", "family")
# What the dynamic loader needs at once, and the first @default of old has not.
EARLY = {"mmap", "brk", "mprotect", "munmap"}
# Called by systemd itself before the program is there.
SYSTEMD = {"execve", "write"}


def known_words(systemd):
    """The groups that a release has."""
    result = harness.run([SYSPROFILE, "groups", f"--systemd={systemd}"])
    return {line for line in result.stdout.decode().splitlines() if line.startswith("@")}


def check_model(tap, folder):
    for systemd in MODELLED:
        groups = known_words(systemd)
        tap.ok(len(groups) > 15, f"systemd {systemd} has groups", groups)
        for style, headroom in itertools.product(STYLES, HEADROOM):
            lost, unknown, early = [], [], []
            for daemon in daemons():
                needed = names_of("12", daemon) | SYSTEMD
                text = write_text(needed, systemd, style, headroom)
                allowed = allowed_by(text, systemd, folder)
                lost += sorted(needed - allowed)
                early += sorted(EARLY - allowed)
                unknown += [w for w in words_of(text) if w[0] == "@" and w not in groups]
            label = f"systemd {systemd}, {style}, headroom {headroom}"
            tap.same((lost, unknown, early), ([], [], []), f"{label}: all that is needed passes")
    check_old_default(tap)
    check_unnamed(tap)


def check_old_default(tap):
    """RHEL 8 runs a program only if the words name what its @default lacks."""
    text = write_text({"read", "mmap", "brk", "mprotect", "munmap"}, "rhel8", "exact", "none")
    tap.same(sorted(EARLY - set(words_of(text))), [], "RHEL 8: the loader's calls are written out")
    text = write_text({"read", "mmap", "brk", "mprotect", "munmap"}, "257", "exact", "none")
    tap.same(sorted(EARLY & set(words_of(text))), [], "257: they are not, @default has them")


def check_unnamed(tap):
    """What RHEL 9's libseccomp cannot name no allow-list of it can hold, and the words say what can."""
    for style, good in (("groups", False), ("exact", False), ("deny", True)):
        result = harness.run([WRITE_TEXT, "rhel9", style, "none"], stdin=b"read\nfutex_waitv\n")
        tap.ok((result.status == 0) == good, f"RHEL 9, {style}: a call without a name there", result)
    result = harness.run([SYSPROFILE, "-q", "--no-progress", "--systemd=rhel9", "--", "perl", "-e",
                          "syscall(449, 0, 0, 0, 0, 0)"])  # fmt: skip
    tap.ok(result.status == 125 and b"futex_waitv" in result.stderr
           and b"--style=deny" in result.stderr and not result.stdout,
           "RHEL 9: the message names the call and the remedy", result)


def make_cases(release):
    """(case, what it has to let pass)"""
    variant = f"debian{release}"
    systemd = {"12": "252", "13": "257"}[release]
    cases = []
    learned = sorted({release, "12"})
    for daemon, style, headroom, where in itertools.product(daemons(), STYLES, HEADROOM, learned):
        needed = names_of(where, daemon) | SYSTEMD
        for target in (systemd, variant):
            text = write_text(needed, target, style, headroom)
            name = f"{daemon} of Debian {where} for {target}, {style}, headroom {headroom}"
            cases.append((readback.Case(len(cases), name, [text]), needed))
    return cases


def check_machine(tap, m):
    listing = m.must(["systemd-analyze", "--no-pager", "syscall-filter"])
    m.copy_in(readback.built("pause"), readback.PROGRAM)
    m.copy_in(SYSPROFILE, readback.SYSPROFILE)
    pairs = make_cases(m.release)
    cases = [case for case, _ in pairs]
    for case in cases:
        case.write(m)
    m.must(["systemctl", "daemon-reload"])
    read = readback.start_all(m, cases)
    statuses = readback.exit_statuses(m, cases)
    said = readback.compare(m, cases, listing)
    for case, needed in pairs:
        unit = case.unit
        readback.judge(tap, case, read.get(unit), statuses.get(unit), said.get(unit, []))
        lines = m.must([readback.SYSPROFILE, "explain", "--format=list", unit])
        tap.same(sorted(needed - allowed_of_list(lines)), [], f"{case.name}: all passes")
    tap.note(f"systemd {m.systemd_version()[1]}, {len(cases)} texts")


def main():
    need(WRITE_TEXT, *map(readback.built, readback.BINARIES))
    tap = Tap()
    if len(sys.argv) == 1:
        with tempfile.TemporaryDirectory() as folder:
            check_model(tap, folder)
        tap.finish()
        return
    try:
        with Machine(sys.argv[1]) as m:
            check_machine(tap, m)
    except Missing as e:
        tap.skip(f"the texts for Debian {sys.argv[1]}", e)
    tap.finish()


if __name__ == "__main__":
    main()
