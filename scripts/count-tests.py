#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts what ran, and fails when it is fewer than the tree promises or when anything was skipped.

usage: count-tests.py MINIMUM-FILE WORD LOG...

A LOG is a testlog.json of meson, or the TAP output of one test (any other name). Each point of a
TAP test counts; a test without points counts as one. MINIMUM-FILE holds lines of a word and the
smallest number that may have run; WORD picks one. Raise it when tests are added.

What failed is named last, with the first lines that it said about it: who runs the tests elsewhere
often has the end of the output only.
"""

import json
import re
import sys

POINT = re.compile(r"^\s*(not )?ok\b(.*)$", re.MULTILINE)
SKIP = re.compile(r"#\s*skip", re.IGNORECASE)
SKIP_ALL = re.compile(r"^\s*1\.\.0\b.*$", re.MULTILINE)


# Lines of explanation shown for each failed point, and characters of each.
SAID_LINES = 12
SAID_WIDTH = 300


def first_words(text, begin):
    """What stands between a failed point and the next one."""
    end = POINT.search(text, begin)
    lines = text[begin : end.start() if end else len(text)].splitlines()
    said = ["    " + line.strip()[:SAID_WIDTH] for line in lines if line.strip()]
    return said[:SAID_LINES]


def describe_failures(name, test):
    """Lines about the failed points of one test of meson's log; how it ended, if none was."""
    out = test.get("stdout") or ""
    lines = []
    for match in POINT.finditer(out):
        if match[1] and not SKIP.search(match[2]):
            lines.append(f"failed: {name}:{match[2][:SAID_WIDTH]}")
            lines += first_words(out, match.end())
    if not lines:
        lines.append(f"failed: {name}: {test['result']}")
        tail = (out + "\n" + (test.get("stderr") or "")).strip().splitlines()
        lines += ["    " + line[:SAID_WIDTH] for line in tail[-SAID_LINES:]]
    return lines


def count_tap(text):
    """Points that ran, failed ones, and those that were skipped."""
    ran = 0
    bad = 0
    skipped = []
    for match in POINT.finditer(text):
        if SKIP.search(match[2]):
            skipped.append(match[2].strip())
        else:
            ran += 1
            bad += bool(match[1])
    return ran, bad, skipped + [match[0] for match in SKIP_ALL.finditer(text)]


def count_meson(path):
    ran = 0
    bad = 0
    skipped = []
    failures = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            test = json.loads(line)
            points, wrong, left_out = count_tap(test.get("stdout") or "")
            good = test["result"] in ("OK", "EXPECTEDFAIL")
            if test["result"] == "SKIP" and not left_out:
                left_out = ["the whole test"]
            if not points and not left_out:
                points = 1
            ran += points
            # A test that timed out or crashed may have had good points only.
            bad += wrong or not (good or left_out)
            if wrong or not (good or left_out):
                failures += describe_failures(test["name"], test)
            skipped += [f"{test['name']}: {reason}" for reason in left_out]
    return ran, bad, skipped, failures


def count_file(path):
    if path.endswith(".json"):
        return count_meson(path)
    with open(path, encoding="utf-8", errors="replace") as f:
        return *count_tap(f.read()), []


def read_minimum(path, word):
    with open(path, encoding="utf-8") as f:
        for line in f:
            columns = line.split()
            if columns and columns[0] == word:
                return int(columns[1])
    raise SystemExit(f"{path}: no minimum for {word}")


def main():
    minimum_file, word, *logs = sys.argv[1:]
    minimum = read_minimum(minimum_file, word)
    ran = 0
    bad = 0
    skipped = []
    failures = []
    for log in logs:
        try:
            r, b, s, f = count_file(log)
        except OSError as e:
            print(f"no results: {e}")
            bad += 1
            continue
        ran += r
        bad += b
        skipped += s
        failures += f
    print("\n".join(failures), end="\n" if failures else "")
    for reason in skipped:
        print(f"skipped: {reason}")
    print(f"{ran} tests ran (at least {minimum} must), {bad} failed, {len(skipped)} skipped")
    return 1 if ran < minimum or bad or skipped else 0


if __name__ == "__main__":
    sys.exit(main())
