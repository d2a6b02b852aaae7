#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What headroom is worth: headroom.py [--markdown]. TAP.

Texts are written of what daemons call on Debian 12, for its systemd. Then Debian 13 comes, and the
same daemons under the same load call something else: what would the old text refuse them, under the
rules of the new systemd? record-names.py has recorded the names; here they are compared.
"""

import sys
import tempfile

from names import WRITE_TEXT, allowed_by, daemons, names_of, words_of, write_text

from harness import Tap, need

BEFORE, AFTER = ("12", "debian12"), ("13", "debian13")
STYLES = ("exact", "groups")


class Row:
    """A daemon's text in one style: what it refuses after the upgrade, without and with headroom."""

    def __init__(self, daemon, style, folder):
        before, after = names_of(BEFORE[0], daemon), names_of(AFTER[0], daemon)
        self.daemon, self.style = daemon, style
        self.new = after - before
        self.refused, self.allowed, self.words = {}, {}, {}
        for headroom in ("none", "family"):
            text = write_text(before, BEFORE[1], style, headroom)
            allowed = allowed_by(text, AFTER[1], folder)
            self.refused[headroom] = sorted(after - allowed)
            self.allowed[headroom], self.words[headroom] = len(allowed), len(words_of(text))


def table(rows):
    lines = ["| daemon | style | new calls | refused | with headroom | words | with | allowed | with |",
             "| --- | --- | ---: | ---: | --- | ---: | ---: | ---: | ---: |"]  # fmt: skip
    for row in rows:
        left = row.refused["family"]
        said = f"{len(left)}: {' '.join(left)}" if left else "0"
        cells = [row.daemon, row.style, len(row.new), len(row.refused["none"]), said,
                 *(f(row)[kind] for f in (lambda r: r.words, lambda r: r.allowed)
                   for kind in ("none", "family"))]  # fmt: skip
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


# What newer releases of the daemons themselves call, and no libc changed: the table in HACKING.md.
LEFT = {
    "dovecot": {"shutdown"},
    "nginx": {"sched_setaffinity"},
    "openssh": {"fchown", "fdatasync", "llistxattr", "mkdir", "pwrite64", "setitimer"},
    "redis": {"fadvise64"},
}


def check(tap, rows):
    for row in rows:
        label = f"{row.daemon}, {row.style}"
        less = set(row.refused["family"]) <= set(row.refused["none"])
        tap.ok(less, f"{label}: headroom refuses nothing that is allowed without it", row.refused)
        left = set(row.refused["family"]) - LEFT.get(row.daemon, set())
        tap.ok(not left, f"{label}: with headroom, the new libc's calls are allowed", sorted(left))
        tap.note(f"{label}: new {' '.join(sorted(row.new))}\nrefused {row.refused}")
    for style in STYLES:
        of_style = [row for row in rows if row.style == style]
        without, left = (sum(len(row.refused[kind]) for row in of_style)
                         for kind in ("none", "family"))  # fmt: skip
        words = f"{style}: {without} calls refused without headroom, {left} with it"
        tap.ok(left < without if style == "exact" else left <= without, words)


def main():
    need(WRITE_TEXT)
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        rows = [Row(daemon, style, folder) for style in STYLES for daemon in daemons()]
    tap.ok(len(rows) >= 10, f"{len(rows)} texts")
    check(tap, rows)
    if "--markdown" in sys.argv:
        print(table(rows), file=sys.stderr)
    tap.finish()


if __name__ == "__main__":
    main()
