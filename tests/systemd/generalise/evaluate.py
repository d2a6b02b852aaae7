#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How far a set learned on a quick workload holds on a richer one: evaluate.py [--markdown]. TAP.

The texts are those of the cover (tests/tools/cover-text), with headroom as the program has it by
default, the sets those that record.py left beside this file. It asserts what the default has to reach, so that a change of the table of risks
that loses it is seen. --markdown prints the tables of HACKING.md, and of one setting that may be
named after it, with the words of cover-text:

    evaluate.py --markdown --price=20 --tier=plain=10
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "integration"))

from harness import BUILD, SYSPROFILE, Tap, need, run  # noqa: E402

COVER_TEXT = os.path.join(BUILD, "tests/tools/cover-text")
SYSTEMD = {"12": "252", "13": "257"}
PRICES = (5, 10, 20, 50, 100, 200)
FAMILY = "--headroom"
# What the default has to reach; calls allowed of those that a libseccomp can name, here of 2.5.4's.
DAEMONS_OF_EIGHT, ALLOWED, NAMED, WORDS = 1, 250, 368, 15


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
        self.extra = len(allowed - daemon.quick)
        self.proven = found["proven"]
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
                *(f"{self.mean(what):.0f}" for what in ("allowed", "extra", "high")),
                *(f"{self.mean(what):.1f}" for what in ("words", "exposure"))]  # fmt: skip


HEADER = ["what is written", "daemons that refuse something", "calls refused", "allowed",
          "not seen", "high-risk", "words", "exposure"]  # fmt: skip


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "| --- |" + " ---: |" * (len(header) - 1)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def defaults():
    """({tier: price}, the price of a word) of the table of risks."""
    text = subprocess.run([COVER_TEXT, "--tier=list"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False).stdout  # fmt: skip
    found = re.findall(r"^(a word|[\w-]+) +(\d+)  ", text, re.MULTILINE)
    prices = {name: int(price) for name, price in found}
    return prices, prices.pop("a word")


def settings():
    """[(label, options of cover-text)] of the table."""
    word = defaults()[1]
    found = [("`exact`", ["--style=exact"]), ("`exact`, with families", ["--style=exact", FAMILY])]
    for price in sorted({*PRICES, word}):
        label = f"`groups`, a word at {price}" + (" (the default)" if price == word else "")
        found.append((label, [f"--price={price}", FAMILY]))
    return found + [(f"`groups`, a word at {word}, without families", []),
                    ("`deny`", ["--style=deny", FAMILY])]  # fmt: skip


def neighbours():
    """The same with one price of the table halved and doubled, to see how much hangs on it."""
    tiers, _ = defaults()
    found = []
    for name, price in tiers.items():
        for other in (price // 2, price * 2) if price else ():
            found.append((f"{name} at {other}, not {price}", [f"--tier={name}={other}", FAMILY]))
    return found


def by_daemon(answers):
    rows = [[a.daemon.name, len(a.daemon.quick), len(a.daemon.rich), a.allowed, a.extra, a.words,
             f"{a.exposure:.1f}", " ".join(a.refused) or "nothing"] for a in answers]  # fmt: skip
    header = ["daemon", "calls, quick", "rich", "allowed", "not seen", "words", "exposure", "refused"]
    return table(header, rows)


def rows_of(release, wanted):
    return table(HEADER, [Setting(release, options).row(label) for label, options in wanted])


def markdown(release, options):
    default = Setting(release, [FAMILY, *options])
    text = [f"Debian {release}, means of {default.count} daemons:", rows_of(release, settings()),
            "With one price changed:", rows_of(release, neighbours()),
            "Daemon by daemon, " + (" ".join(options) or "the default") + ":",
            by_daemon(default.answers)]  # fmt: skip
    return "\n\n".join(text)


def named():
    """How many native calls the libseccomp of this host can name."""
    said = run([SYSPROFILE, "explain", "--format=list", "--systemd=257", "/dev/stdin"],
               stdin=b"[Service]\nSystemCallFilter=~@swap\n")
    return len(said.stdout.decode().splitlines())


def check(tap, release):
    label = f"Debian {release}"
    for name, options in settings():
        answers = Setting(release, options).answers
        lost = {a.daemon.name: a.lost for a in answers if a.lost}
        tap.same(lost, {}, f"{label}, {name}: what was seen is allowed")
        unproven = [a.daemon.name for a in answers if not a.proven]
        tap.same(unproven, [], f"{label}, {name}: all texts are proven to be the cheapest")
    exact = Setting(release, ["--style=exact"])
    tap.ok(exact.refusing > exact.count / 2, f"{label}: exact lists break most daemons",
           exact.row("exact"))  # fmt: skip
    default = Setting(release, [FAMILY])
    tap.ok(default.count >= 8, f"{label}: eight daemons at least", default.count)
    refused = {a.daemon.name: a.refused for a in default.answers if a.refused}
    tap.ok(default.refusing * 8 <= default.count * DAEMONS_OF_EIGHT,
           f"{label}: at most one daemon in eight refuses something", refused)  # fmt: skip
    most = ALLOWED * named() / NAMED
    tap.ok(default.mean("allowed") <= most, f"{label}: {ALLOWED} allowed calls of {NAMED} at the most",
           f"{default.mean('allowed')}, not more than {most}")  # fmt: skip
    tap.ok(default.mean("words") <= WORDS, f"{label}: {WORDS} words at the most",
           default.mean("words"))  # fmt: skip
    tap.note(by_daemon(default.answers))


def check_instrument(tap):
    """What the checks would not see were wrong: a price at which they must fail, a set without
    its richer half."""
    tight = Setting("12", ["--price=5", FAMILY])
    tap.ok(tight.refusing * 8 > tight.count, "at an eighth of the price many daemons refuse something",
           tight.row("5"))  # fmt: skip
    for path in sorted((HERE / "sets").glob("*/*")):
        pair = path.with_suffix(".rich" if path.suffix == ".quick" else ".quick")
        head = path.read_text(encoding="utf-8").splitlines()[0]
        good = head.startswith(f"# {path.stem}, {path.suffix[1:]}: ") and len(names_of(path)) > 40
        tap.ok(good and pair.exists(), f"{path.parent.name}/{path.name} is a set of its pair", head)


def main():
    releases = sorted(path.name for path in (HERE / "sets").iterdir())
    need(COVER_TEXT)
    if sys.argv[1:2] == ["--markdown"]:
        print("\n\n".join(markdown(release, sys.argv[2:]) for release in releases))
        return
    tap = Tap()
    for release in releases:
        check(tap, release)
    check_instrument(tap)
    tap.finish()


if __name__ == "__main__":
    main()
