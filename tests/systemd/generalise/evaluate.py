#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How far a set learned on a quick workload holds on a richer one: evaluate.py [--markdown]. TAP.

The texts are those of the cover (tests/tools/cover-text), the sets those that record.py left
beside this file. It asserts what the default has to reach, so that a change of the table of risks
that loses it is seen. --markdown prints the tables of HACKING.md.

    evaluate.py --try [--price=N] [--tier=NAME=PRICE]...    one setting, with the refused calls
"""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "integration"))

from harness import BUILD, Tap, need  # noqa: E402

COVER_TEXT = os.path.join(BUILD, "tests/tools/cover-text")
SYSTEMD = {"12": "252", "13": "257"}
PRICES = (5, 10, 20, 50, 100, 200)
# What the default has to reach.
DAEMONS_OF_EIGHT, ALLOWED, WORDS = 1, 250, 15


def names_of(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line.rpartition(":")[2] for line in lines if line and not line.startswith("#")}


class Daemon:
    def __init__(self, path):
        self.release = path.parent.name
        self.name = path.stem
        self.quick = names_of(path)
        self.rich = names_of(path.with_suffix(".rich")) | self.quick


def daemons(release):
    return [Daemon(path) for path in sorted((HERE / "sets" / release).glob("*.quick"))]


class Answer:
    """One text for one daemon, and what it would have refused."""

    def __init__(self, daemon, options):
        argv = [COVER_TEXT, f"--systemd={SYSTEMD[daemon.release]}", *options]
        given = "\n".join(sorted(daemon.quick))
        run = subprocess.run(argv, input=given, capture_output=True, text=True, timeout=60,
                             check=False)  # fmt: skip
        if run.returncode != 0:
            raise RuntimeError(f"{' '.join(argv)}: {run.stderr}")
        found = json.loads(run.stdout)
        allowed = set(found["calls"])
        self.daemon = daemon
        self.allowed, self.words, self.high = found["allowed"], found["words"], found["high"]
        self.exposure = found["exposure"]
        self.lost = sorted(daemon.quick - allowed)
        self.refused = sorted(daemon.rich - allowed)


class Setting:
    """All daemons of a release under the same options."""

    def __init__(self, release, options):
        self.answers = [Answer(daemon, options) for daemon in daemons(release)]
        self.count = len(self.answers)
        self.refusing = sum(bool(a.refused) for a in self.answers)
        self.refused = sum(len(a.refused) for a in self.answers)

    def mean(self, what):
        return sum(getattr(a, what) for a in self.answers) / self.count

    def row(self, label):
        return [label, f"{self.refusing} of {self.count}", self.refused,
                *(f"{self.mean(what):.0f}" for what in ("allowed", "high")),
                *(f"{self.mean(what):.1f}" for what in ("words", "exposure"))]  # fmt: skip


HEADER = ["what is written", "daemons that refuse something", "calls refused", "allowed",
          "of them high-risk", "words", "exposure"]  # fmt: skip


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "| --- |" + " ---: |" * (len(header) - 1)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def settings():
    """[(label, options of cover-text)] of the table."""
    found = [("`exact`", ["--style=exact"])]
    found += [(f"`groups`, a word at {p}", [f"--price={p}"]) for p in PRICES]
    return found + [("`deny`", ["--style=deny"])]


def by_daemon(answers):
    rows = [[a.daemon.name, len(a.daemon.quick), len(a.daemon.rich), a.allowed, a.words,
             f"{a.exposure:.1f}", " ".join(a.refused) or "nothing"] for a in answers]  # fmt: skip
    header = ["daemon", "calls, quick", "rich", "allowed", "words", "exposure", "refused"]
    return table(header, rows)


def markdown(release):
    rows = [Setting(release, options).row(label) for label, options in settings()]
    default = Setting(release, [])
    return "\n".join([f"Debian {release}, means of {default.count} daemons:", "",
                      table(HEADER, rows), "", "The default, daemon by daemon:", "",
                      by_daemon(default.answers)])  # fmt: skip


def check(tap, release):
    label = f"Debian {release}"
    for name, options in settings():
        lost = {a.daemon.name: a.lost for a in Setting(release, options).answers if a.lost}
        tap.same(lost, {}, f"{label}, {name}: what was seen is allowed")
    exact = Setting(release, ["--style=exact"])
    tap.ok(exact.refusing > exact.count / 2, f"{label}: exact lists break most daemons",
           exact.row("exact"))  # fmt: skip
    default = Setting(release, [])
    tap.ok(default.count >= 8, f"{label}: eight daemons at least", default.count)
    refused = {a.daemon.name: a.refused for a in default.answers if a.refused}
    tap.ok(default.refusing * 8 <= default.count * DAEMONS_OF_EIGHT,
           f"{label}: at most one daemon in eight refuses something", refused)  # fmt: skip
    tap.ok(default.mean("allowed") <= ALLOWED, f"{label}: {ALLOWED} allowed calls at the most",
           default.mean("allowed"))  # fmt: skip
    tap.ok(default.mean("words") <= WORDS, f"{label}: {WORDS} words at the most",
           default.mean("words"))  # fmt: skip
    tap.note(by_daemon(default.answers))


def main():
    releases = sorted(path.name for path in (HERE / "sets").iterdir())
    need(COVER_TEXT)
    if "--markdown" in sys.argv:
        print("\n\n".join(markdown(release) for release in releases))
        return
    if "--try" in sys.argv:
        options = [word for word in sys.argv[1:] if word != "--try"]
        for release in releases:
            tried = Setting(release, options)
            print(table(HEADER, [tried.row(" ".join(options))]), by_daemon(tried.answers), sep="\n\n")
        return
    tap = Tap()
    for release in releases:
        check(tap, release)
    tap.finish()


if __name__ == "__main__":
    main()
